//! Ports as nft matches them.

use super::select::{Cluster, Pod, set_of};
use crate::algebra::{AddressSet, Conns, PortSet, Protocol};
use crate::input::ContainerPort;
use crate::policy::{Direction, PortMatch, Ports};

/// What a rule matches: connections with the peers it has for them.
pub(super) type Matched = (Conns, AddressSet);

/// The connections of a rule and the peers they are with. Without named ports there is one answer; with
/// them, on the way out, one for every sort of destination.
pub(super) fn matched(
    cluster: &Cluster<'_>,
    pod: &Pod<'_>,
    direction: Direction,
    ports: &Ports,
    peers: &AddressSet,
) -> Vec<Matched> {
    if direction == Direction::Ingress || !ports.has_names() {
        return vec![(resolve(ports, pod.ports), peers.clone())];
    }
    let mut found: Vec<Matched> = Vec::new();
    let mut add = |conns: Conns, addresses: AddressSet| match found.iter_mut().find(|(own, _)| *own == conns)
    {
        Some((_, set)) => *set = set.union(&addresses),
        None => found.push((conns, addresses)),
    };
    let mut rest = peers.clone();
    for destination in &cluster.pods {
        let own = set_of(destination.addresses.iter());
        rest = rest.difference(&own);
        add(resolve(ports, destination.ports), own.intersection(peers));
    }
    // What is no pod has no names for its ports.
    add(resolve(ports, &[]), rest);
    found
}

fn resolve(ports: &Ports, declared: &[ContainerPort]) -> Conns {
    let any =
        |items: &[PortMatch]| items.iter().fold(Conns::none(), |all, item| all.union(&one(item, declared)));
    let only = ports.only.as_deref().map_or_else(Conns::all, any);
    if ports.except.is_empty() { only } else { only.difference(&any(&ports.except)) }
}

fn one(item: &PortMatch, declared: &[ContainerPort]) -> Conns {
    match item {
        PortMatch::Numbers(conns) => conns.clone(),
        PortMatch::Named { protocol, name } => declared
            .iter()
            .filter(|port| port.name == *name && protocol.is_none_or(|wanted| wanted == port.protocol))
            .fold(Conns::none(), |all, port| all.union(&Conns::one(port.protocol, port.number))),
    }
}

/// The matches that together are these connections; an empty text matches everything.
pub(super) fn matches(conns: &Conns) -> Vec<String> {
    if conns.is_all() {
        return vec![String::new()];
    }
    let mut found = Vec::new();
    for protocol in Protocol::ALL {
        let word = protocol.name().to_lowercase();
        let ports = conns.ports(protocol);
        if ports.is_all() {
            found.push(format!("meta l4proto {word} "));
        } else if !ports.is_empty() {
            found.push(format!("{word} dport {{ {} }} ", ranges(ports)));
        }
    }
    if conns.has_other() {
        found.push("meta l4proto != { tcp, udp, sctp } ".to_owned());
    }
    found
}

fn ranges(ports: &PortSet) -> String {
    let texts = ports
        .ranges()
        .iter()
        .map(|(low, high)| if low == high { low.to_string() } else { format!("{low}-{high}") });
    texts.collect::<Vec<_>>().join(", ")
}
