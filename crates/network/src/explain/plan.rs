//! The smallest changes that turn an answer, each tried before it is shown.

use super::bench::{Bench, Others};
use super::candidates::{self, Candidate};
use super::change::Change;
use super::{Answer, Question};
use crate::algebra::{Conns, Protocol};
use crate::engine::{ClassId, End, Network, Verdict};
use crate::policy::{Context, Direction};
use crate::site::Site;

/// No plan is longer.
const MOST_STEPS: usize = 8;

/// One edit of a plan.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What to do, one sentence without full stop.
    pub summary: String,
    /// Which direction it opens or closes.
    pub direction: Direction,
    /// Where; none for a new object.
    pub site: Option<Site>,
    /// What to write there; empty where something is only taken away.
    pub yaml: String,
    /// The change itself.
    pub change: Change,
    /// What else it does.
    pub others: Others,
}

/// Edits that together turn the answer.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whether they allow; else they deny.
    pub allows: bool,
    /// The edits, in the order in which they are to be made.
    pub steps: Vec<Proposal>,
    /// What the pair is allowed once they are made: decided, not guessed.
    pub after: Verdict,
}

impl Plan {
    /// How many other pairs it alters.
    pub fn others(&self) -> usize {
        self.steps.iter().map(|step| step.others.count).sum()
    }

    fn size(&self) -> (usize, usize, usize) {
        (self.others(), self.steps.len(), self.steps.iter().map(|step| step.yaml.lines().count()).sum())
    }
}

/// The pair that is asked about.
pub(super) struct Pair<'a> {
    pub(super) source: End<'a>,
    pub(super) destination: End<'a>,
    pub(super) from: Option<ClassId>,
    pub(super) to: Option<ClassId>,
}

impl<'a> Pair<'a> {
    /// The end that is asked in a direction, and the other one.
    pub(super) fn seen_from(&self, direction: Direction) -> (Option<ClassId>, End<'a>) {
        match direction {
            Direction::Egress => (self.from, self.destination),
            Direction::Ingress => (self.to, self.source),
        }
    }
}

/// Which connections a plan is to turn: those that were asked about; without a question the ports that the
/// destination declares, or what is allowed now.
pub(super) fn aim(
    network: &Network,
    question: &Question,
    to: Option<ClassId>,
    verdict: &Verdict,
    answer: Answer,
) -> Conns {
    if let Some(conns) = &question.conns {
        return if answer == Answer::Allowed { conns.clone() } else { conns.difference(&verdict.allowed) };
    }
    if !verdict.allowed.is_empty() {
        return verdict.allowed.clone();
    }
    let workload = question.to.workload().and_then(|id| network.workload(id));
    let mut declared = Conns::none();
    for (pod, class) in workload.into_iter().flat_map(|entry| entry.workload.pods.iter().zip(&entry.classes))
    {
        if to.is_some_and(|to| network.alike(to, *class)) {
            for port in &pod.ports {
                declared = declared.union(&Conns::one(port.protocol, port.number));
            }
        }
    }
    if declared.is_empty() { Conns::all() } else { declared }
}

/// Looks for plans, best first.
pub(super) fn find(
    network: &Network,
    context: &Context,
    pair: &Pair<'_>,
    answer: Answer,
    asked: bool,
    aim: &Conns,
    most: usize,
) -> Vec<Plan> {
    let allows = match answer {
        Answer::Allowed => false,
        // Without a question, what is allowed in part is to be closed.
        Answer::Partly => asked,
        Answer::Denied => true,
        // First what is wrong has to be mended.
        Answer::Unknown => return Vec::new(),
    };
    let bench = Bench::new(network, context);
    let mut plans = Vec::new();
    if allows {
        plans.extend(search(&bench, pair, aim, true, &[Direction::Egress, Direction::Ingress], most));
    } else {
        for direction in Direction::BOTH {
            plans.extend(search(&bench, pair, aim, false, &[direction], most));
        }
    }
    plans.sort_by_key(Plan::size);
    plans.dedup_by(|a, b| {
        let texts = |plan: &Plan| {
            plan.steps.iter().map(|step| (step.summary.clone(), step.yaml.clone())).collect::<Vec<_>>()
        };
        texts(a) == texts(b)
    });
    plans.truncate(most);
    plans
}

