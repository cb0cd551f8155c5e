//! What a context needs from outside.

use ironhull_jmespath::Env;
use ironhull_value::Value;

use crate::kyverno::exceptions::Exceptions;
use crate::kyverno::model::ContextSource;
use crate::kyverno::request::Given;
use crate::kyverno::trace::Recorder;

/// What policies look up elsewhere. Every answer is for one evaluation; an error makes the rule an error.
pub trait Ports {
    /// Clock, randomness and names for expressions.
    fn env(&self) -> Env<'_>;

    /// Whether entries of a kind are available at all. One that is not is as if it were not declared: none of
    /// its variables is even looked at.
    fn has(&self, source: &ContextSource) -> bool {
        let _ = source;
        true
    }

    /// A ConfigMap, with `data` and `metadata`. `None` where entries of this kind are not available at all:
    /// then the variable is as if it were not declared.
    fn config_map(&self, namespace: &str, name: &str) -> Option<Result<Value, String>>;

    /// The answer of the API server or a service to a call whose variables are replaced.
    fn api_call(&self, call: &Value) -> Option<Result<Value, String>>;

    /// The data of a global context entry, `name` or `name.projection`.
    fn global(&self, name: &str) -> Option<Result<Value, String>>;

    /// What a registry knows of an image.
    fn image(&self, reference: &str) -> Option<Result<Value, String>>;

    /// The exceptions from policies; none unless said otherwise.
    fn exceptions(&self) -> Option<&Exceptions> {
        None
    }

    /// Variables that a test gives for a rule. They are there before the entries of its context are loaded.
    fn given(&self, policy: &str, rule: &str) -> Vec<Given> {
        let _ = (policy, rule);
        Vec::new()
    }

    /// Whether the policy that is evaluated has had its time; it never has unless said otherwise. Asked before each
    /// expression: one alone has a budget.
    fn is_over(&self) -> bool {
        false
    }

    /// Who hears what happens; nobody unless said otherwise.
    fn recorder(&self) -> Option<&Recorder> {
        None
    }
}

/// No port is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Ports for Nothing {
    fn env(&self) -> Env<'_> {
        Env::default()
    }

    fn has(&self, _: &ContextSource) -> bool {
        false
    }

    fn config_map(&self, _: &str, _: &str) -> Option<Result<Value, String>> {
        None
    }

    fn api_call(&self, _: &Value) -> Option<Result<Value, String>> {
        None
    }

    fn global(&self, _: &str) -> Option<Result<Value, String>> {
        None
    }

    fn image(&self, _: &str) -> Option<Result<Value, String>> {
        None
    }
}
