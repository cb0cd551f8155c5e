//! What of a policy cannot be enforced yet. A policy of which any rule cannot be is not enforced at all.

use crate::kyverno::engine::Compiled;
use crate::kyverno::model::Action;

/// Why a policy is not ready for admission, one reason a rule; empty if it is.
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
    rules.filter_map(|rule| Some(format!("rule {}: {}", rule.name, reason(&rule.action)?))).collect()
}
