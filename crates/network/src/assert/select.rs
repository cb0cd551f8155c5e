//! The ends that an assertion names, among those of a cluster.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustc_hash::FxHashSet;

use super::{Ends, Pods};
use crate::algebra::{AddressSet, Conns};
use crate::ends::{EndKind, ShownEnd, ends};
use crate::engine::{ClassKind, End, Network, Solver, Verdict};
use crate::entry::{Door, Entries};
use crate::policy::{Context, Direction, Peer};

/// A cluster as assertions see it.
pub(super) struct Scene<'n> {
    pub(super) network: &'n Network,
    pub(super) entries: &'n Entries,
    pub(super) context: &'n Context,
    /// The workloads.
    pub(super) workloads: Vec<ShownEnd>,
    /// Where policies cut the addresses of each family.
    cuts: Vec<IpAddr>,
    /// The sets of addresses that policies name.
    sets: Vec<&'n AddressSet>,
}

/// One end that takes part.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Actor {
    /// A workload, by its place in [`Scene::workloads`].
    Workload(usize),
    /// Some addresses outside, by one of them.
    Address(IpAddr),
    /// What comes in through entries.
    Ingress,
}

impl<'n> Scene<'n> {
    pub(super) fn new(network: &'n Network, entries: &'n Entries, context: &'n Context) -> Self {
        let workloads =
            ends(network).into_iter().filter(|end| matches!(end.kind, EndKind::Workload(_))).collect();
        let mut cuts: Vec<IpAddr> = vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
        let policies = network.policies().map(|(_, policy)| policy);
        let sides = policies
            .flat_map(|policy| Direction::BOTH.into_iter().filter_map(|direction| policy.side(direction)));
        let mut sets = Vec::new();
        for peer in sides.flat_map(|side| &side.rules).flat_map(|rule| &rule.peers) {
            sets_of(peer, &mut sets);
        }
        for set in &sets {
            edges(set, &mut cuts);
        }
        cuts.sort_unstable();
        cuts.dedup();
        Self { network, entries, context, workloads, cuts, sets }
    }

    /// The actors that `ends` names.
    pub(super) fn actors(&self, ends: &Ends) -> Vec<Actor> {
        let mut found: Vec<Actor> = ends.pods.as_ref().map(|pods| self.of_pods(pods)).unwrap_or_default();
        found.extend(self.addresses(&ends.external).into_iter().map(Actor::Address));
        if ends.ingress {
            found.push(Actor::Ingress);
        }
        found
    }

    /// Every actor that `ends` does not name.
    pub(super) fn others(&self, ends: &Ends) -> Vec<Actor> {
        let named = ends.pods.as_ref().map(|pods| self.of_pods(pods)).unwrap_or_default();
        let all = (0..self.workloads.len()).map(Actor::Workload);
        let mut found: Vec<Actor> = all.filter(|actor| !named.contains(actor)).collect();
        let outside = AddressSet::all().difference(&ends.external);
        found.extend(self.addresses(&outside).into_iter().map(Actor::Address));
        if !ends.ingress {
            found.push(Actor::Ingress);
        }
        found
    }

    /// The workloads that a selection names.
    pub(super) fn of_pods(&self, pods: &Pods) -> Vec<Actor> {
        let namespaces: std::collections::BTreeMap<&str, Vec<(&str, &str)>> =
            self.network.namespaces().collect();
        let is_named = |end: &ShownEnd| {
            let Some(class) = end.class else { return false };
            let namespace = self.network.namespace_of(class);
            let of_namespace = namespaces.get(namespace).map_or(&[][..], Vec::as_slice);
            let own = self.network.labels_of(class);
            pods.namespaces.matches(&|key: &str| value(of_namespace, key))
                && pods.pods.matches(&|key: &str| value(&own, key))
        };
        let places = self.workloads.iter().enumerate().filter(|(_, end)| is_named(end));
        places.map(|(place, _)| Actor::Workload(place)).collect()
    }

    /// One address for each part that policies cut a set into: ranges that they never tell apart are one part.
    fn addresses(&self, set: &AddressSet) -> Vec<IpAddr> {
        let starts = set.v4().iter().map(|(low, _)| IpAddr::V4(Ipv4Addr::from_bits(*low)));
        let starts = starts.chain(set.v6().iter().map(|(low, _)| IpAddr::V6(Ipv6Addr::from_bits(*low))));
        let mut found: Vec<IpAddr> =
            self.cuts.iter().copied().filter(|cut| set.contains(*cut)).chain(starts).collect();
        found.sort_unstable();
        found.dedup();
        let mut seen: FxHashSet<(bool, Vec<bool>, Option<u32>)> = FxHashSet::default();
        found.retain(|address| {
            let named = self.sets.iter().map(|set| set.contains(*address)).collect();
            seen.insert((address.is_ipv4(), named, self.network.node_with(*address)))
        });
        found
    }

