//! Which edits are behind a change.
//!
//! An edit is behind a change if it alone, made to the old cluster, alters these connections, or if it alone,
//! taken back from the new cluster, does. Both are tried, so that it is not a guess. Where edits only work
//! together, the ones that decide on either side are named.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cells::end_of;
use super::edits::{Edit, EditOf};
use super::{Change, Diff, PartyKind, Side};
use crate::algebra::Conns;
use crate::engine::{ClassId, Decision, Network, Solver};
use crate::policy::Direction;
use crate::site::Site;

/// What decided connections in one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Decider {
    /// The direction.
    pub direction: Direction,
    /// What was decided.
    pub decision: Decision,
    /// The policy and the rule; none where no policy had anything to say.
    pub site: Option<Site>,
}

/// Why one pair changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Why {
    /// The edits behind it: places in [`Diff::edits`].
    pub edits: Vec<u32>,
    /// Whether each of these edits was tried and altered the connections by itself. If not, they do only
    /// together.
    pub tried: bool,
    /// What decided in the old cluster.
    pub old: Vec<Decider>,
    /// What decides in the new cluster.
    pub new: Vec<Decider>,
}

pub(super) fn find(diff: &Diff, old: &Side<'_>, new: &Side<'_>) -> Vec<Why> {
    let mut why: Vec<Why> = diff
        .changes
        .iter()
        .map(|change| Why {
            old: deciders(diff, change, old.network, true),
            new: deciders(diff, change, new.network, false),
            ..Why::default()
        })
        .collect();
    let mut by_party: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for (place, change) in diff.changes.iter().enumerate() {
        by_party.entry(change.from).or_default().push(place);
        by_party.entry(change.to).or_default().push(place);
    }
    let (mut forth, mut back) = (Trial::new(old.network, true), Trial::new(new.network, false));
    for (number, edit) in (0u32..).zip(&diff.edits) {
        let mut touched: Vec<usize> = (0u32..)
            .zip(&diff.parties)
            .filter(|(_, party)| is_touched(edit, party, old.network, new.network))
            .filter_map(|(place, _)| by_party.get(&place))
            .flatten()
            .copied()
            .collect();
        touched.sort_unstable();
        touched.dedup();
        // What came with a workload, or went with it, needs no trial.
        touched.retain(|&place| {
            let (from, to) = diff.ends(&diff.changes[place]);
            let gone = [from, to].into_iter().any(|party| is_half(&party.kind));
            if gone && is_of(edit, from, to) {
                why[place].edits.push(number);
                why[place].tried = true;
            }
            !gone
        });
        if touched.is_empty() {
            continue;
        }
        if let EditOf::Entry { namespace } = &edit.of {
            for place in touched {
                let (from, to) = diff.ends(&diff.changes[place]);
                let here = matches!(&to.kind, PartyKind::Workload { namespace: own, .. } if own == namespace);
                if from.kind == PartyKind::Controller && here {
                    why[place].edits.push(number);
                }
            }
            continue;
        }
        for place in forth.alters(diff, edit, &touched).into_iter().chain(back.alters(diff, edit, &touched)) {
            if why[place].edits.last() != Some(&number) && !why[place].edits.contains(&number) {
                why[place].edits.push(number);
                why[place].tried = true;
            }
        }
    }
    for why in why.iter_mut().filter(|why| why.edits.is_empty()) {
        let named: FxHashSet<&str> = why
            .old
            .iter()
            .chain(&why.new)
            .filter_map(|one| one.site.as_ref())
            .map(|site| site.policy.as_str())
            .collect();
        why.edits = (0u32..)
            .zip(&diff.edits)
            .filter(|(_, edit)| named.contains(edit.title.as_str()))
            .map(|(number, _)| number)
            .collect();
    }
    why
}

/// Whether a workload is in only one of the clusters.
fn is_half(kind: &PartyKind) -> bool {
    matches!(kind, PartyKind::Workload { in_old, in_new, .. } if in_old != in_new)
}

/// Whether the edit is the coming or going of one of these workloads.
fn is_of(edit: &Edit, from: &super::Party, to: &super::Party) -> bool {
    let EditOf::Workload(was, is) = &edit.of else { return false };
    let Some(workload) = was.as_ref().xor(is.as_ref()) else { return false };
    let title = workload.title();
    [from, to].iter().any(|party| matches!(&party.kind, PartyKind::Workload { whole, .. } if *whole == title))
}

/// Whether an edit can matter for connections of this end.
fn is_touched(edit: &Edit, party: &super::Party, old: &Network, new: &Network) -> bool {
    let PartyKind::Workload { namespace, whole, .. } = &party.kind else { return false };
    match &edit.of {
        EditOf::Policy(was, is) => {
            let selects = |network: &Network, class: Option<ClassId>, policy: &crate::policy::Policy| {
                let Some(class) = class else { return false };
                Direction::BOTH
                    .into_iter()
                    .flat_map(|direction| network.selecting(class, direction))
                    .filter_map(|id| network.policy(id))
                    .any(|own| {
                        own.kind == policy.kind
                            && own.name == policy.name
                            && own.namespace == policy.namespace
                    })
            };
            was.first().is_some_and(|policy| selects(old, party.old, policy))
                || is.first().is_some_and(|policy| selects(new, party.new, policy))
        }
        EditOf::Workload(was, is) => {
            was.as_ref().or(is.as_ref()).is_some_and(|workload| workload.title() == *whole)
        }
        EditOf::Namespace(was, _) => was.name == namespace.as_str(),
        EditOf::Entry { namespace: own } => own == namespace,
    }
}

