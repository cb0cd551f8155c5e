//! WL016

use ironhull_finding::{Fix, Safety};
use ironhull_value::Value;
use ironhull_world::Container;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds ports of containers with a `hostPort` other than 0, of init containers too. In a pod with
    /// `hostNetwork: true` the API server sets `hostPort` to the container's port: there WL004 is the
    /// finding.
    ///
    /// ## Why it matters
    /// The port is open on every address of the node, outside of Services and in many network plugins
    /// outside of network policies. It may stand where clients expect a service of the node, and only one
    /// such pod fits on a node. It exposes what listens there, not the node: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1
    ///     ports: [{containerPort: 8080, hostPort: 80}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1
    ///     ports: [{containerPort: 8080}]
    /// ```
    ///
    /// ## How to fix
    /// Remove `hostPort` and publish the port by a Service, an Ingress or a Gateway. A DaemonSet that
    /// serves its own node only can use a Service with `internalTrafficPolicy: Local`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/>
    pub static HOST_PORT = {
        id: "WL016",
        name: "host-port",
        title: "A container takes a port of the node",
        severity: Medium,
        controls: [Cis "5.2.13", Nsa "pod-security-enforcement", PodSecurityBaseline "hostPorts"],
        aliases: [
            Trivy "KSV-0024",
            Kubescape "C-0044",
            Kubescape "C-0204",
            Checkov "CKV_K8S_26",
            Polaris "hostPortSet",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    // Then the API server fills hostPort in.
    if container.pod.flag("hostNetwork") {
        return;
    }
    for (index, port) in container.value.dig_items(&["ports"]).iter().enumerate() {
        let Some(number) = port.get("hostPort").and_then(Value::as_i64).filter(|number| *number != 0) else {
            continue;
        };
        let path = container.field(&["ports"]).child(index).child("hostPort");
        let address = match port.get("hostIP").and_then(Value::as_str) {
            Some(address) if !address.is_empty() => format!(" at {address:?}"),
            _ => String::new(),
        };
        let message = format!("{} takes port {number} of its node{address}", container.label());
        let fix = Fix::remove(path.clone(), Safety::Unsafe);
        judge.fail(path, message).with_fix(fix);
    }
}
