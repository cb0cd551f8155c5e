//! A list with its rows put together: workloads that have the same connections share one row.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::List;
use crate::ends::ShownEnd;
use crate::engine::{ClassId, Network, Solver, VerdictId};
use crate::policy::{Namespaces, Peer};

/// One row of a merged list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedRow {
    /// Where the connections start.
    pub from: String,
    /// Where they end.
    pub to: String,
    /// What is allowed.
    pub conns: String,
    /// How many rows of the list this stands for.
    pub stands_for: usize,
}

/// Puts rows together. Nothing is lost and nothing added, but that a workload among both ends of a row is
/// not meant to talk to itself: the plain list says nothing of that either.
pub fn merge(network: &Network, solver: &Solver, list: &List) -> Vec<MergedRow> {
    let names = Names::new(network, list);
    // Sources with the same connections, themselves aside, are one source.
    let mut by_source: BTreeMap<u32, Vec<(u32, VerdictId)>> = BTreeMap::new();
    for one in list.connections.iter().filter(|one| !solver.verdict(one.verdict).allowed.is_empty()) {
        by_source.entry(one.from).or_default().push((one.to, one.verdict));
    }
    let mut sources: Vec<(Vec<u32>, BTreeMap<u32, VerdictId>)> = Vec::new();
    let mut places: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    for (from, reached) in by_source {
        let place = places
            .get(&names.kind(from))
            .into_iter()
            .flatten()
            .copied()
            .find(|&place| fits(&sources[place], from, &reached));
        match place {
            Some(place) => {
                let (members, all) = &mut sources[place];
                members.push(from);
                all.extend(reached);
            }
            None => {
                places.entry(names.kind(from)).or_default().push(sources.len());
                sources.push((vec![from], reached.into_iter().collect()));
            }
        }
    }
    let mut rows = Vec::new();
    for (members, reached) in &sources {
        let mut by_verdict: BTreeMap<VerdictId, Vec<u32>> = BTreeMap::new();
        for (&to, &verdict) in reached {
            by_verdict.entry(verdict).or_default().push(to);
        }
        for (verdict, destinations) in by_verdict {
            let conns = solver.verdict(verdict).allowed.to_string();
            for (to, ends) in names.of(&destinations) {
                let both = ends.iter().filter(|end| members.contains(end)).count();
                for (from, sources) in names.of(members) {
                    rows.push(MergedRow {
                        from,
                        to: to.clone(),
                        conns: conns.clone(),
                        stands_for: (sources.len() * ends.len()).saturating_sub(both.min(sources.len())),
                    });
                }
            }
        }
    }
    rows.sort_by(|a, b| (&a.from, &a.to, &a.conns).cmp(&(&b.from, &b.to, &b.conns)));
    rows
}

/// Whether a source has the connections of a merged one. To each other they must be open alike.
fn fits(merged: &(Vec<u32>, BTreeMap<u32, VerdictId>), from: u32, reached: &[(u32, VerdictId)]) -> bool {
    let (members, all) = merged;
    let own: FxHashMap<u32, VerdictId> = reached.iter().copied().collect();
    // What members say of this one is what it must say of them, and what they say of each other.
    let among = all.get(&from).copied();
    if members.iter().any(|member| own.get(member).copied() != among) {
        return false;
    }
    if members.len() > 1 && members.iter().any(|member| all.get(member).copied() != among) {
        return false;
    }
    let outside = |to: &u32| *to != from && !members.contains(to);
    let theirs = all.iter().filter(|(to, _)| outside(to)).count();
    let mine = own.iter().filter(|(to, _)| outside(to)).count();
    theirs == mine
        && own.iter().filter(|(to, _)| outside(to)).all(|(to, verdict)| all.get(to) == Some(verdict))
}

/// Names for sets of ends: a namespace, a selector of some policy that means just these, or a list.
struct Names<'l> {
    list: &'l List,
    namespaces: Vec<u64>,
    /// For each namespace: the ends in it, and the sets that selectors of policies mean.
    groups: FxHashMap<u64, Space>,
}

