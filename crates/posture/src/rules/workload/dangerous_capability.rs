//! WL009

use ironhull_finding::{Fix, Safety};
use ironhull_world::Container;

use super::capabilities::danger;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds added capabilities whose holder can run code in the kernel or on the node, read what belongs
    /// to other pods, or switch off what protects the node: `ALL`, `BPF`, `DAC_READ_SEARCH`, `MAC_ADMIN`,
    /// `MAC_OVERRIDE`, `NET_ADMIN`, `PERFMON`, `SYSLOG`, `SYS_ADMIN`, `SYS_BOOT`, `SYS_MODULE`,
    /// `SYS_PTRACE` and `SYS_RAWIO`. Names count with and without `CAP_`, in upper and lower case. Each
    /// entry is a finding.
    ///
    /// `SYS_TIME`, `LINUX_IMMUTABLE` and others that can harm a node but give no control of it are findings
    /// of WL010. Pods of Windows have no capabilities.
    ///
    /// ## Why it matters
    /// Each of these is a known way out of a container, alone or with a shared namespace or a mounted path.
    /// That is high. It is not critical, because seccomp, AppArmor and SELinux still stand, other than in a
    /// privileged container.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: net}
    /// spec:
    ///   containers:
    ///   - name: net
    ///     image: example.com/net:1
    ///     securityContext:
    ///       capabilities: {add: [SYS_ADMIN]}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: net}
    /// spec:
    ///   containers:
    ///   - name: net
    ///     image: example.com/net:1
    ///     securityContext:
    ///       capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}
    /// ```
    ///
    /// ## How to fix
    /// Remove the entry and see what fails. Often a smaller capability is enough, or work that belongs in a
    /// node agent, a device plugin or a CSI driver. Give what is left to one container and keep the others
    /// clean.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    /// - <https://man7.org/linux/man-pages/man7/capabilities.7.html>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2022-0492>
    pub static DANGEROUS_CAPABILITY = {
        id: "WL009",
        name: "dangerous-capability",
        title: "A container adds a capability that leads to the node",
        severity: High,
        controls: [
            Cis "5.2.9",
            Nsa "pod-security-enforcement",
            Attack "T1611",
            PodSecurityBaseline "capabilities_baseline",
            PodSecurityRestricted "capabilities_restricted",
        ],
        aliases: [
            Trivy "KSV-0005",
            Trivy "KSV-0120",
            Kubescape "C-0046",
            Checkov "CKV_K8S_39",
            Polaris "dangerousCapabilities",
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
        if let Some(what) = danger(&capability.name) {
            let message = format!("{} adds {}, which {what}", container.label(), capability.name);
            let fix = Fix::remove(capability.path.clone(), Safety::Unsafe);
            judge.fail(capability.path, message).with_fix(fix);
        }
    }
}
