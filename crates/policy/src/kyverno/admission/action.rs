//! Whether a rule refuses, in one namespace. Upstream: `pkg/policycache/cache.go`.

use ironhull_value::{Map, wildcard_match};

use crate::kyverno::model::{Action, FailureAction, Override, Policy, Rule};

/// What happens to a request that fails a rule. `namespace` is empty for what is in none, `labels` are those of
/// the namespace. The rule's own overrides hide those of the policy.
pub fn action_for(policy: &Policy, rule: &Rule, namespace: &str, labels: Option<&Map>) -> FailureAction {
    let Action::Validate(validate) = &rule.action else { return policy.failure_action };
    let overrides = if validate.overrides.is_empty() { &policy.overrides } else { &validate.overrides };
    let found = overrides.iter().find(|one| is_for(one, namespace, labels));
    found.map_or_else(|| validate.failure_action.unwrap_or(policy.failure_action), |one| one.action)
}

/// One without a namespace and without a selector is for everything.
fn is_for(one: &Override, namespace: &str, labels: Option<&Map>) -> bool {
    if one.namespaces.is_empty() && one.selector.is_none() {
        return true;
    }
    if namespace.is_empty() {
        return false;
    }
    if one.namespaces.iter().any(|own| wildcard_match(own, namespace)) {
        return true;
    }
    let empty = Map::default();
    one.selector.as_ref().is_some_and(|selector| selector.matches(labels.unwrap_or(&empty)))
}
