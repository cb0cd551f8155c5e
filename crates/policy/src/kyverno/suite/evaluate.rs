//! The resources of a test through its policies. Upstream: `processor/policy_processor.go`.

use ironhull_value::{Map, Value};

use super::Options;
use super::case::Case;
use super::load::{Inputs, LoadedPolicy};
use super::ports::TestPorts;
use crate::kyverno::context::Ports;
use crate::kyverno::engine::{Compiled, RuleResponse};
use crate::kyverno::offline::Objects;
use crate::kyverno::request::Request;

/// What all policies said, for each operation that the test asks for.
pub(super) struct Evaluated {
    runs: Vec<Run>,
}

struct Run {
    /// Empty for what the variables say.
    operation: String,
    /// One entry a resource.
    answers: Vec<Result<Vec<Answer>, String>>,
}

/// What one policy said about one resource.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The policy's place.
    pub(super) policy: usize,
    pub(super) rules: Vec<RuleResponse>,
    /// The resource after the policy.
    pub(super) patched: Value,
}

impl Evaluated {
    /// What was said about a resource when that was done with it.
    pub(super) fn answers(&self, operation: &str, resource: usize) -> Result<&[Answer], &str> {
        let run = self.runs.iter().find(|run| run.operation == operation);
        match run.and_then(|run| run.answers.get(resource)) {
            Some(Ok(answers)) => Ok(answers),
            Some(Err(why)) => Err(why),
            None => Ok(&[]),
        }
    }

    /// Everything that was said, in every run.
    pub(super) fn all(&self) -> impl Iterator<Item = &Answer> {
        self.runs.iter().flat_map(|run| &run.answers).flatten().flatten()
    }
}

/// Evaluates all policies on all resources, once for what the variables say and once for each operation that
/// an expectation names.
pub(super) fn evaluate(case: &Case, inputs: &Inputs, options: Options) -> Evaluated {
    let mut operations = vec![String::new()];
    for wanted in &case.results {
        if !operations.contains(&wanted.operation) {
            operations.push(wanted.operation.clone());
        }
    }
    let ports = TestPorts { case, inputs, options };
    let runs = operations.into_iter().map(|operation| {
        let answers =
            inputs.resources.iter().map(|one| of_resource(inputs, one, &operation, &ports, &mut |_| ()));
        Run { answers: answers.collect(), operation }
    });
    Evaluated { runs: runs.collect() }
}

/// What all policies say about one resource. `asked` hears of each policy when it has answered.
pub(super) fn of_resource(
    inputs: &Inputs,
    resource: &Value,
    operation: &str,
    ports: &dyn Ports,
    asked: &mut dyn FnMut(usize),
) -> Result<Vec<Answer>, String> {
    let labels = namespace_labels(inputs, resource);
    let setting = Setting { inputs, operation, labels: labels.as_ref() };
    let ready: Vec<(usize, &LoadedPolicy, &Compiled)> = inputs
        .policies
        .iter()
        .enumerate()
        .filter_map(|(place, own)| Some((place, own, own.compiled.as_ref().ok()?)))
        .collect();
    let mut answers = Vec::new();
    let mut resource = resource.clone();
    let targets = Objects(inputs.targets.iter().chain(&inputs.resources).collect());
    for (place, own, compiled) in &ready {
        if own.policy.mutates() {
            let mutate = |request: &Request<'_>| compiled.mutate(request, ports, Some(&targets));
            let response = setting.ask(own, &resource, mutate)?;
            asked(*place);
            resource = response.patched.unwrap_or(resource);
            answers.push(Answer { policy: *place, rules: response.rules, patched: resource.clone() });
        }
    }
    for (place, own, compiled) in &ready {
        if own.policy.validates() {
            let rules = setting.ask(own, &resource, |request| compiled.validate(request, ports))?.rules;
            asked(*place);
            answers.push(Answer { policy: *place, rules, patched: resource.clone() });
        }
    }
    for (place, own, compiled) in &ready {
        if own.policy.generates() {
            let sources = inputs.sources.iter().filter(|(policy, _)| policy == own.policy.name());
            let sources = sources.flat_map(|(_, objects)| objects);
            let cluster = Objects(std::iter::once(&resource).chain(sources).collect());
            let generate = |request: &Request<'_>| compiled.generate(request, ports, &cluster).0;
            let rules = setting.ask(own, &resource, generate)?.rules;
            asked(*place);
            answers.push(Answer { policy: *place, rules, patched: resource.clone() });
        }
    }
    Ok(answers)
}

/// What holds for all policies on one resource.
struct Setting<'a> {
    inputs: &'a Inputs,
    operation: &'a str,
    labels: Option<&'a Map>,
}

impl Setting<'_> {
    /// Makes the request and asks about it.
    fn ask<T>(
        &self,
        own: &LoadedPolicy,
        resource: &Value,
        ask: impl FnOnce(&Request<'_>) -> T,
    ) -> Result<T, String> {
        let subresources = self.inputs.cluster.is_none();
        let request =
            self.inputs.values.request(own.policy.name(), resource, self.operation, subresources)?;
        Ok(ask(&Request { namespace_labels: self.labels, user: self.inputs.user.clone(), ..request }))
    }
}

/// The labels of the namespace of a resource: those that the variables say, else those of the cluster. A
/// namespace that is nowhere has none; upstream refuses to run a test that has a cluster without it.
fn namespace_labels(inputs: &Inputs, resource: &Value) -> Option<Map> {
    let namespace = resource.dig_str(&["metadata", "namespace"]).unwrap_or_default();
    if let Some(labels) = inputs.values.namespaces.get(namespace).filter(|labels| !labels.is_empty()) {
        return Some(labels.clone());
    }
    let is = |object: &&Value| {
        object.dig_str(&["kind"]) == Some("Namespace")
            && object.dig_str(&["apiVersion"]) == Some("v1")
            && object.dig_str(&["metadata", "name"]) == Some(namespace)
    };
    let found = inputs.cluster.as_ref()?.iter().find(is)?;
    found.dig(&["metadata", "labels"]).and_then(Value::as_map).cloned()
}
