//! PO014

use ironhull_value::Value;

use crate::kyverno::lint::kinds::named_in;
use crate::kyverno::lint::patterns::{Spot, patterns, spots};
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::Rule;
use crate::kyverno::pattern::{AnchorKind, leaf_matches, parse_anchor};

rule! {
    /// ## What it does
    /// Finds patterns for a field that can never have such a value: a text for a number, an object for a list, a text for
    /// an object, and labels and annotations that are no texts. It knows metadata and the fields of pods.
    ///
    /// ## Why it matters
    /// No resource matches, so that a rule refuses everything that has the field; Kyverno refuses labels and
    /// annotations that are no texts: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: users}
    /// spec:
    ///   rules:
    ///   - name: not-root
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       message: Containers do not run as root.
    ///       pattern: {spec: {containers: {securityContext: {runAsNonRoot: true}}}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: users}
    /// spec:
    ///   rules:
    ///   - name: not-root
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       message: Containers do not run as root.
    ///       pattern: {spec: {containers: [{securityContext: {runAsNonRoot: true}}]}}
    /// ```
    ///
    /// ## How to fix
    /// Write a value of the field's type. To ask whether an object or a list is there, write `'*'`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/validate/#patterns>
    pub static PATTERN_OF_WRONG_TYPE = {
        id: "PO014",
        name: "pattern-of-wrong-type",
        title: "A field never has a value of the type that a pattern asks for",
        severity: Medium,
        check: check,
    };
}

/// Types of fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Flag,
    Number,
    List,
    Object,
}

/// Fields that mean one thing wherever they are in a pod or in a controller of pods.
const OF_PODS: [(&str, Field); 24] = [
    ("containers", Field::List),
    ("initContainers", Field::List),
    ("ephemeralContainers", Field::List),
    ("volumes", Field::List),
    ("volumeMounts", Field::List),
    ("env", Field::List),
    ("envFrom", Field::List),
    ("ports", Field::List),
    ("tolerations", Field::List),
    ("imagePullSecrets", Field::List),
    ("hostAliases", Field::List),
    ("securityContext", Field::Object),
    ("capabilities", Field::Object),
    ("seccompProfile", Field::Object),
    ("resources", Field::Object),
    ("livenessProbe", Field::Object),
    ("readinessProbe", Field::Object),
    ("privileged", Field::Flag),
    ("readOnlyRootFilesystem", Field::Flag),
    ("allowPrivilegeEscalation", Field::Flag),
    ("runAsNonRoot", Field::Flag),
    ("hostNetwork", Field::Flag),
    ("runAsUser", Field::Number),
    ("replicas", Field::Number),
];

const PODS: [&str; 8] = [
    "Pod",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
];

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        let is_of_pods = is_about_pods(rule);
        for written in patterns(rule).iter().filter(|written| !written.is_of_element) {
            spots(written, &mut |spot| {
                if let Some(message) = wrong(spot, is_of_pods) {
                    judge.fail(linted.object(), spot.path.clone(), message);
                }
            });
        }
    }
}

fn is_about_pods(rule: &Rule) -> bool {
    let named = named_in(rule, "match");
    !named.is_empty()
        && named.iter().all(|one| PODS.contains(&one.kind.kind.as_str()) && one.kind.subresource.is_empty())
}

fn wrong(spot: &Spot<'_>, is_of_pods: bool) -> Option<String> {
    let key = spot.written.filter(|_| !spot.is_open())?;
    if parse_anchor(key).is_some_and(|(kind, _)| matches!(kind, AnchorKind::Negation | AnchorKind::Existence))
    {
        return None;
    }
    let (name, before) = spot.keys.split_last()?;
    if matches!(before, [.., "metadata", "labels" | "annotations"]) {
        let is_text = matches!(spot.value, Value::Str(_) | Value::Null);
        return (!is_text).then(|| {
            format!(
                "`{name}` is always a text, so that {} never matches; put it in quotes",
                spot.value.kind().name()
            )
        });
    }
    let field = match (before, *name) {
        ([] | ["spec", "template"], "metadata" | "spec") | ([.., "metadata"], "labels" | "annotations") => {
            Field::Object
        }
        (before, name) if is_of_pods && !before.contains(&"metadata") => {
            OF_PODS.iter().find(|(own, _)| *own == name)?.1
        }
        _ => return None,
    };
    let what = match field {
        Field::Flag => "true or false",
        Field::Number => "a number",
        Field::List => "a list",
        Field::Object => "an object",
    };
    (!can_match(field, spot.value))
        .then(|| format!("`{name}` is {what}, which never matches what is written here"))
}

fn can_match(field: Field, pattern: &Value) -> bool {
    if pattern.is_null() || pattern.as_str() == Some("*") {
        return true;
    }
    match (field, pattern) {
        (Field::List, Value::Map(_)) | (Field::Object, Value::Array(_)) => false,
        (_, Value::Map(_)) => field == Field::Object,
        (_, Value::Array(_)) => field == Field::List,
        (Field::Object, pattern) => leaf_matches(&Value::Map(ironhull_value::Map::default()), pattern),
        // Each item is compared, and what they are is not known here.
        (Field::List, _) => true,
        (Field::Flag, pattern) => [true, false].iter().any(|flag| leaf_matches(&Value::Bool(*flag), pattern)),
        (Field::Number, Value::Str(text)) => {
            text.bytes().any(|byte| byte.is_ascii_digit() || b"*?!".contains(&byte))
        }
        (Field::Number, pattern) => !matches!(pattern, Value::Bool(_)),
    }
}
