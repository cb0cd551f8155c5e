//! WL011

use ironhull_finding::{Fix, Safety};
use ironhull_value::Value;
use ironhull_world::Container;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose `securityContext.capabilities.drop` lacks `ALL`, in upper or lower case. The
    /// message says when `NET_RAW` is not dropped either. Pods of Windows have no capabilities.
    ///
    /// ## Why it matters
    /// Container runtimes give about a dozen capabilities to every container that runs as root, and to any
    /// program that becomes root in it. Hardly one needs them. With `NET_RAW` a container can forge packets
    /// and answer for its neighbours. These rights end at the container's walls: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - {name: web, image: "example.com/web:1"}
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
    ///     securityContext:
    ///       capabilities: {drop: [ALL]}
    /// ```
    ///
    /// ## How to fix
    /// Set `drop: [ALL]` in every container and add back the few that it cannot do without. Write `ALL` in
    /// upper case: runtimes take either, Pod Security Admission does not.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2020-14386>
    pub static CAPABILITIES_NOT_DROPPED = {
        id: "WL011",
        name: "capabilities-not-dropped",
        title: "A container keeps capabilities that it was given by default",
        severity: Low,
        controls: [
            Cis "5.2.8",
            Cis "5.2.10",
            Nsa "pod-security-enforcement",
            Attack "T1557",
            PodSecurityRestricted "capabilities_restricted",
        ],
        aliases: [
            Trivy "KSV-0003",
            Trivy "KSV-0004",
            Trivy "KSV-0106",
            Trivy "KSV-0119",
            Kubescape "C-0199",
            Kubescape "C-0201",
            Checkov "CKV_K8S_28",
            Checkov "CKV_K8S_37",
            KubeLinter "drop-net-raw-capability",
            Polaris "insecureCapabilities",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(container.pod) {
        return;
    }
    let dropped = container.dropped_capabilities();
    if dropped.iter().any(|capability| capability.name == "ALL") {
        return;
    }
    let label = container.label();
    let message = if dropped.is_empty() {
        format!("{label} drops no capability, not even NET_RAW")
    } else if dropped.iter().any(|capability| capability.name == "NET_RAW") {
        format!("{label} drops NET_RAW but not ALL capabilities")
    } else {
        format!("{label} drops neither ALL capabilities nor NET_RAW")
    };
    let path = container.own_path(&["capabilities", "drop"]);
    let mut fix = Fix::set(path.clone(), vec![Value::from("ALL")], Safety::Unsafe);
    fix.summary = format!("Set {path} to [ALL]");
    judge.fail(path, message).with_fix(fix);
}
