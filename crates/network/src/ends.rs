//! The ends of connections as answers show them, in the order of their titles.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::algebra::{AddressSet, Cidr};
use crate::engine::{ClassId, End, Network, WorkloadId};
use crate::policy::{Direction, Peer, Policy, Side};

/// What an end is.
#[derive(Clone, Debug, PartialEq)]
pub enum EndKind {
    /// A workload, or one variant of it where its pods differ in what policies can tell apart.
    Workload(WorkloadId),
    /// An ingress controller that is not among the objects.
    Controller,
    /// A node.
    Node,
    /// Addresses outside of the cluster, first and last.
    Addresses(IpAddr, IpAddr),
    /// A domain name outside of the cluster.
    Name(CompactString),
}

/// An end of connections.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownEnd {
    /// `shop/web[Deployment]`, `10.0.0.0-10.255.255.255[External]`, `{ingress-controller}`.
    pub title: String,
    /// What it is.
    pub kind: EndKind,
    /// One class that stands for it; none outside of the cluster.
    pub class: Option<ClassId>,
    /// Where connections can start here. An address may be listed as a source and not as a destination.
    pub as_source: bool,
    /// Where connections can end here.
    pub as_destination: bool,
}

impl ShownEnd {
    /// The end for the engine.
    pub fn end(&self) -> End<'_> {
        match (&self.kind, self.class) {
            (EndKind::Addresses(first, _), _) => End::Address(*first),
            (EndKind::Name(name), _) => End::Name(name),
            (_, Some(class)) => End::Class(class),
            // Every other kind has a class.
            _ => End::Address(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        }
    }

    /// Whether it is outside of the cluster.
    pub fn is_outside(&self) -> bool {
        matches!(self.kind, EndKind::Addresses(..) | EndKind::Name(_))
    }

    /// The workload, where it is one.
    pub fn workload(&self) -> Option<WorkloadId> {
        match self.kind {
            EndKind::Workload(id) => Some(id),
            _ => None,
        }
    }
}

/// All ends of a network, ordered by title.
pub fn ends(network: &Network) -> Vec<ShownEnd> {
    let mut found = Vec::new();
    workloads(network, &mut found);
    addresses(network, &mut found);
    if !network.profile().is_netpol_analyzer() {
        for (name, class) in network.nodes() {
            let title = format!("{name}[Node]");
            found.push(ShownEnd {
                title,
                kind: EndKind::Node,
                class: Some(class),
                as_source: true,
                as_destination: true,
            });
        }
        names(network, &mut found);
    }
    found.sort_by(|a, b| a.title.cmp(&b.title));
    found
}

/// The end that stands for an ingress controller which is not among the objects.
pub fn controller(network: &Network) -> ShownEnd {
    ShownEnd {
        title: "{ingress-controller}".to_owned(),
        kind: EndKind::Controller,
        class: Some(network.controller()),
        as_source: true,
        as_destination: false,
    }
}

fn workloads(network: &Network, found: &mut Vec<ShownEnd>) {
    for (id, entry) in network.workloads() {
        let title = entry.workload.title();
        let mut variants: Vec<(ClassId, usize)> = Vec::new();
        for (place, &class) in entry.classes.iter().enumerate() {
            if !variants.iter().any(|(known, _)| network.alike(*known, class)) {
                variants.push((class, place));
            }
        }
        let single = variants.len() == 1;
        for &(class, place) in &variants {
            let title = if single {
                title.clone()
            } else {
                format!("{title}{{{}}}", difference(network, &variants, class, place, &entry.workload.pods))
            };
            found.push(ShownEnd {
                title,
                kind: EndKind::Workload(id),
                class: Some(class),
                as_source: true,
                as_destination: true,
            });
        }
    }
}

/// What sets one variant of a workload apart: its labels that the others do not share, or its pod's name.
fn difference(
    network: &Network,
    variants: &[(ClassId, usize)],
    class: ClassId,
    place: usize,
    pods: &[crate::input::PodFacts],
) -> String {
    let others: Vec<FxHashSet<(&str, &str)>> = variants
        .iter()
        .filter(|(other, _)| *other != class)
        .map(|(other, _)| network.labels_of(*other).into_iter().collect())
        .collect();
    let own: Vec<String> = network
        .labels_of(class)
        .into_iter()
        .filter(|label| others.iter().any(|labels| !labels.contains(label)))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if own.is_empty() {
        pods.get(place)
            .map(|pod| pod.name.to_string())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| format!("variant {}", place + 1))
    } else {
        own.join(",")
    }
}

