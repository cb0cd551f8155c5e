//! A copy of the cluster on which changes are tried.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::change::Change;
use super::plan::Pair;
use crate::algebra::Conns;
use crate::diff::cells::ranges;
use crate::ends::{EndKind, ShownEnd, ends};
use crate::engine::{ClassId, End, Network, Row, Solver, Verdict, VerdictId};
use crate::policy::{Context, Direction, Policy};

/// How a change is taken back.
pub(super) enum Undo {
    Restore(Vec<Arc<Policy>>),
    Remove(Arc<Policy>),
}

/// A copy of the cluster.
#[derive(Clone)]
pub(super) struct Bench<'c> {
    pub(super) network: Network,
    pub(super) context: &'c Context,
    solver: Solver,
}

/// What else a change does: how many other pairs it alters, and some of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Others {
    /// How many.
    pub count: usize,
    /// The first of them, for the reader.
    pub some: Vec<String>,
}

/// At most so many others are named.
const MOST_NAMED: usize = 5;

impl<'c> Bench<'c> {
    pub(super) fn new(network: &Network, context: &'c Context) -> Self {
        Self { network: network.clone(), context, solver: Solver::default() }
    }

    /// Makes a change; none if it cannot be made.
    pub(super) fn apply(&mut self, change: &Change) -> Option<Undo> {
        let policies = change.policies(self.context)?;
        let undo = match change {
            Change::Edit(object, _) => {
                let same = |policy: &&Arc<Policy>| {
                    policy.object.as_ref().is_some_and(|own| Arc::ptr_eq(own, object))
                };
                let mut before: Vec<Arc<Policy>> =
                    self.network.policies().map(|(_, policy)| policy).filter(same).cloned().collect();
                before.sort_by_key(|policy| policy.order.part);
                Undo::Restore(before)
            }
            Change::Create(_) => Undo::Remove(Arc::clone(policies.first()?)),
        };
        for policy in policies {
            self.network.set_policy(policy);
        }
        Some(undo)
    }

    pub(super) fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Restore(policies) => policies.into_iter().for_each(|policy| {
                self.network.set_policy(policy);
            }),
            Undo::Remove(policy) => self.network.forget_policy(&policy),
        }
    }

    /// What one direction of the pair allows.
    pub(super) fn way(&mut self, pair: &Pair<'_>, direction: Direction) -> Verdict {
        let (Some(own), other) = pair.seen_from(direction) else { return Verdict::all() };
        let id = self.solver.towards(&self.network, own, direction, &other);
        self.solver.verdict(id).clone()
    }

    pub(super) fn between(&mut self, pair: &Pair<'_>) -> Verdict {
        let id = self.solver.between(&self.network, &pair.source, &pair.destination);
        self.solver.verdict(id).clone()
    }

    /// What is not the same in `before`, beside the connections of the pair that are meant.
    pub(super) fn others(&mut self, before: &mut Self, pair: &Pair<'_>, meant: &Conns) -> Others {
        let all = ends(&self.network);
        let mut found = Others::default();
        let mut rows: FxHashMap<(*const Row, *const Row, Direction), Vec<usize>> = FxHashMap::default();
        let mut kept = Vec::new();
        for (place, end) in all.iter().enumerate() {
            let Some(class) = end.class.filter(|_| end.workload().is_some()) else { continue };
            for direction in Direction::BOTH {
                let (was, is) = (
                    before.solver.row(&before.network, class, direction),
                    self.solver.row(&self.network, class, direction),
                );
                rows.entry((std::rc::Rc::as_ptr(&was), std::rc::Rc::as_ptr(&is), direction))
                    .or_default()
                    .push(place);
                kept.push((was, is));
            }
        }
        let mut groups: Vec<_> = rows.into_iter().collect();
        groups.sort_by(|a, b| (a.0.2, &a.1).cmp(&(b.0.2, &b.1)));
        let mut same: FxHashMap<(VerdictId, VerdictId), bool> = FxHashMap::default();
        for ((_, _, direction), members) in groups {
            let Some(&first) = members.first() else { continue };
            let Some(class) = all[first].class else { continue };
            let was = before.solver.row(&before.network, class, direction);
            let is = self.solver.row(&self.network, class, direction);
            let mut alike = |a: VerdictId, b: VerdictId, old: &Solver, new: &Solver| {
                *same.entry((a, b)).or_insert_with(|| old.verdict(a) == new.verdict(b))
            };
            let mut differing: Vec<(String, Option<ClassId>, bool)> = Vec::new();
            for end in all.iter().filter(|end| end.class.is_some()) {
                let Some(other) = end.class else { continue };
                let ports = self.network.ports_of(other);
                let (a, b) = (was.class(other, ports), is.class(other, ports));
                if !alike(a, b, &before.solver, &self.solver) {
                    differing.push((end.title.clone(), Some(other), false));
                }
            }
            for (low, high, (a, b)) in ranges(was.v4(), is.v4(), u32::MAX, |bits| bits.saturating_sub(1)) {
                if !alike(a, b, &before.solver, &self.solver) {
                    let (low, high) =
                        (core::net::Ipv4Addr::from_bits(low), core::net::Ipv4Addr::from_bits(high));
                    differing.push((format!("{low}-{high}[External]"), None, low == high));
                }
            }
            for (low, high, (a, b)) in ranges(was.v6(), is.v6(), u128::MAX, |bits| bits.saturating_sub(1)) {
                if !before.network.profile().is_netpol_analyzer()
                    && !alike(a, b, &before.solver, &self.solver)
                {
                    let (low, high) =
                        (core::net::Ipv6Addr::from_bits(low), core::net::Ipv6Addr::from_bits(high));
                    differing.push((format!("{low}-{high}[External]"), None, low == high));
                }
            }
            for &member in &members {
                for (title, other, single) in &differing {
                    let own = &all[member];
                    if is_meant(pair, direction, own, *other, *single)
                        && self.differs_only_as_meant(before, pair, direction, meant)
                    {
                        continue;
                    }
                    // A workload's pods among each other are one workload's affair and still count.
                    found.count += 1;
                    if found.some.len() < MOST_NAMED {
                        found.some.push(match direction {
                            Direction::Ingress => format!("{title} => {}", own.title),
                            Direction::Egress => format!("{} => {title}", own.title),
                        });
                    }
                }
            }
        }
        drop(kept);
        found
    }

    fn differs_only_as_meant(
        &mut self,
        before: &mut Self,
        pair: &Pair<'_>,
        direction: Direction,
        meant: &Conns,
    ) -> bool {
        let (was, is) = (before.way(pair, direction), self.way(pair, direction));
        let rest = |verdict: &Verdict| (verdict.allowed.difference(meant), verdict.unknown.difference(meant));
        let (was, is) = (rest(&was), rest(&is));
        // Other protocols come and go with the last port.
        was == is || {
            let plain = |conns: &Conns| conns.difference(&Conns::other_protocols());
            plain(&was.0) == plain(&is.0) && plain(&was.1) == plain(&is.1)
        }
    }
}

/// Whether a pair of ends is the one that is asked about.
fn is_meant(
    pair: &Pair<'_>,
    direction: Direction,
    own: &ShownEnd,
    other: Option<ClassId>,
    single: bool,
) -> bool {
    let (asked, towards) = pair.seen_from(direction);
    let own_is = asked.is_some() && own.class == asked && !matches!(own.kind, EndKind::Addresses(..));
    own_is
        && match (towards, other) {
            (End::Class(wanted), Some(other)) => wanted == other,
            (End::Address(_), None) => single,
            _ => false,
        }
}