/// The smallest plan that allows or denies connections between two ends: for each step what to do and, on
/// the lines after it, what to write. `None` if no small change was found that does. `from` and `to` are the
/// classes of ends in the cluster.
pub(crate) fn smallest(
    network: &Network,
    context: &Context,
    (source, from): (End<'_>, Option<ClassId>),
    (destination, to): (End<'_>, Option<ClassId>),
    aim: &Conns,
    allow: bool,
) -> Option<String> {
    let answer = if allow { Answer::Denied } else { Answer::Allowed };
    let plans = find(network, context, &Pair { source, destination, from, to }, answer, true, aim, 1);
    let step = |step: &Proposal| {
        let mut text = super::format::proposal(step);
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let yaml = step.yaml.trim_end();
        if yaml.is_empty() { text } else { format!("{text}:\n{yaml}") }
    };
    let steps: Vec<String> = plans.first()?.steps.iter().map(step).collect();
    Some(steps.join("\n"))
}

/// For each of the best first steps, the rest of the way by the best step each time.
fn search(
    bench: &Bench<'_>,
    pair: &Pair<'_>,
    aim: &Conns,
    allows: bool,
    ways: &[Direction],
    most: usize,
) -> Vec<Plan> {
    let firsts = options(&mut bench.clone(), pair, aim, allows, ways);
    let mut plans = Vec::new();
    for (_, first) in firsts.into_iter().take(most) {
        let mut bench = bench.clone();
        let mut steps = Vec::new();
        let mut next = Some(first);
        while let Some(proposal) = next.take() {
            if bench.apply(&proposal.change).is_none() {
                break;
            }
            steps.push(proposal);
            let after = bench.between(pair);
            let reached = if allows {
                after.allowed.includes(aim)
            } else {
                after.allowed.intersection(aim).is_empty() && after.unknown.intersection(aim).is_empty()
            };
            if reached {
                plans.push(Plan { allows, steps, after });
                break;
            }
            if steps.len() >= MOST_STEPS {
                break;
            }
            next =
                options(&mut bench, pair, aim, allows, ways).into_iter().next().map(|(_, proposal)| proposal);
        }
    }
    plans
}

/// Every change that brings the pair nearer, best first: other pairs that it alters, lines to write.
fn options(
    bench: &mut Bench<'_>,
    pair: &Pair<'_>,
    aim: &Conns,
    allows: bool,
    ways: &[Direction],
) -> Vec<((usize, usize), Proposal)> {
    let mut found = Vec::new();
    for &direction in ways {
        let before = bench.way(pair, direction);
        let missing = aim.difference(&before.allowed);
        let here = if allows { missing } else { aim.intersection(&before.allowed) };
        if here.is_empty() {
            continue;
        }
        let distance = distance(bench, pair, direction, aim, allows);
        let candidates = candidates::candidates(&bench.network, pair, direction, &here, allows);
        let mut unchanged = bench.clone();
        for Candidate { summary, site, yaml, change } in candidates {
            let Some(undo) = bench.apply(&change) else { continue };
            if self::distance(bench, pair, direction, aim, allows) < distance {
                let others = bench.others(&mut unchanged, pair, aim);
                let score = (others.count, yaml.lines().count());
                found.push((score, Proposal { summary, direction, site, yaml, change, others }));
            }
            bench.undo(undo);
        }
        // One way at a time where both have to be opened.
        if allows && !found.is_empty() {
            break;
        }
    }
    found.sort_by_key(|(score, _)| *score);
    found
}

/// How far it is: what is still to be turned, and how much the rules in the way are about it.
fn distance(
    bench: &mut Bench<'_>,
    pair: &Pair<'_>,
    direction: Direction,
    aim: &Conns,
    allows: bool,
) -> (u64, u64) {
    let verdict = bench.way(pair, direction);
    let left = if allows {
        aim.difference(&verdict.allowed)
    } else {
        aim.intersection(&verdict.allowed).union(&aim.intersection(&verdict.unknown))
    };
    let (Some(own), other) = pair.seen_from(direction) else { return (0, 0) };
    let network = &bench.network;
    let in_the_way: u64 = network
        .matching(own, direction, &other)
        .iter()
        .filter(|matching| {
            let policy = network.policy(matching.policy);
            let rule = policy.and_then(|policy| policy.side(direction)?.rules.get(matching.rule));
            rule.is_some_and(|rule| (rule.action == crate::policy::Action::Deny) == allows)
        })
        .map(|matching| weight(&matching.conns.intersection(aim)))
        .sum();
    (weight(&left), in_the_way)
}

/// How many connections there are in a set.
fn weight(conns: &Conns) -> u64 {
    let ports = Protocol::ALL
        .into_iter()
        .flat_map(|protocol| conns.ports(protocol).ranges())
        .map(|&(low, high)| u64::from(high - low) + 1)
        .sum::<u64>();
    ports + u64::from(conns.has_other())
}
