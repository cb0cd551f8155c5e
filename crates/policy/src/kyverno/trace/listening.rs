//! Ports with somebody who listens.

use ironhull_jmespath::Env;
use ironhull_value::Value;

use super::Recorder;
use crate::kyverno::context::Ports;
use crate::kyverno::exceptions::Exceptions;
use crate::kyverno::model::ContextSource;
use crate::kyverno::request::Given;

/// The same ports, with a recorder that hears what happens.
pub struct Listening<'p> {
    /// The ports.
    pub ports: &'p dyn Ports,
    /// Who hears.
    pub recorder: Recorder,
}

impl<'p> Listening<'p> {
    /// With a new recorder.
    pub fn new(ports: &'p dyn Ports) -> Self {
        Self { ports, recorder: Recorder::default() }
    }
}

impl Ports for Listening<'_> {
    fn env(&self) -> Env<'_> {
        self.ports.env()
    }

    fn has(&self, source: &ContextSource) -> bool {
        self.ports.has(source)
    }

    fn config_map(&self, namespace: &str, name: &str) -> Option<Result<Value, String>> {
        self.ports.config_map(namespace, name)
    }

    fn api_call(&self, call: &Value) -> Option<Result<Value, String>> {
        self.ports.api_call(call)
    }

    fn global(&self, name: &str) -> Option<Result<Value, String>> {
        self.ports.global(name)
    }

    fn image(&self, reference: &str) -> Option<Result<Value, String>> {
        self.ports.image(reference)
    }

    fn exceptions(&self) -> Option<&Exceptions> {
        self.ports.exceptions()
    }

    fn given(&self, policy: &str, rule: &str) -> Vec<Given> {
        self.ports.given(policy, rule)
    }

    fn recorder(&self) -> Option<&Recorder> {
        Some(&self.recorder)
    }
}
