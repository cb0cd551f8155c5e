//! WL024

use ironhull_finding::{Fix, Safety};
use ironhull_world::Container;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds probes and lifecycle handlers with a `host` in `httpGet` or `tcpSocket`.
    ///
    /// ## Why it matters
    /// The kubelet sends the request, from the node's network. With a host of one's own choosing it asks
    /// whatever the node can reach, such as a metadata service or a port on loopback, and tells by the
    /// probe's result what answered. It reads little and writes less: medium. Also a pod on the node's
    /// network that means `127.0.0.1` is reported, because Pod Security Admission refuses it.
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
    ///     livenessProbe:
    ///       httpGet: {host: 169.254.169.254, path: /latest/, port: 80}
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
    ///     livenessProbe:
    ///       httpGet: {path: /healthz, port: 8080}
    /// ```
    ///
    /// ## How to fix
    /// Remove `host`: the kubelet then asks the pod. To choose a virtual host set the `Host` header in
    /// `httpHeaders`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/>
    pub static HOST_PROBE = {
        id: "WL024",
        name: "host-probe",
        title: "A probe or lifecycle handler names a host",
        severity: Medium,
        controls: [PodSecurityBaseline "hostProbesAndHostLifecycle"],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

const HANDLERS: &[&[&str]] = &[
    &["livenessProbe"],
    &["readinessProbe"],
    &["startupProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    for handler in HANDLERS {
        let Some(value) = container.value.dig(handler) else { continue };
        for action in ["httpGet", "tcpSocket"] {
            let Some(host) = value.dig_str(&[action, "host"]).filter(|host| !host.is_empty()) else {
                continue;
            };
            let path = container.field(handler).keys(&[action, "host"]);
            let fix = Fix::remove(path.clone(), Safety::Unsafe);
            let name = handler.last().copied().unwrap_or_default();
            let message = format!("{} makes the kubelet connect to {host:?} by {name}", container.label());
            judge.fail(path, message).with_fix(fix);
        }
    }
}
