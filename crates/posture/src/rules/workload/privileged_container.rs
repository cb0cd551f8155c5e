//! WL001

use ironhull_finding::{Fix, Safety};
use ironhull_world::Container;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers with `securityContext.privileged: true`.
    ///
    /// ## Why it matters
    /// A privileged container has every capability, sees the node's devices and runs without seccomp,
    /// AppArmor and SELinux confinement. Whoever controls a process in it controls the node, and from there
    /// every pod on it. That makes it critical.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: builder}
    /// spec:
    ///   containers:
    ///   - name: build
    ///     image: example.com/build:1.4
    ///     securityContext:
    ///       privileged: true
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: builder}
    /// spec:
    ///   containers:
    ///   - name: build
    ///     image: example.com/build:1.4
    ///     securityContext:
    ///       privileged: false
    /// ```
    ///
    /// ## How to fix
    /// Remove the field. When a process then lacks a right, add that one capability, mount that one
    /// device through a device plugin, or build images with a tool that needs no privileges.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://kubernetes.io/docs/concepts/security/linux-kernel-security-constraints/#privileged-containers>
    pub static PRIVILEGED_CONTAINER = {
        id: "WL001",
        name: "privileged-container",
        title: "A container is privileged",
        severity: Critical,
        controls: [
            Cis "5.2.2",
            Nsa "pod-security-enforcement",
            Attack "T1611",
            PodSecurityBaseline "privileged",
        ],
        aliases: [
            Trivy "KSV-0017",
            Kubescape "C-0057",
            Checkov "CKV_K8S_16",
            KubeLinter "privileged-container",
            Polaris "runAsPrivileged",
            KubeScore "container-security-context-privileged",
            Kubeaudit "privileged",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    let privileged = container.privileged();
    if privileged.value {
        let fix = Fix::set(privileged.path.clone(), false, Safety::Unsafe);
        judge.fail(privileged.path, format!("{} is privileged", container.label())).with_fix(fix);
    }
}
