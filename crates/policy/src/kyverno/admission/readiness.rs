//! What of a policy cannot be enforced yet. A policy of which any rule cannot be is not enforced at all.

use crate::kyverno::engine::Compiled;
use crate::kyverno::matching::Matcher;
use crate::kyverno::model::{Action, Filter, Matching, Rule};

/// Why a policy is not ready for admission; empty if it is.
pub fn not_ready(policy: &Compiled) -> Vec<String> {
    if !policy.policy.admission {
        return Vec::new();
    }
    let reason = |action: &Action| {
        match action {
        Action::Validate(validate) => validate
            .not_evaluated
            .map(|what| format!("`validate.{what}` is not evaluated by this version")),
        Action::Mutate(mutate) if !mutate.targets.is_empty() => Some(
            "`mutate.targets` changes existing objects, which needs background control; this version has none"
                .to_owned(),
        ),
        Action::Mutate(_) => None,
        Action::Generate(_) => {
            Some("`generate` makes objects, which needs background control; this version has none".to_owned())
        }
        Action::VerifyImages(_) => Some("`verifyImages` is not evaluated by this version".to_owned()),
        Action::None => Some("it does nothing".to_owned()),
    }
    };
    // Those that were made for controllers of pods do what the rules do that they were made from.
    let rules = policy.policy.rules.iter();
    let reasons = rules.flat_map(|rule| {
        let mut reasons: Vec<String> = reason(&rule.action).into_iter().collect();
        reasons.extend(Matcher::new(&rule.matching, rule.exclude.as_ref()).unreadable());
        reasons.extend(without_kinds(rule));
        reasons.into_iter().map(|reason| format!("rule {}: {reason}", rule.name))
    });
    reasons.collect()
}

/// Upstream lets a rule stand that says nothing but whose requests it is about, and hears of none of them: the API
/// server asks about kinds.
fn without_kinds(rule: &Rule) -> Option<String> {
    let Matching { any, all, bare } = &rule.matching;
    let says_users_only = |filters: &[Filter]| {
        filters.iter().all(|filter| filter.resources.is_empty())
            && filters.iter().any(|filter| !filter.users.is_empty())
    };
    let found = if !any.is_empty() {
        any.iter()
            .position(|one| says_users_only(std::slice::from_ref(one)))
            .map(|at| format!("match.any[{at}]"))
    } else if !all.is_empty() {
        says_users_only(all).then(|| "match.all".to_owned())
    } else {
        says_users_only(std::slice::from_ref(bare)).then(|| "match".to_owned())
    };
    let found = found?;
    Some(format!(
        "{found} names no kinds, so that the API server cannot be told what to ask about; write `kinds`"
    ))
}
