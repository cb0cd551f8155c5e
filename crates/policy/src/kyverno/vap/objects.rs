//! The objects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ironhull_value::{CompactString, Value};
use serde_json::{Value as Json, json};

use super::Setting;
use super::cel::Truth;
use super::kinds::Served;
use crate::kyverno::model::{Action, FailureAction, Policy, Rule};

/// What is exported of a rule.
pub(super) struct Checks {
    /// Whether it is about the object.
    pub(super) about: Truth,
    pub(super) passes: Truth,
    /// Whether the object failed before, where that lets it through.
    pub(super) before: Option<Truth>,
    pub(super) action: FailureAction,
    pub(super) kinds: Vec<Served>,
}

/// The policy and its binding.
pub(super) fn written(
    policy: &Policy,
    rule: &Rule,
    checks: &Checks,
    setting: &Setting,
    names: &mut BTreeSet<String>,
) -> [Value; 2] {
    let name = name(policy, rule, names);
    let metadata = json!({
        "name": name,
        "labels": { "app.kubernetes.io/managed-by": "ironhull", "app.kubernetes.io/component": "while-away" },
        "annotations": {
            "ironhull.dev/policy": match policy.namespace() {
                "" => policy.name().to_owned(),
                namespace => format!("{namespace}/{}", policy.name()),
            },
            "ironhull.dev/rule": rule.name.as_str(),
        },
    });
    let mut constraints = json!({ "matchPolicy": "Equivalent", "resourceRules": rules(&checks.kinds) });
    if !policy.namespace().is_empty() {
        constraints["namespaceSelector"] =
            json!({ "matchLabels": { "kubernetes.io/metadata.name": policy.namespace() } });
    }
    let mut variables = Vec::new();
    let mut any = Vec::new();
    let mut variable = |name: &str, truth: &Truth| {
        variables.push(json!({ "name": name, "expression": truth.to_string() }));
        format!("variables.{name}")
    };
    if checks.about != Truth::YES {
        any.push(format!("!{}", variable("about", &checks.about)));
    }
    any.push(variable("passes", &checks.passes));
    if let Some(before) = checks.before.as_ref().filter(|before| !before.is_no()) {
        any.push(variable("failedBefore", before));
    }
    let spec = json!({
        "failurePolicy": if policy.ignores_failure { "Ignore" } else { "Fail" },
        "matchConstraints": constraints,
        "variables": variables,
        "validations": [{ "expression": any.join(" || "), "message": message(rule) }],
    });
    let actions = match (checks.action, policy.emits_warnings) {
        (FailureAction::Enforce, _) => json!(["Deny"]),
        (FailureAction::Audit, false) => json!(["Audit"]),
        (FailureAction::Audit, true) => json!(["Audit", "Warn"]),
    };
    [
        object("ValidatingAdmissionPolicy", &metadata, &spec),
        object("ValidatingAdmissionPolicyBinding", &metadata, &binding(&name, &actions, setting)),
    ]
}

pub(super) fn binding(name: &str, actions: &Json, setting: &Setting) -> Json {
    let mut spec = json!({ "policyName": name, "validationActions": actions });
    if !setting.untouched.is_empty() {
        spec["matchResources"] = json!({ "namespaceSelector": { "matchExpressions": [{
            "key": "kubernetes.io/metadata.name",
            "operator": "NotIn",
            "values": setting.untouched.iter().map(CompactString::as_str).collect::<BTreeSet<_>>(),
        }] } });
    }
    spec
}

pub(super) fn object(kind: &str, metadata: &Json, spec: &Json) -> Value {
    let object = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    });
    serde_json::from_value(object).unwrap_or_default()
}

fn rules(kinds: &[Served]) -> Json {
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for kind in kinds {
        let resources = groups.entry(kind.group).or_default();
        resources.insert(kind.plural);
        if kind.plural == "pods" {
            // A policy about pods is about the containers that are added to them as well.
            resources.insert("pods/ephemeralcontainers");
        }
    }
    let rules = groups.into_iter().map(|(group, resources)| {
        json!({
            "apiGroups": [group],
            "apiVersions": ["v1"],
            "operations": ["CREATE", "UPDATE"],
            "resources": resources,
        })
    });
    Json::Array(rules.collect())
}

/// What the API server says, in one line. A message with variables cannot be said.
fn message(rule: &Rule) -> String {
    let given = if let Action::Validate(validate) = &rule.action { validate.message.as_str() } else { "" };
    let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
    let has_variables = given.contains("{{") || given.contains("$(");
    if given.is_empty() || has_variables {
        format!("rule {} failed", rule.name)
    } else {
        format!("{}: {given}", rule.name)
    }
}

/// A name of its own; where something of a name cannot stand in one, with a number made of the whole.
fn name(policy: &Policy, rule: &Rule, names: &mut BTreeSet<String>) -> String {
    let full = match policy.namespace() {
        "" => format!("{}.{}", policy.name(), rule.name),
        namespace => format!("{namespace}.{}.{}", policy.name(), rule.name),
    };
    let plain: String = full
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
        .take(200)
        .collect();
    // Between dots stand labels, which begin and end with a letter or a digit.
    let labels: Vec<&str> =
        plain.split('.').map(|part| part.trim_matches('-')).filter(|part| !part.is_empty()).collect();
    let mut name = format!("ironhull.{}", labels.join("."));
    if name != format!("ironhull.{full}") {
        let _ = write!(name, "-{:08x}", hash(&full));
    }
    let mut unique = name.clone();
    let mut count = 2;
    while !names.insert(unique.clone()) {
        unique = format!("{name}-{count}");
        count += 1;
    }
    unique
}

/// FNV-1a.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
