//! What the context of a rule finds in a test.

use ironhull_jmespath::Env;
use ironhull_value::Value;

use super::Options;
use super::api;
use super::case::Case;
use super::load::Inputs;
use crate::kyverno::context::Ports;
use crate::kyverno::exceptions::Exceptions;
use crate::kyverno::model::ContextSource;
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
                self.inputs.cluster.is_some() || !self.case.api_call_responses.is_empty()
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
        let method = call.dig_str(&["method"]).unwrap_or("GET");
        let path = call.dig_str(&["urlPath"]).unwrap_or_default();
        let url = call.dig_str(&["service", "url"]).unwrap_or(path);
        let responses = &self.case.api_call_responses;
        let of = |method: &str| responses.iter().rfind(|own| own.url == url && own.method == method);
        if let Some(found) = of(method).or_else(|| of("")) {
            return Some(if (200..300).contains(&found.status) {
                Ok(found.body.clone())
            } else {
                Err(format!("HTTP {} from the response that the test gives for {url}", found.status))
            });
        }
        let cluster = self.inputs.cluster.as_ref()?;
        Some(if path.is_empty() || method != "GET" {
            Err(format!("a test has no answer to {method} {url}"))
        } else {
            api::get(path, cluster, &self.inputs.catalog)
        })
    }

    fn global(&self, name: &str) -> Option<Result<Value, String>> {
        if self.inputs.globals.is_empty() {
            return None;
        }
        let mut parts = name.split('.');
        let key = parts.next().unwrap_or_default();
        let Some((_, data)) = self.inputs.globals.iter().find(|(own, _)| own == key) else {
            return Some(Err(format!("failed to fetch entry key={key}")));
        };
        let Some(projection) = parts.next().filter(|projection| !projection.is_empty()) else {
            return Some(data.clone());
        };
        Some(data.clone().and_then(|data| {
            let found = data.as_map().and_then(|map| map.get(projection)).cloned();
            found.ok_or_else(|| format!("global context mock: projection {projection:?} not found"))
        }))
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
