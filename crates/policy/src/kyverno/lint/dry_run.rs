//! One rule by itself, about every object: its `match` and `exclude` are left out.

use std::sync::Arc;

use ironhull_value::{Path, Value};

use super::samples::{map, with, without};
use crate::kyverno::context::Nothing;
use crate::kyverno::engine::{Compiled, Status};
use crate::kyverno::model::{Kind, Policy, Rule};
use crate::kyverno::request::Request;

/// A rule that can be tried.
pub(super) struct DryRun(Compiled);

impl DryRun {
    /// Of a rule as it is written, or as it would be after a change.
    pub(super) fn new(policy: &Policy, source: &Value) -> Option<Self> {
        let kinds = map([("kinds", Value::from(vec![Value::from("*")]))]);
        let any = map([("any", Value::from(vec![map([("resources", kinds)])]))]);
        let source = without(&with(source, &["match"], any), "exclude");
        let rule = Rule::made(&source, &Path::root()).ok()?;
        let policy =
            Policy { rules: vec![rule], kind: Kind::ClusterPolicy, problems: Vec::new(), ..policy.clone() };
        Compiled::behind_conditions(&Arc::new(policy)).ok().map(Self)
    }

    /// What the rule says of an object, with its message.
    pub(super) fn judge(&self, object: &Value) -> Option<(Status, String)> {
        let response = self.0.validate(&Request::create(object), &Nothing);
        response.rules.into_iter().next().map(|rule| (rule.status, rule.message))
    }

    /// Whether the rule refuses an object.
    pub(super) fn refuses(&self, object: &Value) -> bool {
        self.judge(object).is_some_and(|(status, _)| status == Status::Fail)
    }

    /// The object after the rule; none where the rule could not be evaluated, or leaves it alone.
    pub(super) fn change(&self, object: &Value) -> Option<Value> {
        let response = self.0.mutate(&Request::create(object), &Nothing, None);
        let is_done = response.rules.first().is_some_and(|rule| rule.status == Status::Pass);
        response.patched.filter(|_| is_done)
    }
}
