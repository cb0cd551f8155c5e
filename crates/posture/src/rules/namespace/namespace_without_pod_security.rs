//! PS001

use std::sync::Arc;

use ironhull_finding::{Fix, Safety};
use ironhull_podsecurity::ENFORCE;
use ironhull_value::{Path, Value};
use ironhull_world::{Object, is_platform_namespace, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds Namespaces without the label `pod-security.kubernetes.io/enforce`, those of the platform
    /// included. A default for the whole cluster, from the configuration of the admission plugin, stands in
    /// no object and is not seen.
    ///
    /// ## Why it matters
    /// Without this label Pod Security Admission refuses no pod: whoever may create one there can create a
    /// privileged one and take the node. It takes the right to create pods first: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    ///     pod-security.kubernetes.io/warn: restricted
    /// ```
    ///
    /// ## How to fix
    /// Set the label to the strictest level that the pods of the namespace meet; a label `warn` first shows
    /// which do not. A namespace of the platform may need `privileged`, which at least says so.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-admission/>
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-namespace-labels/>
    pub static NAMESPACE_WITHOUT_POD_SECURITY = {
        id: "PS001",
        name: "namespace-without-pod-security",
        title: "A Namespace enforces no Pod Security level",
        severity: Medium,
        controls: [Cis "5.2.1", Nsa "pod-security-enforcement", Attack "T1610"],
        aliases: [Kubescape "C-0192"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::NAMESPACE], check),
    };
}

fn check(namespace: &Arc<Object>, judge: &mut Judge<'_>) {
    let path = Path::root().keys(&["metadata", "labels", ENFORCE]);
    match namespace.value.dig(&["metadata", "labels"]) {
        // A label that is null is an empty text to the API server: it is there, and not valid.
        Some(Value::Map(labels)) if labels.contains_key(ENFORCE) => return,
        None | Some(Value::Map(_)) => {}
        Some(_) => return judge.error("metadata.labels is not an object"),
    }
    let message = format!("namespace {:?} enforces no Pod Security level", namespace.name());
    let fix = if is_platform_namespace(namespace.name()) {
        Fix::manual("Label the namespace with the strictest level that the platform's pods meet")
    } else {
        Fix::set(path.clone(), "baseline", Safety::Unsafe)
    };
    judge.fail(path, message).with_fix(fix);
}
