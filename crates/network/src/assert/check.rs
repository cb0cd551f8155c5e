//! Each demand, asked of the engine.

use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::select::{Actor, Scene};
use super::{Assertion, Demand, Flow, Pods, fresh, path, why};
use crate::algebra::Conns;
use crate::engine::{Network, Solver};
use crate::entry::Entries;
use crate::policy::{Context, Direction};

/// What came out for one assertion.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The assertion.
    pub assertion: Assertion,
    /// Whether it holds.
    pub outcome: Outcome,
}

/// Whether an assertion holds.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It does; so many pairs of ends were asked about.
    Pass(usize),
    /// It does not.
    Fail(Vec<Failure>),
    /// It cannot be told.
    Unknown(Vec<Failure>),
}

/// A connection, or a workload, that shows that an assertion does not hold, or may not.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Where the connection starts; the workload where it is about one alone.
    pub from: String,
    /// Where it ends; empty where it is about one workload.
    pub to: String,
    /// Every stop in between, where it goes over other workloads.
    pub over: Vec<String>,
    /// Which connections; of the last leg.
    pub conns: Conns,
    /// What is the matter, as a sentence without full stop.
    pub message: String,
    /// The rules that decide it, with what they do.
    pub evidence: Vec<why::Because>,
    /// The smallest change that was found: a sentence, and on the lines after it what to write.
    pub fix: String,
}

/// Failures beyond this many are counted and not explained.
pub(super) const EXPLAINED: usize = 5;

/// Checks assertions. `entries` and `context` must be of the same cluster.
pub fn check(
    network: &Network,
    solver: &mut Solver,
    entries: &Entries,
    context: &Context,
    assertions: &[Assertion],
) -> Vec<Checked> {
    let scene = Scene::new(network, entries, context);
    assertions
        .iter()
        .map(|assertion| Checked { assertion: assertion.clone(), outcome: one(&scene, solver, assertion) })
        .collect()
}

/// What was found for one demand.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) asked: usize,
    pub(super) failed: Vec<Failure>,
    pub(super) unknown: Vec<Failure>,
    /// Those that were found and not explained.
    more: (usize, usize),
}

impl Tally {
    /// Takes a failure down; it is explained only while there are few.
    pub(super) fn add(&mut self, certain: bool, explain: impl FnOnce() -> Failure) {
        let (list, more) = if certain {
            (&mut self.failed, &mut self.more.0)
        } else {
            (&mut self.unknown, &mut self.more.1)
        };
        if list.len() < EXPLAINED {
            list.push(explain());
        } else {
            *more += 1;
        }
    }

    fn outcome(mut self) -> Outcome {
        let note = |list: &mut Vec<Failure>, more: usize| {
            if let Some(last) = list.last_mut().filter(|_| more > 0) {
                let _ = write!(last.message, "; {more} more are not shown");
            }
        };
        note(&mut self.failed, self.more.0);
        note(&mut self.unknown, self.more.1);
        if !self.failed.is_empty() {
            Outcome::Fail(self.failed)
        } else if !self.unknown.is_empty() {
            Outcome::Unknown(self.unknown)
        } else {
            Outcome::Pass(self.asked)
        }
    }
}

/// A demand that is about nothing holds for nothing.
pub(super) fn about_nothing(what: &str) -> Outcome {
    Outcome::Unknown(vec![Failure {
        from: String::new(),
        to: String::new(),
        over: Vec::new(),
        conns: Conns::none(),
        message: format!("{what}, so that the assertion says nothing"),
        evidence: Vec::new(),
        fix: "Make the selection match what it is meant for, or remove the assertion".to_owned(),
    }])
}

fn one(scene: &Scene<'_>, solver: &mut Solver, assertion: &Assertion) -> Outcome {
    match &assertion.demand {
        Demand::Deny(flow) | Demand::Allow(flow) | Demand::Only(flow) => {
            of_flow(scene, solver, &assertion.demand, flow)
        }
        Demand::Isolated { by, of } => isolated(scene, solver, by, of),
        Demand::Protected { directions, of } => protected(scene, directions, of),
        Demand::NoExposureToNew { directions, of } => {
            fresh::check(scene, directions, of).map_or_else(|outcome| outcome, Tally::outcome)
        }
    }
}

