//! Changing the object of a request. Upstream: `pkg/webhooks/resource/mutation`.

use std::sync::Arc;

use ironhull_value::Value;

use super::{Clock, TOO_LATE};
use crate::kyverno::context::Ports;
use crate::kyverno::engine::{Compiled, Response, Status};
use crate::kyverno::request::Request;

/// What policies make of an object.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The object after all of them; none if there is none to be changed.
    pub object: Option<Value>,
    /// What each policy said that said anything, and whether it changed the object.
    pub answers: Vec<(Arc<Compiled>, Response, bool)>,
    /// Why the request is refused: a policy could not be applied that must be.
    pub refusal: Option<String>,
    /// What whoever asked is warned of.
    pub warnings: Vec<String>,
}

/// Changes the object of a request, one policy after the other. `counts` says which policies change it: the
/// others are only listened to, and what they would do is not seen by the next.
pub fn change<'p>(
    policies: impl IntoIterator<Item = &'p Arc<Compiled>>,
    request: &Request<'_>,
    ports: &dyn Ports,
    clock: &dyn Clock,
    counts: impl Fn(&Compiled) -> bool,
) -> Change {
    let mut change = Change { object: request.object.clone(), ..Change::default() };
    if request.object.is_none() {
        return change;
    }
    for compiled in policies {
        let policy = &compiled.policy;
        if !policy.mutates() || !policy.admission {
            continue;
        }
        let is_over = clock.begin(policy.timeout_seconds);
        let response = if is_over {
            Response::default()
        } else {
            let request = Request { object: change.object.clone(), ..request.clone() };
            compiled.mutate(&request, ports, None)
        };
        let failed: Vec<String> = if is_over {
            vec![TOO_LATE.to_owned()]
        } else {
            let failed = response.rules.iter();
            let failed = failed.filter(|rule| matches!(rule.status, Status::Fail | Status::Error));
            failed.map(|rule| format!("{}: {}", rule.name, rule.message)).collect()
        };
        if response.rules.is_empty() && failed.is_empty() {
            continue;
        }
        let counts = counts(compiled);
        // A rule that fails to change is a failure for upstream whatever the failure action is; only what could
        // not be evaluated is let through by the failure policy.
        if counts && !failed.is_empty() && !policy.ignores_failure {
            let name = policy.name();
            let why = failed.join(" ");
            change.refusal =
                Some(format!("mutation policy {name} error: failed to apply policy {name} rules [{why}]"));
            change.answers.push((Arc::clone(compiled), response, false));
            return change;
        }
        let mut changed = false;
        if counts
            && failed.is_empty()
            && let Some(patched) = &response.patched
            && change.object.as_ref() != Some(patched)
        {
            changed = true;
            change.object = Some(patched.clone());
        }
        if counts {
            let told = response.rules.iter().filter(|rule| match rule.status {
                Status::Fail | Status::Error | Status::Warn => true,
                Status::Pass => policy.emits_warnings,
                Status::Skip => false,
            });
            let name = policy.name();
            let told = told.map(|rule| format!("policy {name}.{}: {}", rule.name, rule.message));
            change.warnings.extend(told);
        }
        change.answers.push((Arc::clone(compiled), response, changed));
    }
    change
}
