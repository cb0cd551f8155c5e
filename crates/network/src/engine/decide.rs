//! The stages, for the rules that match one pair of ends in one direction.

use super::compile::{Compiled, CompiledRule, PolicyId};
use super::verdict::Verdict;
use crate::algebra::Conns;
use crate::policy::{Action, Direction};

/// A policy that selects the end which is asked for, with its number.
pub(super) type Applying<'n> = (PolicyId, &'n Compiled);

/// One thing that happened while connections were decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The policy.
    pub policy: PolicyId,
    /// The rule, counted from 0 in its direction; `None` where the policy decided by selecting the pod and
    /// having no rule for it.
    pub rule: Option<usize>,
    /// What happened to the connections.
    pub decision: Decision,
    /// Which connections.
    pub conns: Conns,
    /// Whether that is certain.
    pub certain: bool,
    /// Over which family of addresses it happened, where that makes a difference.
    pub family: Option<IpFamily>,
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpFamily {
    /// IPv4
    V4,
    /// IPv6
    V6,
}

impl IpFamily {
    /// `IPv4` or `IPv6`.
    pub fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// What happened to connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A rule allowed them.
    Allowed,
    /// A rule denied them.
    Denied,
    /// A rule passed them on to the next stage.
    Passed,
    /// The pod is isolated and no rule of the stage matched.
    Isolated,
    /// No policy had anything to say.
    Default,
}

/// Decides. `applying` is in order; `matches` says whether a rule matches the other end, `ports` which
/// connections it is then about; `note` hears of every step.
///
/// The meaning of the stages is in [`crate::policy::Stage`]: the first rule that matches decides, Pass leads
/// to the next stage, and a stage with a policy that isolates ends with a refusal. NetworkPolicy has only
/// rules that allow, so that the first is as good as any.
pub(super) fn decide(
    applying: &[Applying<'_>],
    direction: Direction,
    mut matches: impl FnMut(usize, usize, &CompiledRule) -> bool,
    ports: impl FnMut(&CompiledRule) -> Conns,
    note: impl FnMut(Step),
) -> Verdict {
    let mut matched = Vec::new();
    for (place, (_, policy)) in applying.iter().enumerate() {
        let rules = policy.side(direction).into_iter().flat_map(|side| side.rules.iter().enumerate());
        matched.extend(
            rules.filter(|(number, rule)| matches(place, *number, rule)).map(|(number, _)| (place, number)),
        );
    }
    decide_matched(applying, direction, matched, ports, note)
}

/// The same when it is known which rules match: the place of the policy and the number of the rule, in
/// order. Of policies with very many rules only these are looked at.
pub(super) fn decide_matched(
    applying: &[Applying<'_>],
    direction: Direction,
    matched: impl IntoIterator<Item = (usize, usize)>,
    mut ports: impl FnMut(&CompiledRule) -> Conns,
    mut note: impl FnMut(Step),
) -> Verdict {
    let mut matched = matched.into_iter().peekable();
    let mut open = Conns::all();
    let mut allowed = Conns::none();
    // What rules that are not certain could change.
    let (mut may_allow, mut may_deny) = (Conns::none(), Conns::none());
    let mut index = 0;
    while let Some(&(_, first)) = applying.get(index) {
        let mut passed = Conns::none();
        let mut isolated: Option<PolicyId> = None;
        let mut perhaps_isolated: Option<PolicyId> = None;
        while let Some(&(id, policy)) = applying.get(index).filter(|(_, next)| next.stage == first.stage) {
            let place = index;
            index += 1;
            let Some(side) = policy.side(direction) else { continue };
            if side.isolates {
                if policy.certain {
                    isolated.get_or_insert(id)
                } else {
                    perhaps_isolated.get_or_insert(id)
                };
            }
            while let Some((_, number)) = matched.next_if(|(of, _)| *of == place) {
                let Some(rule) = side.rules.get(number).filter(|_| !open.is_empty()) else { continue };
                let conns = ports(rule).intersection(&open);
                if conns.is_empty() {
                    continue;
                }
                let certain = rule.certain && policy.certain;
                let decision = match rule.action {
                    Action::Allow => Decision::Allowed,
                    Action::Deny => Decision::Denied,
                    Action::Pass => Decision::Passed,
                };
                if certain {
                    open = open.difference(&conns);
                    match rule.action {
                        Action::Allow => allowed = allowed.union(&conns),
                        Action::Deny => {}
                        Action::Pass => passed = passed.union(&conns),
                    }
                } else {
                    if rule.action != Action::Deny {
                        may_allow = may_allow.union(&conns);
                    }
                    if rule.action != Action::Allow {
                        may_deny = may_deny.union(&conns);
                    }
                }
                note(Step { policy: id, rule: Some(number), decision, conns, certain, family: None });
            }
        }
        if let Some(policy) = isolated {
            if !open.is_empty() {
                note(Step {
                    policy,
                    rule: None,
                    decision: Decision::Isolated,
                    conns: open,
                    certain: true,
                    family: None,
                });
            }
            open = passed;
        } else {
            if let Some(policy) = perhaps_isolated
                && !open.is_empty()
            {
                may_deny = may_deny.union(&open);
                note(Step {
                    policy,
                    rule: None,
                    decision: Decision::Isolated,
                    conns: open.clone(),
                    certain: false,
                    family: None,
                });
            }
            open = open.union(&passed);
        }
        if open.is_empty() {
            break;
        }
    }
    if !open.is_empty() {
        note(Step {
            policy: PolicyId::MAX,
            rule: None,
            decision: Decision::Default,
            conns: open.clone(),
            certain: true,
            family: None,
        });
        allowed = allowed.union(&open);
    }
    let unknown = allowed.intersection(&may_deny).union(&may_allow.difference(&allowed));
    Verdict { allowed: allowed.difference(&may_deny), unknown }
}
