//! What each rule does: which ones could go without any connection changing.
//!
//! The proof is made by the engine. For every sort of pod that a policy selects, and every end that a rule
//! names, the verdict with the rule is compared with the one without it. A rule that matches no end of the
//! cluster proves nothing and is left alone. Rules are tried from the last to the first, and one that was
//! found to do nothing is gone for those that follow: all of them can be removed together.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::engine::{ClassId, Decision, End, Network, PolicyId, RuleId, Step};
use crate::policy::{Action, Direction};

/// How many looks at a rule a whole analysis may take. Beyond it what is left is not looked at, and says so.
const BUDGET: u64 = 40_000_000;

/// Beyond this many rules for one sort of pod nothing that compares all with all is tried.
const MOST_RULES: usize = 5_000;

/// Whether one sort of pod has more rules in a direction than can be compared.
pub(super) fn has_too_many_rules(network: &Network, class: ClassId, direction: Direction) -> bool {
    network.ask(class, direction).rules().count() > MOST_RULES
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    /// Some connection would change without it; or it matches nothing that is here.
    Some,
    /// No connection would change: others, of which this is one, decide the same.
    Covered(Option<RuleId>),
    /// It is never reached: others, of which this is one, decide its connections before.
    Shadowed(PolicyId, Option<usize>),
    /// Not looked at: there are too many rules.
    Unknown,
}

/// The effect of every rule.
pub(super) type Effects = FxHashMap<(Direction, RuleId), Effect>;

/// Looks at every rule of a network.
pub(super) fn effects(network: &Network) -> Effects {
    let mut found = Effects::default();
    let mut spent = 0;
    for direction in Direction::BOTH {
        let mut removed: FxHashSet<RuleId> = FxHashSet::default();
        let mut policies: Vec<PolicyId> = network.policies().map(|(id, _)| id).collect();
        policies.reverse();
        for id in policies {
            let Some(policy) = network.policy(id) else { continue };
            let rules = policy.side(direction).map_or(0, |side| side.rules.len());
            if rules == 0 {
                continue;
            }
            let subjects = subjects(network, id, direction);
            for number in (0..rules).rev() {
                let rule = (id, number);
                let certain = policy.certain_subject
                    && policy
                        .side(direction)
                        .and_then(|side| side.rules.get(number))
                        .is_some_and(|rule| rule.certain);
                let effect = if certain {
                    effect(network, direction, rule, &subjects, &removed, &mut spent)
                } else {
                    Effect::Some
                };
                if matches!(effect, Effect::Covered(_) | Effect::Shadowed(..)) {
                    removed.insert(rule);
                }
                found.insert((direction, rule), effect);
            }
        }
    }
    found
}

/// One class for each row: those that the same policies select answer alike.
fn subjects(network: &Network, policy: PolicyId, direction: Direction) -> Vec<ClassId> {
    let mut seen: FxHashSet<(SmallVec<[PolicyId; 8]>, Vec<(String, u16)>)> = FxHashSet::default();
    network
        .selected(policy)
        .iter()
        .copied()
        .filter(|&class| {
            let policies: SmallVec<[PolicyId; 8]> = network.ask(class, direction).policies().collect();
            let ports = match direction {
                Direction::Ingress => network
                    .ports_declared(class)
                    .iter()
                    .map(|(name, _, port)| (name.to_string(), *port))
                    .collect(),
                Direction::Egress => Vec::new(),
            };
            !policies.is_empty() && seen.insert((policies, ports))
        })
        .collect()
}

fn effect(
    network: &Network,
    direction: Direction,
    rule: RuleId,
    subjects: &[ClassId],
    removed: &FxHashSet<RuleId>,
    spent: &mut u64,
) -> Effect {
    if subjects.iter().any(|subject| has_too_many_rules(network, *subject, direction)) {
        return Effect::Unknown;
    }
    let (classes, everything) = network.matched_classes(rule, direction);
    let wanted = decision_of(network, rule, direction);
    let mut matched = false;
    let mut reached = false;
    let mut cover: Option<Step> = None;
    let mut opposed: Option<Step> = None;
    for &subject in subjects {
        let ask = network.ask(subject, direction);
        let cost = ask.rules().count() as u64;
        let addresses = ask.addresses_of(rule);
        let ends = classes
            .iter()
            .map(|class| End::Class(*class))
            .chain(addresses.iter().map(|address| End::Address(*address)))
            .chain(everything.then_some(End::Name("")));
        for end in ends {
            *spent += cost;
            if *spent > BUDGET {
                return Effect::Unknown;
            }
            let destination = match (direction, &end) {
                (Direction::Ingress, _) => Some(subject),
                (Direction::Egress, End::Class(class)) => Some(*class),
                (Direction::Egress, _) => None,
            };
            let conns = network.rule_conns(rule, direction, destination);
            if conns.is_empty() {
                continue;
            }
            matched = true;
            let with = ask.decide(
                &end,
                |other| removed.contains(&other),
                |step| {
                    reached |= (step.policy, step.rule) == (rule.0, Some(rule.1));
                },
            );
            let mut rest = conns.clone();
            let without = ask.decide(
                &end,
                |other| other == rule || removed.contains(&other),
                |step| {
                    if !step.certain || !is_not_after(network, step.policy, rule.0) {
                        return;
                    }
                    if step.conns.intersection(&rest).is_empty() {
                        return;
                    }
                    rest = rest.difference(&step.conns);
                    let place = if Some(step.decision) == wanted { &mut cover } else { &mut opposed };
                    place.get_or_insert(step);
                },
            );
            // What only a later stage decides alike today is not the same: that stage is for others to change.
            if with != without || !rest.is_empty() {
                return Effect::Some;
            }
        }
    }
    match opposed {
        _ if !matched => Effect::Some,
        Some(step) if !reached => Effect::Shadowed(step.policy, step.rule),
        _ => Effect::Covered(cover.and_then(|step| Some((step.policy, step.rule?)))),
    }
}

/// Whether a policy is asked in the same stage as another, or before.
fn is_not_after(network: &Network, policy: PolicyId, other: PolicyId) -> bool {
    match (network.policy(policy), network.policy(other)) {
        (Some(policy), Some(other)) => policy.order.stage.order <= other.order.stage.order,
        _ => false,
    }
}

fn decision_of(network: &Network, (policy, rule): RuleId, direction: Direction) -> Option<Decision> {
    let action = network.policy(policy)?.side(direction)?.rules.get(rule)?.action;
    Some(match action {
        Action::Allow => Decision::Allowed,
        Action::Deny => Decision::Denied,
        Action::Pass => Decision::Passed,
    })
}
