//! Where answers may change: ports and addresses beside every boundary that a policy draws.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::algebra::{AddressSet, Protocol};
use crate::input::Input;
use crate::policy::{Peer, PortMatch, Rule};

/// At most so many ports are tried.
const MOST_PORTS: usize = 24;

/// A port that nothing mentions, unless something does.
const UNMENTIONED: u16 = 31_999;

fn rules(input: &Input) -> impl Iterator<Item = &Rule> {
    input
        .policies
        .iter()
        .flat_map(|policy| [&policy.ingress, &policy.egress])
        .flatten()
        .flat_map(|side| &side.rules)
}

fn port_matches(input: &Input) -> impl Iterator<Item = &PortMatch> {
    rules(input).flat_map(|rule| rule.ports.only.iter().flatten().chain(&rule.ports.except))
}

/// Whether some rule has SCTP ports of its own.
pub(super) fn mentions_sctp(input: &Input) -> bool {
    port_matches(input).any(|item| match item {
        PortMatch::Numbers(conns) => !conns.ports(Protocol::Sctp).is_empty(),
        PortMatch::Named { protocol, .. } => *protocol == Some(Protocol::Sctp),
    })
}

/// The ports to try: those that policies mention with a neighbour, and one that none mentions.
pub(super) fn ports(input: &Input, wanted: &[u16], left_out: &mut Vec<String>) -> Vec<u16> {
    let mut found: Vec<u16> = wanted.to_vec();
    let mut neighbours = Vec::new();
    let mut names = false;
    for item in port_matches(input) {
        let PortMatch::Numbers(conns) = item else {
            names = true;
            continue;
        };
        for protocol in Protocol::ALL {
            for &(low, high) in conns.ports(protocol).ranges() {
                if (low, high) == (1, u16::MAX) {
                    continue;
                }
                found.extend([low, high]);
                neighbours.extend(high.checked_add(1));
                if low != high {
                    neighbours.push(low - 1);
                }
            }
        }
    }
    if names {
        let pods = input.workloads.iter().flat_map(|workload| &workload.pods);
        found.extend(
            pods.flat_map(|pod| &pod.ports).filter(|port| !port.name.is_empty()).map(|port| port.number),
        );
    }
    found.push(UNMENTIONED);
    found.extend(neighbours);
    let mut seen = Vec::new();
    found.retain(|port| {
        *port > 0 && !seen.contains(port) && {
            seen.push(*port);
            true
        }
    });
    if found.len() > MOST_PORTS {
        left_out.push(format!("{} of {} interesting ports", found.len() - MOST_PORTS, found.len()));
        found.truncate(MOST_PORTS);
    }
    found.sort_unstable();
    found
}

/// The first and last address of every range in an address peer, and their neighbours.
pub(super) fn boundaries(input: &Input) -> (Vec<Ipv4Addr>, Vec<Ipv6Addr>) {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for peer in rules(input).flat_map(|rule| &rule.peers) {
        of_peer(peer, &mut |set: &AddressSet| {
            for &(low, high) in set.v4() {
                let near = [Some(low), Some(high), low.checked_sub(1), high.checked_add(1)];
                v4.extend(near.into_iter().flatten().map(Ipv4Addr::from_bits));
            }
            for &(low, high) in set.v6() {
                let near = [Some(low), Some(high), low.checked_sub(1), high.checked_add(1)];
                v6.extend(near.into_iter().flatten().map(Ipv6Addr::from_bits));
            }
        });
    }
    (v4, v6)
}

fn of_peer(peer: &Peer, found: &mut impl FnMut(&AddressSet)) {
    match peer {
        Peer::Addresses { set, .. } => found(set),
        Peer::All(parts) => parts.iter().for_each(|part| of_peer(part, found)),
        Peer::Not(part) => of_peer(part, found),
        _ => {}
    }
}

/// Whether a host can have the address and be reached by it.
pub(super) fn is_usable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let first = address.octets()[0];
            (1..224).contains(&first) && first != 127 && !address.is_link_local()
        }
        IpAddr::V6(address) => {
            let first = address.segments()[0];
            let unicast =
                address.to_ipv4_mapped().is_none() && !address.is_multicast() && !address.is_loopback();
            unicast && first & 0xffc0 != 0xfe80 && first & 0xffc0 != 0xfec0 && address.to_bits() > 0xffff
        }
    }
}
