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
pub(super) fn written(policy: &Policy, rule: &Rule, checks: &Checks, setting: &Setting) -> [Value; 2] {
    let name = name(policy.namespace(), policy.name(), &rule.name);
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
        object("ValidatingAdmissionPolicyBinding", &metadata, &binding(&name, &actions, setting, Vec::new())),
    ]
}

/// A binding, for namespaces that meet `wanted` and are judged at all.
pub(super) fn binding(policy: &str, actions: &Json, setting: &Setting, mut wanted: Vec<Json>) -> Json {
    let mut spec = json!({ "policyName": policy, "validationActions": actions });
    if !setting.untouched.is_empty() {
        wanted.push(json!({
            "key": "kubernetes.io/metadata.name",
            "operator": "NotIn",
            "values": setting.untouched.iter().map(CompactString::as_str).collect::<BTreeSet<_>>(),
        }));
    }
    if !wanted.is_empty() {
        spec["matchResources"] = json!({ "namespaceSelector": { "matchExpressions": wanted } });
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

/// A name of its own. It is plain where no other rule can have it: where no part has a dot, so that they can be told
/// apart. Else it has a number made of the whole, and so depends on nothing but the rule.
fn name(namespace: &str, policy: &str, rule: &str) -> String {
    let parts = [namespace, policy, rule];
    let given: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let plain: String = given
        .join(".")
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
        .take(200)
        .collect();
    // Between dots stand labels, which begin and end with a letter or a digit.
    let labels: Vec<&str> =
        plain.split('.').map(|part| part.trim_matches('-')).filter(|part| !part.is_empty()).collect();
    // Those of the Pod Security levels begin so.
    let is_ours = given.first() == Some(&"pod-security");
    let mut name = format!("ironhull.{}", labels.join("."));
    if labels != given || is_ours {
        // In the names of namespaces and policies there is no slash.
        let _ = write!(name, "-{:08x}", hash(&parts.join("/")));
    }
    name
}

/// FNV-1a.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rules_have_one_name() {
        for (namespace, policy, rule, expected) in [
            ("", "team", "labels", "ironhull.team.labels"),
            ("shop", "team", "labels", "ironhull.shop.team.labels"),
            ("", "Team", "a b", "ironhull.team.a-b-"),
            ("", "pod-security", "baseline", "ironhull.pod-security.baseline-"),
        ] {
            let found = name(namespace, policy, rule);
            let hashed = found.strip_prefix(expected).is_some_and(|rest| rest.len() == 8);
            assert!(found == expected || expected.ends_with('-') && hashed, "{found}");
        }
        let rules = [
            ("", "team", "x.y"),
            ("", "team.x", "y"),
            ("team", "x", "y"),
            ("", "shop.p", "r"),
            ("shop", "p", "r"),
            ("", "shop", "p.r"),
            ("", "shop", "p/r"),
            ("", "shop", "p-r"),
            ("", "shop", "P-r"),
            ("", "shop", "p-r-"),
        ];
        let names: BTreeSet<String> =
            rules.map(|(namespace, policy, rule)| name(namespace, policy, rule)).into();
        assert_eq!(names.len(), rules.len(), "{names:?}");
    }
}
