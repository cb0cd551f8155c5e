//! PS003

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_podsecurity::{
    AUDIT, AUDIT_VERSION, ENFORCE, ENFORCE_VERSION, Policy, WARN, WARN_VERSION, resolve_labels,
};
use ironhull_value::{Path, Value};
use ironhull_world::{Object, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds Pod Security labels of Namespaces with a value that Pod Security Admission does not understand:
    /// a level other than `privileged`, `baseline` and `restricted`, or a version other than `latest` and
    /// `v1.` with a number.
    ///
    /// ## Why it matters
    /// Admission goes on with something else than what was written: such an `enforce` counts as
    /// `restricted` and stops pods, such a `warn` or `audit` counts as `privileged` and says nothing, such a
    /// version counts as `latest`. Nobody gets in by that, but what holds is not what its author believes:
    /// medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    ///     pod-security.kubernetes.io/enforce-version: "1.30"
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    ///     pod-security.kubernetes.io/enforce-version: v1.30
    /// ```
    ///
    /// ## How to fix
    /// Write one of the values that are named in the message, in lower case.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces>
    pub static INVALID_POD_SECURITY_LABEL = {
        id: "PS003",
        name: "invalid-pod-security-label",
        title: "A Pod Security label has a value that is not understood",
        severity: Medium,
        controls: [Nsa "pod-security-enforcement"],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::NAMESPACE], check),
    };
}

/// The labels, each with what one that is not understood counts as.
const LABELS: [(&str, &str); 6] = [
    (ENFORCE, "admission takes it for restricted"),
    (ENFORCE_VERSION, "admission takes it for latest"),
    (AUDIT, "admission takes it for privileged"),
    (AUDIT_VERSION, "admission takes it for latest"),
    (WARN, "admission takes it for privileged"),
    (WARN_VERSION, "admission takes it for latest"),
];

fn check(namespace: &Arc<Object>, judge: &mut Judge<'_>) {
    let path = Path::root().keys(&["metadata", "labels"]);
    let labels = namespace.value.at(&path).unwrap_or(&Value::Null);
    let (_, errors) = resolve_labels(labels, &Policy::default());
    for error in errors {
        let label = LABELS.iter().find(|(label, _)| error.field == format!("metadata.labels[{label}]"));
        let (path, name, note) = match label {
            Some((label, note)) => (path.child(*label), *label, *note),
            None => (path.clone(), "metadata.labels", "the API server refuses this"),
        };
        judge
            .fail(path, format!("{name} is {:?} but {}", error.value, error.problem))
            .noted(note)
            .with_fix(Fix::manual("Write a value that Pod Security Admission understands"));
    }
}
