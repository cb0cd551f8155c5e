//! WL026

use ironhull_finding::Fix;
use ironhull_world::{Container, kinds};

use super::amounts::{Amount, is_defaulted, limit, pod_limit};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers that may use as much memory as there is: neither they nor their pod have a memory
    /// limit, and no LimitRange of the namespace in the input gives them one. Containers that run to their
    /// end before the others start are left out, and ephemeral containers cannot have limits. A limit of
    /// zero is none. A limit of the pod (`spec.resources`) counts for all its containers; it needs
    /// Kubernetes 1.34 or its feature gate.
    ///
    /// ## Why it matters
    /// One container that leaks memory, or is made to by requests, takes the node's memory; the kernel then
    /// kills processes of other pods as well. It costs availability and no secret: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    ///     resources:
    ///       requests: {memory: 128Mi}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    ///     resources:
    ///       limits: {memory: 256Mi}
    /// ```
    ///
    /// ## How to fix
    /// Measure what the program uses under load and set `resources.limits.memory` above that. A LimitRange
    /// with a `default` protects the namespace from what is forgotten.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
    /// - <https://kubernetes.io/docs/concepts/policy/limit-range/>
    pub static NO_MEMORY_LIMIT = {
        id: "WL026",
        name: "no-memory-limit",
        title: "A container has no memory limit",
        severity: Low,
        controls: [Nsa "resource-policies", Attack "T1499"],
        aliases: [
            Trivy "KSV-0018",
            Kubescape "C-0271",
            Checkov "CKV_K8S_13",
            KubeLinter "unset-memory-requirements",
            Polaris "memoryLimitsMissing",
            KubeScore "container-resources",
        ],
        since: "0.1.0",
        needs: [kinds::LIMIT_RANGE],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if !container.kind.is_long_running() {
        return;
    }
    match pod_limit(container, "memory") {
        Amount::Some => return,
        Amount::Invalid => return judge.error("the memory limit of the pod is not a quantity"),
        Amount::Absent | Amount::Zero(_) => {}
    }
    let label = container.label();
    let fix = Fix::manual("Set resources.limits.memory above what the container needs under load");
    match limit(container, "memory") {
        Amount::Some => {}
        Amount::Invalid => judge.error(format!("the memory limit of {label} is not a quantity")),
        // Somebody wrote it, so that a LimitRange does not fill it.
        Amount::Zero(path) => {
            judge.fail(path, format!("{label} has a memory limit of 0, which is none")).with_fix(fix);
        }
        Amount::Absent if container.pod.is_partial() => {
            judge.unknown("what this kind sets for the pod as a whole is not modelled");
        }
        Amount::Absent => {
            let namespace = container.pod.object.namespace();
            if !is_defaulted(judge.world, namespace, &["default", "max"], "memory") {
                let path = container.field(&["resources", "limits", "memory"]);
                judge.fail(path, format!("{label} has no memory limit")).with_fix(fix);
            }
        }
    }
}
