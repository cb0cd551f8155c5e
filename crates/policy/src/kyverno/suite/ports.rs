//! What the context of a rule finds in a test.

use ironhull_jmespath::Env;
use ironhull_value::Value;

use super::Options;
use super::case::Case;
use super::load::Inputs;
use crate::kyverno::context::Ports;
use crate::kyverno::exceptions::Exceptions;
use crate::kyverno::model::ContextSource;
use crate::kyverno::offline::{api, method_and_url};
use crate::kyverno::request::Given;

pub(super) struct TestPorts<'a> {
    pub(super) case: &'a Case,
    pub(super) inputs: &'a Inputs,
    pub(super) options: Options,
}

impl Ports for TestPorts<'_> {
    fn env(&self) -> Env<'_> {
        Env { now: self.options.now, ..Env::default() }
    }

    fn has(&self, source: &ContextSource) -> bool {
        match source {
            ContextSource::Variable { .. } => true,
            ContextSource::ConfigMap { .. } => self.inputs.cluster.is_some(),
            ContextSource::ApiCall { .. } => {
                self.inputs.cluster.is_some() || !self.case.answers.calls.is_empty()
            }
            ContextSource::Global { .. } => !self.inputs.globals.is_empty(),
            ContextSource::ImageRegistry { .. } => false,
        }
    }

    /// From the cluster's resources; a test without them has no ConfigMaps at all.
    fn config_map(&self, namespace: &str, name: &str) -> Option<Result<Value, String>> {
        let cluster = self.inputs.cluster.as_ref()?;
        let is = |object: &&Value| {
            let text = |keys: &[&str]| object.dig_str(keys).unwrap_or_default();
            text(&["kind"]) == "ConfigMap"
                && text(&["metadata", "name"]) == name
                && text(&["metadata", "namespace"]) == namespace
        };
        Some(cluster.iter().find(is).map_or_else(
            || Err(format!("configmaps {name:?} not found")),
            |found| {
                let part = |key: &str| (key.into(), found.get(key).cloned().unwrap_or_default());
                Ok([part("data"), part("metadata")].into_iter().collect())
            },
        ))
    }

    fn api_call(&self, call: &Value) -> Option<Result<Value, String>> {
        if let Some(found) = self.case.answers.call(call) {
            return Some(found);
        }
        let (method, url) = method_and_url(call);
        let path = call.dig_str(&["urlPath"]).unwrap_or_default();
        let cluster = self.inputs.cluster.as_ref()?;
        Some(if path.is_empty() || method != "GET" {
            Err(format!("a test has no answer to {method} {url}"))
        } else {
            api::get(path, cluster, &self.inputs.catalog)
        })
    }

    fn global(&self, name: &str) -> Option<Result<Value, String>> {
        (!self.inputs.globals.is_empty()).then(|| self.inputs.globals.get(name))
    }

    /// A test has no registry.
    fn image(&self, _: &str) -> Option<Result<Value, String>> {
        None
    }

    fn exceptions(&self) -> Option<&Exceptions> {
        Some(&self.inputs.exceptions)
    }

    fn given(&self, policy: &str, rule: &str) -> Vec<Given> {
        self.inputs.values.of_rule(policy, rule)
    }
}
