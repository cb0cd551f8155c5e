//! What questions are made of: the policies, resources and exceptions of Kyverno's own tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ironhull_manifest::{Limits, read};
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::model::{Action, Policy, PolicyException};
use ironhull_value::Interner;
use ironhull_world::{Catalog, objects_of};
use serde_json::{Value, json};

use super::words::Words;
use crate::asked::object;

/// A policy that can be asked about.
pub(super) struct Subject {
    /// The folder that it is in.
    pub(super) folder: String,
    pub(super) policy: Value,
    pub(super) compiled: Compiled,
    pub(super) words: Words,
    /// Places of its resources in the corpus.
    pub(super) resources: Vec<usize>,
    /// Exceptions from it.
    pub(super) exceptions: Vec<Value>,
    /// Whether it calls the API, for which a cluster has no answers.
    pub(super) calls: bool,
    /// What it does: `validate`, `mutate`, `generate`.
    pub(super) ops: Vec<&'static str>,
}

#[derive(Default)]
pub(super) struct Corpus {
    pub(super) subjects: Vec<Subject>,
    /// The folder and the object.
    pub(super) resources: Vec<(String, Value)>,
    /// How many policies there are, without their variants.
    pub(super) policies: usize,
    /// Policies that are not asked about, by the reason.
    pub(super) left_out: BTreeMap<&'static str, usize>,
}

impl Corpus {
    /// The fixtures, and what the stored answers ask. Without fixtures it is little, which is said aloud.
    pub(super) fn read() -> Self {
        let mut found: Vec<(String, Value)> = Vec::new();
        let mut rest = Vec::new();
        for line in include_str!("../../engine.jsonl").lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            found.push(("stored".into(), case["policy"].clone()));
            rest.push(("stored".to_owned(), case["resource"].clone()));
        }
        if let Some(root) = crate::fixtures::root() {
            let mut files = Vec::new();
            collect(&root, &mut files);
            for file in files {
                let folder = file.parent().unwrap().strip_prefix(&root).unwrap();
                let folder = folder.to_string_lossy().into_owned();
                for value in objects(&file) {
                    let is_policy =
                        value["apiVersion"].as_str().is_some_and(|v| v.starts_with("kyverno.io/"));
                    (if is_policy { &mut found } else { &mut rest }).push((folder.clone(), value));
                }
            }
        }
        Self::of(&found, rest)
    }

    fn of(found: &[(String, Value)], mut rest: Vec<(String, Value)>) -> Self {
        let mut corpus = Self::default();
        rest.retain(|(_, value)| {
            value["metadata"]["name"].is_string() || value["metadata"]["generateName"].is_string()
        });
        let mut seen = std::collections::BTreeSet::new();
        rest.retain(|(_, value)| seen.insert(value.to_string()));
        corpus.resources = rest;
        let is_exception = |value: &Value| value["kind"] == "PolicyException";
        let exceptions: Vec<&Value> =
            found.iter().map(|(_, value)| value).filter(|value| is_exception(value)).collect();
        let mut seen = std::collections::BTreeSet::new();
        for (folder, policy) in found {
            if is_exception(policy) || !seen.insert(policy.to_string()) {
                continue;
            }
            match compiled(policy) {
                Ok(None) => {}
                Ok(Some(own)) => {
                    corpus.policies += 1;
                    let subject = corpus.subject(folder, policy, own, &exceptions);
                    corpus.subjects.push(subject);
                    for variant in variants(policy) {
                        if let Ok(Some(own)) = compiled(&variant) {
                            let subject = corpus.subject(folder, &variant, own, &exceptions);
                            corpus.subjects.push(subject);
                        }
                    }
                }
                Err(why) => *corpus.left_out.entry(why).or_default() += 1,
            }
        }
        corpus
    }

    fn subject(&self, folder: &str, policy: &Value, compiled: Compiled, exceptions: &[&Value]) -> Subject {
        let own = &compiled.policy;
        let kinds: Vec<String> = compiled
            .rules
            .iter()
            .flat_map(|rule| rule.rule.matching.kinds())
            .map(|kind| {
                kind.split('/')
                    .rfind(|part| part.starts_with(|c: char| c.is_ascii_uppercase() || c == '*'))
                    .unwrap_or(kind)
                    .to_owned()
            })
            .collect();
        let is_own = |value: &Value| {
            let kind = value["kind"].as_str().unwrap_or_default();
            kinds.iter().any(|own| ironhull_value::wildcard_match(own, kind))
        };
        let places = self.resources.iter().enumerate();
        let resources = places.filter(|(_, (_, value))| is_own(value)).map(|(place, _)| place).collect();
        let names = |exception: &&&Value| {
            let exceptions = exception["spec"]["exceptions"].as_array();
            exceptions.into_iter().flatten().any(|one| one["policyName"] == policy["metadata"]["name"])
        };
        let calls = policy.to_string().contains("apiCall");
        let ops = [("validate", own.validates()), ("mutate", own.mutates()), ("generate", own.generates())];
        Subject {
            folder: folder.to_owned(),
            words: Words::of(policy),
            policy: policy.clone(),
            resources,
            exceptions: exceptions
                .iter()
                .filter(names)
                .filter(|one| is_readable(one))
                .map(|&one| one.clone())
                .collect(),
            ops: ops
                .into_iter()
                .filter(|(op, does)| *does && !(calls && *op == "generate"))
                .map(|(op, _)| op)
                .collect(),
            calls,
            compiled,
        }
    }
}

