//! WL029

use ironhull_finding::Fix;
use ironhull_world::Container;

use super::lifetime::is_replicated;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers that expose ports and have no readiness probe, in Deployments, StatefulSets,
    /// DaemonSets, ReplicaSets and their like. Containers without `ports` get no traffic that a Service
    /// could hold back; whether a Service selects them is not asked, because it may be made elsewhere.
    ///
    /// ## Why it matters
    /// Without the probe a pod gets traffic the moment its process starts, and a rolling update goes on
    /// although the new pods do not answer. It costs requests and no security: info.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: example.com/web:1.4
    ///         ports: [{containerPort: 8080}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: example.com/web:1.4
    ///         ports: [{containerPort: 8080}]
    ///         readinessProbe:
    ///           httpGet: {path: /ready, port: 8080}
    /// ```
    ///
    /// ## How to fix
    /// Add a probe that succeeds when the container can answer requests.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/>
    pub static NO_READINESS_PROBE = {
        id: "WL029",
        name: "no-readiness-probe",
        title: "A container that exposes ports has no readiness probe",
        severity: Info,
        controls: [],
        aliases: [
            Kubescape "C-0018",
            Checkov "CKV_K8S_9",
            KubeLinter "no-readiness-probe",
            Polaris "readinessProbeMissing",
            KubeScore "pod-probes",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if !is_replicated(container.pod) {
        return judge.skip("the pod is not one of several that a Service chooses from");
    }
    let exposes = !container.value.dig_items(&["ports"]).is_empty();
    if exposes && container.kind.is_long_running() && container.value.get("readinessProbe").is_none() {
        let message = format!("{} exposes ports and has no readiness probe", container.label());
        judge.fail(container.field(&["readinessProbe"]), message).with_fix(Fix::manual(
            "Add a readinessProbe that succeeds when the container can answer requests",
        ));
    }
}
