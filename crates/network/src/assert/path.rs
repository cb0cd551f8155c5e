//! Connections over other workloads: who gets into one pod goes on from there.
//!
//! A leg is any connection that the policies allow; the last one must be among those that the assertion is
//! about. What lies in between runs in the cluster: an address outside passes nothing on.

use std::collections::VecDeque;

use super::Flow;
use super::check::{Failure, Tally};
use super::select::{Actor, Scene};
use super::why;
use crate::algebra::Conns;
use crate::engine::Solver;

/// Checks that there is no way, or for `wanted` that there is one, from each source to each destination.
pub(super) fn check(
    scene: &Scene<'_>,
    solver: &mut Solver,
    from: &[Actor],
    to: &[Actor],
    flow: &Flow,
    wanted: bool,
    tally: &mut Tally,
) {
    let legs = Legs::new(scene, solver);
    for source in from {
        let starts = legs.starts(scene, solver, source);
        for destination in to {
            if !scene.is_pair(source, destination) {
                continue;
            }
            tally.asked += 1;
            let certain = legs.way(scene, solver, source, &starts, destination, &flow.conns, false);
            let perhaps = match certain {
                Some(_) => None,
                None => legs.way(scene, solver, source, &starts, destination, &flow.conns, true),
            };
            match (wanted, certain, perhaps) {
                (false, Some(way), _) => tally.add(true, || of_way(scene, source, &way, destination, true)),
                (false | true, None, Some(way)) => {
                    tally.add(false, || of_way(scene, source, &way, destination, false));
                }
                (true, None, None) => {
                    tally.add(true, || why::no_way(scene, source, destination, &flow.conns));
                }
                _ => {}
            }
        }
    }
}

/// What is between any two workloads: allowed, and perhaps allowed.
struct Legs {
    next: Vec<Vec<(usize, bool)>>,
}

/// The workloads on a way, and the connections of its last leg.
struct Way {
    over: Vec<usize>,
    conns: Conns,
}

impl Legs {
    fn new(scene: &Scene<'_>, solver: &mut Solver) -> Self {
        let count = scene.workloads.len();
        let next = (0..count).map(|from| reached(scene, solver, &Actor::Workload(from))).collect();
        Self { next }
    }

    /// Where a source gets at once.
    fn starts(&self, scene: &Scene<'_>, solver: &mut Solver, source: &Actor) -> Vec<(usize, bool)> {
        match source {
            Actor::Workload(place) => self.next.get(*place).cloned().unwrap_or_default(),
            other => reached(scene, solver, other),
        }
    }

    /// The shortest way. With `unknown` legs count of which it is not known whether they are allowed.
    #[expect(
        clippy::too_many_arguments,
        reason = "the ends of the way and what to look in; a struct would only rename them"
    )]
    fn way(
        &self,
        scene: &Scene<'_>,
        solver: &mut Solver,
        source: &Actor,
        starts: &[(usize, bool)],
        destination: &Actor,
        conns: &Conns,
        unknown: bool,
    ) -> Option<Way> {
        let mut last = |from: &Actor| {
            if !scene.is_pair(from, destination) {
                return None;
            }
            let verdict = scene.between(solver, from, destination);
            let open = if unknown { verdict.allowed.union(&verdict.unknown) } else { verdict.allowed };
            Some(open.intersection(conns)).filter(|open| !open.is_empty())
        };
        if let Some(conns) = last(source) {
            return Some(Way { over: Vec::new(), conns });
        }
        let mut before: Vec<Option<Option<usize>>> = vec![None; scene.workloads.len()];
        if let Actor::Workload(place) = source
            && let Some(slot) = before.get_mut(*place)
        {
            // Back to the start is no way.
            *slot = Some(None);
        }
        let mut queue: VecDeque<usize> = VecDeque::new();
        let mut visit = |queue: &mut VecDeque<usize>, from: Option<usize>, next: &[(usize, bool)]| {
            for &(place, certain) in next.iter().filter(|(_, certain)| *certain || unknown) {
                let _ = certain;
                if let Some(slot @ None) = before.get_mut(place) {
                    *slot = Some(from);
                    queue.push_back(place);
                }
            }
        };
        visit(&mut queue, None, starts);
        let mut order = Vec::new();
        while let Some(place) = queue.pop_front() {
            order.push(place);
            let next = self.next.get(place).map_or(&[][..], Vec::as_slice);
            visit(&mut queue, Some(place), next);
        }
        for place in order {
            let here = Actor::Workload(place);
            if here == *destination {
                continue;
            }
            let Some(conns) = last(&here) else { continue };
            let mut over = vec![place];
            while let Some(Some(Some(earlier))) =
                over.last().map(|place| before.get(*place).copied().flatten())
            {
                over.push(earlier);
            }
            over.reverse();
            return Some(Way { over, conns });
        }
        None
    }
}

fn reached(scene: &Scene<'_>, solver: &mut Solver, from: &Actor) -> Vec<(usize, bool)> {
    let mut found = Vec::new();
    for to in 0..scene.workloads.len() {
        let actor = Actor::Workload(to);
        if !scene.is_pair(from, &actor) {
            continue;
        }
        let verdict = scene.between(solver, from, &actor);
        if !verdict.is_denied() {
            found.push((to, !verdict.allowed.is_empty()));
        }
    }
    found
}

fn of_way(scene: &Scene<'_>, source: &Actor, way: &Way, destination: &Actor, certain: bool) -> Failure {
    let last = way.over.last().map_or_else(|| source.clone(), |place| Actor::Workload(*place));
    let mut failure = if certain {
        why::allowed(scene, &last, destination, &way.conns)
    } else {
        why::undecided(scene, &last, destination, &way.conns)
    };
    if !way.over.is_empty() {
        failure.over = way.over.iter().map(|place| scene.title(&Actor::Workload(*place))).collect();
        failure.from = scene.title(source);
        let all: Vec<String> = std::iter::once(failure.from.clone())
            .chain(failure.over.iter().cloned())
            .chain([failure.to.clone()])
            .collect();
        failure.message =
            format!("{} in {} legs; of the last one: {}", all.join(" => "), all.len() - 1, failure.message);
    }
    failure
}
