//! Objects that did not hold before either.

use ironhull_value::{Map, Value};

use crate::kyverno::model::{Conditions, FailureAction, Validate};
use crate::kyverno::request::{Request, User};

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
    // Upstream cannot read preconditions here: a rule that has any lets nothing through, other than its
    // documentation says. pkg/engine/handlers/validation/utils.go:16, pkg/engine/utils/utils.go:97.
    if preconditions.is_some() {
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
    if scene.matcher.matches(&before, old).is_err() {
        return false;
    }
    let context = scene.context;
    let now = context.peek(&["request", "object"]).unwrap_or_default();
    let then = context.peek(&["request", "oldObject"]).unwrap_or_default();
    context.replace(&["request", "object"], old.clone());
    context.replace(&["request", "oldObject"], Value::Map(Map::default()));
    context.set_operation("CREATE");
    let failed = failed(&before);
    context.replace(&["request", "object"], now);
    context.replace(&["request", "oldObject"], then);
    context.set_operation("UPDATE");
    failed
}
