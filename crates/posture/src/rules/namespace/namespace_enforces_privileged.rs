//! PS002

use std::sync::Arc;

use ironhull_finding::{Fix, Safety};
use ironhull_podsecurity::{ENFORCE, Level};
use ironhull_value::{Path, Value};
use ironhull_world::{Object, is_platform_namespace, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds Namespaces whose label `pod-security.kubernetes.io/enforce` says `privileged`.
    ///
    /// ## Why it matters
    /// This level refuses nothing: whoever may create a pod there can take the node. Somebody decided so,
    /// and network plugins or storage drivers need it, which makes it low; but it should be on the list of
    /// those who look after the cluster.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {pod-security.kubernetes.io/enforce: privileged}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {pod-security.kubernetes.io/enforce: baseline}
    /// ```
    ///
    /// ## How to fix
    /// Enforce `baseline` or `restricted`. When one workload needs more, move it to a namespace of its own
    /// where few may create pods.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-admission/>
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static NAMESPACE_ENFORCES_PRIVILEGED = {
        id: "PS002",
        name: "namespace-enforces-privileged",
        title: "A Namespace enforces the level privileged, which is none",
        severity: Low,
        controls: [Nsa "pod-security-enforcement", Attack "T1610"],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::NAMESPACE], check),
    };
}

fn check(namespace: &Arc<Object>, judge: &mut Judge<'_>) {
    let path = Path::root().keys(&["metadata", "labels", ENFORCE]);
    let level = namespace.value.at(&path).and_then(Value::as_str).and_then(|text| text.parse().ok());
    if level != Some(Level::Privileged) {
        return;
    }
    let message = format!("namespace {:?} allows privileged pods", namespace.name());
    let fix = if is_platform_namespace(namespace.name()) {
        Fix::manual("Enforce the strictest level that the platform's pods meet")
    } else {
        Fix::set(path.clone(), "baseline", Safety::Unsafe)
    };
    judge.fail(path, message).with_fix(fix);
}
