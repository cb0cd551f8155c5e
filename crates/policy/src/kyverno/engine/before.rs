//! Objects that did not hold before either.

use crate::kyverno::model::{Conditions, FailureAction, Validate};
use crate::kyverno::request::{Request, User};

use super::conditions::hold;
use super::rules::Scene;

/// Whether an update is of what failed before, where requests that fail would be refused: it is let through.
/// `failed` judges the old object as if it were made now.
pub(super) fn failed_before(
    scene: &Scene<'_, '_>,
    rule: &Validate,
    preconditions: Option<&Conditions>,
    request: &Request<'_>,
    failed: impl FnOnce(&Request<'_>) -> bool,
) -> bool {
    let action = rule.failure_action.unwrap_or(scene.policy.failure_action);
    let Some(old) = request.old_object.as_ref() else { return false };
    if action != FailureAction::Enforce || !rule.allow_existing_violations || request.operation != "UPDATE" {
        return false;
    }
    // Upstream asks whether the rule is about the old object as if nobody it knows had made it.
    let nobody = User {
        username: "kyverno:kyverno-invalid-controller".into(),
        uid: "kyverno:invaliduid".into(),
        groups: vec!["kyverno:invalidgroup".into()],
        roles: vec!["kyverno:invalidrole".into()],
        cluster_roles: vec!["kyverno:invalidrole".into()],
    };
    let before = Request {
        object: Some(old.clone()),
        old_object: None,
        operation: "CREATE",
        subresource: "",
        user: Some(nobody),
        ..request.clone()
    };
    let is_about = hold(preconditions, scene.context).is_ok_and(|(holds, _)| holds)
        && scene.matcher.matches(&before, old).is_ok();
    if !is_about {
        return false;
    }
    let context = scene.context;
    let now = context.peek(&["request", "object"]).unwrap_or_default();
    context.replace(&["request", "object"], old.clone());
    context.set_operation("CREATE");
    let failed = failed(&before);
    context.replace(&["request", "object"], now);
    context.set_operation("UPDATE");
    failed
}
