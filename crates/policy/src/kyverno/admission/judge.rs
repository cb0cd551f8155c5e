//! Judging a request. Upstream: `pkg/webhooks/resource/validation`.

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use super::{Clock, TOO_LATE, action_for};
use crate::kyverno::context::Ports;
use crate::kyverno::engine::{Compiled, CompiledRule, Response, RuleResponse, RuleType, Status};
use crate::kyverno::model::{Action, FailureAction, Rule};
use crate::kyverno::report::refusal;
use crate::kyverno::request::Request;

/// What one policy says of a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The policy.
    pub policy: Arc<Compiled>,
    /// What its rules say that refuse in this namespace.
    pub enforced: Response,
    /// What the others say.
    pub audited: Response,
}

/// What policies say of a request.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// The policies that have anything to say, in the order of their names.
    pub answers: Vec<Answer>,
}

/// Asks policies about a request.
pub fn judge<'p>(
    policies: impl IntoIterator<Item = &'p Arc<Compiled>>,
    request: &Request<'_>,
    ports: &dyn Ports,
    clock: &dyn Clock,
) -> Judgement {
    let mut judgement = Judgement::default();
    for policy in policies {
        if !policy.policy.validates() || !policy.policy.admission {
            continue;
        }
        if let Some(answer) = ask(policy, request, ports, clock) {
            judgement.answers.push(answer);
        }
    }
    judgement
}

fn ask(
    policy: &Arc<Compiled>,
    request: &Request<'_>,
    ports: &dyn Ports,
    clock: &dyn Clock,
) -> Option<Answer> {
    let namespace = request.resource().and_then(|object| object.dig_str(&["metadata", "namespace"]));
    let enforces = |rule: &Rule| {
        let namespace = namespace.unwrap_or_default();
        action_for(&policy.policy, rule, namespace, request.namespace_labels) == FailureAction::Enforce
    };
    let (enforced, audited) = if clock.begin(policy.policy.timeout_seconds) {
        (late(policy, request, &enforces), late(policy, request, &|rule| !enforces(rule)))
    } else {
        let rules = policy.judging(request.kind).map(|one| &one.rule);
        let actions: Vec<bool> =
            rules.filter(|rule| matches!(rule.action, Action::Validate(_))).map(enforces).collect();
        match (actions.contains(&true), actions.contains(&false)) {
            // As upstream does it: where only the first rule that applies counts, a rule that is only reported
            // must not stand in the way of one that refuses.
            (true, true) => (
                policy.validate_with(request, ports, &enforces),
                policy.validate_with(request, ports, &|rule| !enforces(rule)),
            ),
            (true, false) => (policy.validate(request, ports), Response::default()),
            (false, _) => (Response::default(), policy.validate(request, ports)),
        }
    };
    let is_silent = enforced.rules.is_empty() && audited.rules.is_empty();
    (!is_silent).then(|| Answer { policy: Arc::clone(policy), enforced, audited })
}

/// No time was left: an error of every rule that is about the object, so that the failure policy decides.
fn late(policy: &Compiled, request: &Request<'_>, wanted: &dyn Fn(&Rule) -> bool) -> Response {
    let is_about = |one: &&CompiledRule| {
        let matches = |object: &_| one.matcher.matches(request, object).is_ok();
        matches!(one.rule.action, Action::Validate(_))
            && wanted(&one.rule)
            && request.resource().is_some_and(matches)
    };
    let rules = policy.judging(request.kind).filter(is_about).map(|one| RuleResponse {
        name: one.rule.name.clone(),
        rule_type: RuleType::Validation,
        status: Status::Error,
        message: TOO_LATE.to_owned(),
        field: Path::root(),
        path: one.rule.path.clone(),
        exceptions: Vec::new(),
        properties: Vec::new(),
        generated: Vec::new(),
        patched_target: None,
    });
    Response { rules: rules.collect(), patched: None }
}

impl Answer {
    /// Whether it refuses: a rule that refuses fails, or could not be evaluated and must be.
    pub fn refuses(&self) -> bool {
        let has = |status: Status| self.enforced.rules.iter().any(|rule| rule.status == status);
        has(Status::Fail) || has(Status::Error) && !self.policy.policy.ignores_failure
    }

    /// The answers of all its rules.
    pub fn rules(&self) -> impl Iterator<Item = &RuleResponse> {
        self.enforced.rules.iter().chain(&self.audited.rules)
    }

    /// What whoever asked is warned of when the request is let through.
    fn warnings(&self) -> impl Iterator<Item = String> {
        let audited = self.audited.rules.iter().filter(|_| self.policy.policy.emits_warnings);
        let is_told =
            |rule: &&RuleResponse| matches!(rule.status, Status::Fail | Status::Error | Status::Warn);
        let name = self.policy.policy.name();
        let told = self.enforced.rules.iter().chain(audited).filter(is_told);
        told.map(move |rule| format!("policy {name}.{}: {}", rule.name, rule.message))
    }
}

impl Judgement {
    /// The text of the refusal; none if the request is let through. `counts` says which policies refuse at all:
    /// others are only listened to.
    pub fn refusal(&self, request: &Request<'_>, counts: impl Fn(&Compiled) -> bool) -> Option<String> {
        let counted: Vec<&Answer> = self.answers.iter().filter(|answer| counts(&answer.policy)).collect();
        if !counted.iter().any(|answer| answer.refuses()) {
            return None;
        }
        let said: Vec<_> = counted.iter().map(|answer| (&*answer.policy.policy, &answer.enforced)).collect();
        let empty = Value::default();
        Some(refusal(request.resource().unwrap_or(&empty), &said))
    }

    /// What whoever asked is warned of when the request is let through.
    pub fn warnings(&self, counts: impl Fn(&Compiled) -> bool) -> Vec<String> {
        let counted = self.answers.iter().filter(|answer| counts(&answer.policy));
        counted.flat_map(Answer::warnings).collect()
    }

    /// The exceptions that let something through, as `namespace/name`.
    pub fn exceptions(&self) -> BTreeSet<CompactString> {
        let rules = self.answers.iter().flat_map(Answer::rules);
        rules.flat_map(|rule| rule.exceptions.iter().map(CompactString::from)).collect()
    }
}
