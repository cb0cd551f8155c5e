//! WL010

use ironhull_finding::{Fix, Safety};
use ironhull_world::Container;

use super::capabilities::danger;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds added capabilities other than `NET_BIND_SERVICE`, `NET_RAW` among them. Those that lead to the
    /// node are findings of WL009. Names count with and without `CAP_`, in upper and lower case. Pods of
    /// Windows have no capabilities.
    ///
    /// ## Why it matters
    /// Every capability is a right that a process takes over when it is attacked. `NET_RAW` lets it forge
    /// packets and has been the way into the kernel; `SYS_TIME` sets the clock of the whole node. Most
    /// others only give back what container runtimes grant anyhow. That is low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: ping}
    /// spec:
    ///   containers:
    ///   - name: ping
    ///     image: example.com/ping:1
    ///     securityContext:
    ///       capabilities: {drop: [ALL], add: [NET_RAW]}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: ping}
    /// spec:
    ///   containers:
    ///   - name: ping
    ///     image: example.com/ping:1
    ///     securityContext:
    ///       capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}
    /// ```
    ///
    /// ## How to fix
    /// Remove the entry and see what fails. Files can be given to the right user when the image is built
    /// instead of by `CHOWN`; `ping` works without `NET_RAW` where the node's `net.ipv4.ping_group_range`
    /// allows it. What is needed is accepted with a reason.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    /// - <https://man7.org/linux/man-pages/man7/capabilities.7.html>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2020-14386>
    pub static ADDED_CAPABILITY = {
        id: "WL010",
        name: "added-capability",
        title: "A container adds a capability",
        severity: Low,
        controls: [
            Cis "5.2.8",
            Cis "5.2.9",
            Nsa "pod-security-enforcement",
            PodSecurityBaseline "capabilities_baseline",
            PodSecurityRestricted "capabilities_restricted",
        ],
        aliases: [
            Trivy "KSV-0022",
            Kubescape "C-0200",
            Checkov "CKV_K8S_25",
            Kubeaudit "capabilities",
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
    for capability in container.added_capabilities() {
        if capability.name == "NET_BIND_SERVICE" || danger(&capability.name).is_some() {
            continue;
        }
        let message = format!("{} adds the capability {}", container.label(), capability.name);
        let fix = Fix::remove(capability.path.clone(), Safety::Unsafe);
        judge.fail(capability.path, message).with_fix(fix);
    }
}