/// The same policy with another scope, and with other settings for all rules.
fn variants(policy: &Value) -> [Value; 3] {
    let mut namespaced = policy.clone();
    namespaced["kind"] = json!("Policy");
    namespaced["metadata"]["namespace"] = json!("default");
    let mut enforced = policy.clone();
    enforced["spec"]["validationFailureAction"] = json!("Enforce");
    enforced["spec"]["applyRules"] = json!("One");
    let mut plain = policy.clone();
    plain["spec"]["validationFailureAction"] = json!("Enforce");
    plain["metadata"]["annotations"]["pod-policies.kyverno.io/autogen-controllers"] = json!("none");
    if let Some(rules) = plain["spec"]["rules"].as_array_mut() {
        rules.reverse();
    }
    [namespaced, enforced, plain]
}

fn is_readable(exception: &Value) -> bool {
    PolicyException::read(&object(exception)).is_some_and(|read| read.problems.is_empty())
}

/// A policy that can be asked about; `Ok(None)` for what is none, and the reason if it needs what is not here.
fn compiled(value: &Value) -> Result<Option<Compiled>, &'static str> {
    let Some(policy) = Policy::read(&object(value)) else { return Ok(None) };
    let policy = Arc::new(policy);
    if !policy.problems.is_empty() {
        return Err("is not read without problems");
    }
    for rule in &policy.rules {
        match &rule.action {
            Action::VerifyImages(_) => return Err("verifies images"),
            Action::Validate(rule) if rule.not_evaluated.is_some() => return Err("needs CEL or signatures"),
            _ => {}
        }
    }
    let text = value.to_string();
    if ["time_now", "time_since", "random("].iter().any(|name| text.contains(name)) {
        return Err("asks for time or chance");
    }
    Compiled::new(&policy).map(Some).map_err(|_| "is not compiled without problems")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files);
        } else if entry.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            files.push(entry);
        }
    }
}

/// The objects of a file, as far as it can be read.
fn objects(file: &Path) -> Vec<Value> {
    let Ok(bytes) = std::fs::read(file) else { return Vec::new() };
    let parsed = read(&*file.to_string_lossy(), &bytes, &Limits::default(), &mut Interner::new());
    let catalog = Catalog::new();
    let documents = parsed.documents.into_iter().map(Arc::new);
    let loaded = documents.map(|document| objects_of(&document, None, "", &catalog));
    let objects = loaded.flat_map(|loaded| loaded.objects);
    objects.map(|object| json!(object.value)).filter(|value| value["kind"] != "Test").collect()
}