#[derive(Default)]
struct Space {
    name: String,
    ends: Vec<u32>,
    selected: Vec<(String, Vec<u32>)>,
}

impl<'l> Names<'l> {
    fn new(network: &Network, list: &'l List) -> Self {
        let mut numbers: FxHashMap<&str, u64> = FxHashMap::default();
        let mut groups: FxHashMap<u64, Space> = FxHashMap::default();
        let mut namespaces = Vec::with_capacity(list.ends.len());
        for (place, end) in (0u32..).zip(&list.ends) {
            let Some(class) = end.class.filter(|_| end.workload().is_some()) else {
                // What is in no namespace is only like itself.
                namespaces.push(u64::from(u32::MAX) + u64::from(place));
                continue;
            };
            let name = network.namespace_of(class);
            let next = numbers.len() as u64;
            let number = *numbers.entry(name).or_insert(next);
            let space = groups.entry(number).or_default();
            name.clone_into(&mut space.name);
            space.ends.push(place);
            namespaces.push(number);
        }
        for space in groups.values_mut() {
            space.selected = selected(network, &list.ends, space);
        }
        Self { list, namespaces, groups }
    }

    fn kind(&self, end: u32) -> u64 {
        self.namespaces.get(end as usize).copied().unwrap_or_default()
    }

    /// A name for each part of a set, with the ends it means.
    fn of(&self, ends: &[u32]) -> Vec<(String, Vec<u32>)> {
        let mut spaces: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for &end in ends {
            spaces.entry(self.kind(end)).or_default().push(end);
        }
        spaces.into_iter().map(|(space, ends)| (self.name(space, &ends), ends)).collect()
    }

    fn name(&self, space: u64, ends: &[u32]) -> String {
        let title = |end: &u32| self.list.ends.get(*end as usize).map_or("", |end| end.title.as_str());
        let Some(space) = self.groups.get(&space) else { return ends.first().map_or("", title).to_owned() };
        if let [end] = ends {
            return title(end).to_owned();
        }
        if space.ends == ends {
            return format!("{}/[all workloads]", space.name);
        }
        if let Some((selector, _)) = space.selected.iter().find(|(_, meant)| meant == ends) {
            return format!("{}/[{selector}]", space.name);
        }
        let prefix = format!("{}/", space.name);
        let names: Vec<&str> =
            ends.iter().map(|end| title(end).strip_prefix(&prefix).unwrap_or(title(end))).collect();
        format!("{}/[{}]", space.name, names.join(", "))
    }
}

/// What the selectors of all policies mean in a namespace.
fn selected(network: &Network, ends: &[ShownEnd], space: &Space) -> Vec<(String, Vec<u32>)> {
    let mut selectors: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let classes: Vec<(u32, ClassId)> =
        space.ends.iter().filter_map(|&end| Some((end, ends.get(end as usize)?.class?))).collect();
    for (_, policy) in network.policies() {
        let rules = [&policy.ingress, &policy.egress].into_iter().flatten().flat_map(|side| &side.rules);
        let peers = std::iter::once(&policy.subject).chain(rules.flat_map(|rule| &rule.peers));
        for peer in peers {
            let Peer::Pods { namespaces, pods } = peer else { continue };
            let elsewhere = matches!(namespaces, Namespaces::One(name) if *name != space.name);
            if elsewhere || pods.is_everything() {
                continue;
            }
            selectors.entry(pods.to_string()).or_insert_with(|| {
                let meant = classes.iter().filter(|(_, class)| {
                    let labels = network.labels_of(*class);
                    pods.matches(&|key: &str| {
                        labels.iter().find(|(own, _)| *own == key).map(|(_, value)| *value)
                    })
                });
                meant.map(|(end, _)| *end).collect()
            });
        }
    }
    selectors.into_iter().collect()
}
