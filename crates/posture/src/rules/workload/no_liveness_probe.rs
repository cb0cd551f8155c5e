//! WL028

use ironhull_finding::Fix;
use ironhull_world::Container;

use super::lifetime::runs_to_completion;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers without a liveness probe in pods that are meant to stay. Jobs, steps of workflows
    /// and pods with the restart policy `Never` or `OnFailure` are left out, and so are init and ephemeral
    /// containers.
    ///
    /// ## Why it matters
    /// A program that hangs without exiting is not restarted by anybody. Not every program can hang, and a
    /// bad probe does more harm than none, so this is info.
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
    ///       - {name: web, image: "example.com/web:1.4"}
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
    ///         livenessProbe:
    ///           httpGet: {path: /healthz, port: 8080}
    /// ```
    ///
    /// ## How to fix
    /// Add a probe that fails only when a restart helps. It must not ask other services: when these are
    /// down, restarts make it worse. Give slow starters a `startupProbe`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/>
    pub static NO_LIVENESS_PROBE = {
        id: "WL028",
        name: "no-liveness-probe",
        title: "A container has no liveness probe",
        severity: Info,
        controls: [],
        aliases: [
            Kubescape "C-0056",
            Checkov "CKV_K8S_8",
            KubeLinter "no-liveness-probe",
            Polaris "livenessProbeMissing",
            KubeScore "pod-probes",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if runs_to_completion(container.pod) {
        return judge.skip("the pod ends when its work is done");
    }
    if container.kind.is_long_running() && container.value.get("livenessProbe").is_none() {
        judge
            .fail(container.field(&["livenessProbe"]), format!("{} has no liveness probe", container.label()))
            .with_fix(Fix::manual("Add a livenessProbe that fails only when a restart helps"));
    }
}