fn of_flow(scene: &Scene<'_>, solver: &mut Solver, demand: &Demand, flow: &Flow) -> Outcome {
    let to = scene.actors(&flow.to);
    if to.is_empty() {
        return about_nothing("`to` selects no pod");
    }
    let named = scene.actors(&flow.from);
    if named.is_empty() && !matches!(demand, Demand::Only(_)) {
        return about_nothing("`from` selects no pod");
    }
    let mut tally = Tally::default();
    if flow.transitive {
        path::check(scene, solver, &named, &to, flow, matches!(demand, Demand::Allow(_)), &mut tally);
        return tally.outcome();
    }
    let is_allow = matches!(demand, Demand::Allow(_));
    let from = if matches!(demand, Demand::Only(_)) { scene.others(&flow.from) } else { named };
    for source in &from {
        for destination in &to {
            if !scene.is_pair(source, destination) {
                continue;
            }
            // Nothing comes in where there is no entry.
            if *source == Actor::Ingress && is_allow && !leads_to(scene, destination) {
                tally.asked += 1;
                tally.add(true, || why::no_entry(scene, destination));
                continue;
            }
            tally.asked += 1;
            let verdict = scene.between(solver, source, destination);
            if is_allow {
                let missing = flow.conns.difference(&verdict.allowed);
                let denied = missing.difference(&verdict.unknown);
                if !denied.is_empty() {
                    tally.add(true, || why::denied(scene, source, destination, &denied));
                } else if !missing.is_empty() {
                    tally.add(false, || why::undecided(scene, source, destination, &missing));
                }
            } else {
                let allowed = flow.conns.intersection(&verdict.allowed);
                let unknown = flow.conns.intersection(&verdict.unknown);
                if !allowed.is_empty() {
                    tally.add(true, || why::allowed(scene, source, destination, &allowed));
                } else if !unknown.is_empty() {
                    tally.add(false, || why::undecided(scene, source, destination, &unknown));
                }
            }
        }
    }
    if tally.asked == 0 {
        return about_nothing("no two different ends are selected");
    }
    tally.outcome()
}

fn leads_to(scene: &Scene<'_>, destination: &Actor) -> bool {
    matches!(destination, Actor::Workload(place) if scene.door(*place, &Conns::all()).is_some())
}

fn isolated(scene: &Scene<'_>, solver: &mut Solver, by: &str, of: &Pods) -> Outcome {
    let namespaces: FxHashMap<&str, Vec<(&str, &str)>> = scene.network.namespaces().collect();
    let value = |actor: &Actor| -> Option<String> {
        let Actor::Workload(place) = actor else { return None };
        let class = scene.workloads.get(*place)?.class?;
        let own = scene.network.labels_of(class);
        let of_namespace = namespaces.get(scene.network.namespace_of(class));
        let mut labels = own.iter().chain(of_namespace.into_iter().flatten());
        labels.find(|(key, _)| *key == by).map(|(_, value)| (*value).to_owned())
    };
    let actors: Vec<(Actor, String)> =
        scene.of_pods(of).into_iter().filter_map(|actor| Some((actor.clone(), value(&actor)?))).collect();
    if actors.is_empty() {
        return about_nothing(&format!("no pod and no namespace has the label {by}"));
    }
    let mut tally = Tally::default();
    for (source, own) in &actors {
        for (destination, other) in &actors {
            if own == other || !scene.is_pair(source, destination) {
                continue;
            }
            tally.asked += 1;
            let verdict = scene.between(solver, source, destination);
            if !verdict.allowed.is_empty() {
                tally.add(true, || {
                    let mut failure = why::allowed(scene, source, destination, &verdict.allowed);
                    failure.message = format!("{by} {own} reaches {by} {other}: {}", failure.message);
                    failure
                });
            } else if !verdict.unknown.is_empty() {
                tally.add(false, || why::undecided(scene, source, destination, &verdict.unknown));
            }
        }
    }
    tally.outcome()
}

fn protected(scene: &Scene<'_>, directions: &[Direction], of: &Pods) -> Outcome {
    let mut tally = Tally::default();
    for actor in scene.of_pods(of) {
        let Actor::Workload(place) = actor else { continue };
        let Some(class) = scene.workloads.get(place).and_then(|end| end.class) else { continue };
        // No policy can select a pod in the network of its node.
        if !scene.is_selectable(place) {
            continue;
        }
        tally.asked += 1;
        let open: Vec<Direction> = directions
            .iter()
            .copied()
            .filter(|direction| scene.network.ask(class, *direction).policies().next().is_none())
            .collect();
        if !open.is_empty() {
            tally.add(true, || why::unprotected(scene, &actor, &open));
        }
    }
    if tally.asked == 0 {
        return about_nothing("no pod is selected that policies can be for");
    }
    tally.outcome()
}