/// A cluster in which edits are tried one by one.
struct Trial<'n> {
    real: &'n Network,
    network: Network,
    solver: Solver,
    /// From the old cluster forth, or from the new one back.
    forth: bool,
}

impl<'n> Trial<'n> {
    fn new(real: &'n Network, forth: bool) -> Self {
        Self { real, network: real.clone(), solver: Solver::default(), forth }
    }

    /// The changes, of these, whose connections the edit alters.
    fn alters(&mut self, diff: &Diff, edit: &Edit, touched: &[usize]) -> Vec<usize> {
        if !self.apply(&edit.of, self.forth) {
            return Vec::new();
        }
        let altered = touched.iter().copied().filter(|&place| {
            let change = &diff.changes[place];
            let before = if self.forth { &change.old } else { &change.new };
            let Some(after) = self.between(diff, change) else { return false };
            let delta = change.delta();
            let moved = |a: &Conns, b: &Conns| a.intersection(&delta) != b.intersection(&delta);
            moved(&before.allowed, &after.allowed) || moved(&before.unknown, &after.unknown)
        });
        let altered = altered.collect();
        self.apply(&edit.of, !self.forth);
        altered
    }

    /// Makes the newer (or older) state of what was edited hold. `false` if that cannot be tried.
    fn apply(&mut self, of: &EditOf, newer: bool) -> bool {
        match of {
            EditOf::Policy(was, is) => {
                let (wanted, other) = if newer { (is, was) } else { (was, is) };
                let copied = |policy: &std::sync::Arc<crate::policy::Policy>| {
                    policy.object.as_ref().is_some_and(|object| object.key.copy > 0)
                };
                if wanted.iter().chain(other).any(copied) {
                    return false;
                }
                for policy in wanted {
                    self.network.set_policy(policy.clone());
                }
                if let Some(gone) = other.first().filter(|_| wanted.is_empty()) {
                    self.network.forget_policy(gone);
                }
                true
            }
            EditOf::Workload(Some(was), Some(is)) => {
                self.network.set_workload(if newer { is.clone() } else { was.clone() });
                true
            }
            EditOf::Namespace(was, is) => {
                self.network.set_namespace(if newer { is } else { was });
                true
            }
            EditOf::Workload(..) | EditOf::Entry { .. } => false,
        }
    }

    fn between(&mut self, diff: &Diff, change: &Change) -> Option<crate::engine::Verdict> {
        let (from, to) = diff.ends(change);
        let class = |party: &super::Party| {
            let own = if self.forth { party.old } else { party.new };
            self.class_now(own)
        };
        let (from_class, to_class) = (class(from), class(to));
        let verdict = {
            let source = end_of(from, from_class, &self.network)?;
            let destination = end_of(to, to_class, &self.network)?;
            self.solver.between(&self.network, &source, &destination)
        };
        Some(self.solver.verdict(verdict).clone())
    }

    /// A workload that was edited has other classes now than in the real cluster.
    fn class_now(&self, class: Option<ClassId>) -> Option<ClassId> {
        let class = class?;
        let (id, place) = self.real.workloads().find_map(|(id, entry)| {
            let place = entry.classes.iter().position(|own| *own == class)?;
            Some((id, place))
        })?;
        let now = self.network.workload(id)?;
        now.classes.get(place).or_else(|| now.classes.first()).copied()
    }
}

/// What decided the connections that changed, in one of the clusters.
fn deciders(diff: &Diff, change: &Change, network: &Network, is_old: bool) -> Vec<Decider> {
    let (from, to) = diff.ends(change);
    let class = |party: &super::Party| if is_old { party.old } else { party.new };
    let (Some(source), Some(destination)) =
        (end_of(from, class(from), network), end_of(to, class(to), network))
    else {
        return Vec::new();
    };
    let delta = change.delta();
    let verdict = if is_old { &change.old } else { &change.new };
    let mut found = Vec::new();
    for direction in [Direction::Egress, Direction::Ingress] {
        let (own, other) = match direction {
            Direction::Egress => (class(from), &destination),
            Direction::Ingress => (class(to), &source),
        };
        let Some(own) = own else { continue };
        let (here, steps) = network.steps(own, direction, other);
        for step in steps {
            let conns = step.conns.intersection(&delta);
            let wanted = match step.decision {
                Decision::Passed => false,
                Decision::Allowed | Decision::Default => {
                    !step.certain || !conns.intersection(&verdict.allowed).is_empty()
                }
                // Of a pair that is cut off only by the other end, this end's steps say nothing.
                Decision::Denied | Decision::Isolated => !conns.difference(&here.allowed).is_empty(),
            };
            if conns.is_empty() || !wanted {
                continue;
            }
            let site = Site::of_step(network, direction, &step);
            let decider = Decider { direction, decision: step.decision, site };
            if !found.contains(&decider) {
                found.push(decider);
            }
        }
    }
    found
}
