//! WL018

use ironhull_world::Container;

use super::profiles::report_unconfined;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose effective seccomp profile is `Unconfined`, or of a type that Kubernetes does
    /// not know. The container's profile counts, else the pod's. A profile that is not set at all is
    /// WL019; privileged containers are WL001, for they run unconfined in any case.
    ///
    /// ## Why it matters
    /// The container runtime's profile refuses some forty to sixty system calls that hardly any program
    /// needs, and through which kernels were broken. Somebody switched that off. A flaw of the kernel is
    /// still needed to get out: medium.
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
    ///     securityContext:
    ///       seccompProfile: {type: Unconfined}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     seccompProfile: {type: RuntimeDefault}
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    /// ```
    ///
    /// ## How to fix
    /// Use `RuntimeDefault`. When a program needs a system call that this profile refuses, allow that one in
    /// a `Localhost` profile.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tutorials/security/seccomp/>
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://kubernetes.io/docs/reference/node/seccomp/>
    pub static SECCOMP_UNCONFINED = {
        id: "WL018",
        name: "seccomp-unconfined",
        title: "A container runs without seccomp confinement",
        severity: Medium,
        controls: [
            Cis "5.7.2",
            Nsa "hardening-container-environments",
            PodSecurityBaseline "seccompProfile_baseline",
            PodSecurityRestricted "seccompProfile_restricted",
        ],
        aliases: [Trivy "KSV-0104", Kubescape "C-0210", Checkov "CKV_K8S_31", Kubeaudit "seccomp"],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(container.pod) {
        return;
    }
    report_unconfined("seccomp", container.seccomp(), container, judge);
}