    /// The name of an actor in answers.
    pub(super) fn title(&self, actor: &Actor) -> String {
        match actor {
            Actor::Workload(place) => {
                self.workloads.get(*place).map(|end| end.title.clone()).unwrap_or_default()
            }
            Actor::Address(address) => address.to_string(),
            Actor::Ingress => "ingress".to_owned(),
        }
    }

    /// The end for the engine; none for what comes in through entries.
    pub(super) fn end(&self, actor: &Actor) -> Option<End<'_>> {
        match actor {
            Actor::Workload(place) => self.workloads.get(*place).map(ShownEnd::end),
            Actor::Address(address) => Some(End::Address(*address)),
            Actor::Ingress => None,
        }
    }

    /// The smallest change that was found, and tried, to allow or deny connections.
    pub(super) fn change(&self, from: &Actor, to: &Actor, conns: &Conns, allow: bool) -> Option<String> {
        let class = |actor: &Actor| match actor {
            Actor::Workload(place) => self.workloads.get(*place)?.class,
            Actor::Address(_) | Actor::Ingress => None,
        };
        let (from, to) = ((self.end(from)?, class(from)), (self.end(to)?, class(to)));
        crate::explain::smallest(self.network, self.context, from, to, conns, allow)
    }

    /// Whether policies can select the pods of a workload.
    pub(super) fn is_selectable(&self, place: usize) -> bool {
        let class = self.workloads.get(place).and_then(|end| end.class);
        class.and_then(|class| self.network.class(class)).is_some_and(|class| class.kind() == ClassKind::Pod)
    }

    /// Whether connections between two actors are asked about: not those of a workload with itself, and not
    /// between addresses outside.
    pub(super) fn is_pair(&self, from: &Actor, to: &Actor) -> bool {
        match (from, to) {
            (Actor::Workload(a), Actor::Workload(b)) => {
                a != b
                    && self.workloads.get(*a).map(ShownEnd::workload)
                        != self.workloads.get(*b).map(ShownEnd::workload)
            }
            (Actor::Address(_) | Actor::Ingress, Actor::Address(_)) | (_, Actor::Ingress) => false,
            _ => true,
        }
    }

    /// What may be sent from one actor to another.
    pub(super) fn between(&self, solver: &mut Solver, from: &Actor, to: &Actor) -> Verdict {
        match (self.end(from), self.end(to)) {
            (Some(from), Some(to)) => {
                let id = solver.between(self.network, &from, &to);
                solver.verdict(id).clone()
            }
            (None, Some(_)) => {
                let Actor::Workload(place) = to else { return Verdict::default() };
                self.through_entries(solver, *place)
            }
            _ => Verdict::default(),
        }
    }

    /// What entries bring to a workload, and the policies at it let through.
    fn through_entries(&self, solver: &mut Solver, place: usize) -> Verdict {
        let Some(end) = self.workloads.get(place) else { return Verdict::default() };
        let Some((id, to)) = end.workload().map(|id| (id, end.end())) else { return Verdict::default() };
        let opened = self.entries.through_controller(id);
        let mut all = Verdict::default();
        let mut add = |verdict: &Verdict, conns: &Conns| {
            let part = Verdict {
                allowed: verdict.allowed.intersection(conns),
                unknown: verdict.unknown.intersection(conns),
            };
            all = all.join(&part);
        };
        if !opened.is_empty() {
            let from = End::Class(self.network.controller());
            let verdict = solver.between(self.network, &from, &to);
            add(solver.verdict(verdict), &opened);
        }
        for door in self.entries.doors_of(id).filter(|door| !door.kind.has_controller()) {
            for address in self.addresses(&door.clients) {
                let verdict = solver.between(self.network, &End::Address(address), &to);
                add(solver.verdict(verdict), &door.conns);
            }
        }
        all
    }

    /// The first entry that leads to a workload and brings one of these connections.
    pub(super) fn door(&self, place: usize, conns: &Conns) -> Option<&Door> {
        let id = self.workloads.get(place)?.workload()?;
        self.entries.doors_of(id).find(|door| !door.conns.intersection(conns).is_empty())
    }
}

fn value<'l>(labels: &[(&'l str, &'l str)], key: &str) -> Option<&'l str> {
    labels.iter().find(|(own, _)| *own == key).map(|(_, value)| *value)
}

/// The sets of addresses in a peer.
fn sets_of<'p>(peer: &'p Peer, found: &mut Vec<&'p AddressSet>) {
    match peer {
        Peer::Addresses { set, .. } if !found.contains(&set) => found.push(set),
        Peer::All(parts) => parts.iter().for_each(|part| sets_of(part, found)),
        Peer::Not(part) => sets_of(part, found),
        _ => {}
    }
}

/// Where the ranges of a set begin, and where they have just ended.
fn edges(set: &AddressSet, found: &mut Vec<IpAddr>) {
    let v4 = set.v4().iter().flat_map(|&(low, high)| [Some(low), high.checked_add(1)]).flatten();
    found.extend(v4.map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))));
    let v6 = set.v6().iter().flat_map(|&(low, high)| [Some(low), high.checked_add(1)]).flatten();
    found.extend(v6.map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))));
}