/// The ranges that the policies cut the addresses into. netpol-analyzer cuts sources where ingress rules
/// do and destinations where egress rules do.
fn addresses(network: &Network, found: &mut Vec<ShownEnd>) {
    let mut ranges: FxHashMap<(IpAddr, IpAddr), (bool, bool)> = FxHashMap::default();
    for direction in Direction::BOTH {
        let (mut v4, mut v6) = (vec![0u32], vec![0u128]);
        for (_, policy) in network.policies() {
            if let Some(side) = policy.side(direction) {
                cuts(side, &mut v4, &mut v6);
            }
            if network.profile().is_netpol_analyzer() {
                silent_cuts(policy, direction, &mut v4);
            }
        }
        let v4 = pieces(v4, u32::MAX)
            .map(|(low, high)| (Ipv4Addr::from_bits(low).into(), Ipv4Addr::from_bits(high).into()));
        let mut all: Vec<(IpAddr, IpAddr)> = v4.collect();
        if !network.profile().is_netpol_analyzer() {
            all.extend(
                pieces(v6, u128::MAX)
                    .map(|(low, high)| (Ipv6Addr::from_bits(low).into(), Ipv6Addr::from_bits(high).into())),
            );
        }
        for range in all {
            let entry = ranges.entry(range).or_default();
            match direction {
                Direction::Ingress => entry.0 = true,
                Direction::Egress => entry.1 = true,
            }
        }
    }
    for ((first, last), (as_source, as_destination)) in ranges {
        found.push(ShownEnd {
            title: format!("{first}-{last}[External]"),
            kind: EndKind::Addresses(first, last),
            class: None,
            as_source,
            as_destination,
        });
    }
}

/// Where netpol-analyzer cuts too, though nothing is decided there (`getDisjointIPBlocks` in
/// `pkg/netpol/eval/resources.go`): at blocks in a direction that `policyTypes` leaves out, and between the
/// `networks` of one peer.
fn silent_cuts(policy: &Policy, direction: Direction, v4: &mut Vec<u32>) {
    let Some(object) = &policy.object else { return };
    let peers = if direction == Direction::Ingress { "from" } else { "to" };
    for rule in object.value.dig_items(&["spec", direction.field()]) {
        let networks = rule.dig_items(&[peers]).iter().flat_map(|peer| peer.dig_items(&["networks"]));
        for cidr in networks.filter_map(|network| Cidr::parse(network.as_str()?).ok()) {
            let set = AddressSet::of(&cidr);
            v4.extend(set.v4().iter().flat_map(|&(low, high)| [Some(low), high.checked_add(1)]).flatten());
        }
        for block in rule.dig_items(&[peers]).iter().filter_map(|peer| peer.get("ipBlock")) {
            let Some(Ok(cidr)) = block.dig_str(&["cidr"]).map(Cidr::parse) else { continue };
            let holes = block.dig_items(&["except"]).iter();
            let holes = holes.filter_map(|hole| Cidr::parse(hole.as_str()?).ok());
            let set = holes.fold(AddressSet::of(&cidr), |set, hole| set.difference(&AddressSet::of(&hole)));
            v4.extend(set.v4().iter().flat_map(|&(low, high)| [Some(low), high.checked_add(1)]).flatten());
        }
    }
}

fn cuts(side: &Side, v4: &mut Vec<u32>, v6: &mut Vec<u128>) {
    fn of_peer(peer: &Peer, v4: &mut Vec<u32>, v6: &mut Vec<u128>) {
        match peer {
            Peer::Addresses { set, .. } => {
                v4.extend(
                    set.v4().iter().flat_map(|&(low, high)| [Some(low), high.checked_add(1)]).flatten(),
                );
                v6.extend(
                    set.v6().iter().flat_map(|&(low, high)| [Some(low), high.checked_add(1)]).flatten(),
                );
            }
            Peer::All(parts) => parts.iter().for_each(|part| of_peer(part, v4, v6)),
            Peer::Not(part) => of_peer(part, v4, v6),
            _ => {}
        }
    }
    for peer in side.rules.iter().flat_map(|rule| &rule.peers) {
        of_peer(peer, v4, v6);
    }
}

fn pieces<B: Copy + Ord + Previous>(mut starts: Vec<B>, last: B) -> impl Iterator<Item = (B, B)> {
    starts.sort_unstable();
    starts.dedup();
    let ends: Vec<B> = starts.iter().skip(1).map(|start| start.previous()).chain([last]).collect();
    starts.into_iter().zip(ends)
}

trait Previous {
    fn previous(self) -> Self;
}

impl Previous for u32 {
    fn previous(self) -> Self {
        self.saturating_sub(1)
    }
}

impl Previous for u128 {
    fn previous(self) -> Self {
        self.saturating_sub(1)
    }
}

fn names(network: &Network, found: &mut Vec<ShownEnd>) {
    let mut names: Vec<CompactString> = Vec::new();
    for (_, policy) in network.policies() {
        for rule in policy.egress.iter().flat_map(|side| &side.rules) {
            for peer in &rule.peers {
                if let Peer::Names(own) = peer {
                    names.extend(own.iter().cloned());
                }
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    for name in names {
        found.push(ShownEnd {
            title: format!("{name}[Name]"),
            kind: EndKind::Name(name),
            class: None,
            as_source: false,
            as_destination: true,
        });
    }
}
