//! WL019

use ironhull_finding::{Fix, Safety};
use ironhull_world::{Container, Profile};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers for which neither they nor their pod set a seccomp profile. The annotations of old
    /// do not count: Kubernetes no longer reads them since 1.27.
    ///
    /// ## Why it matters
    /// Without a profile the container may use every system call, unless the kubelet of its node was
    /// started with `seccompDefault`, which a manifest cannot rely on. It is a layer of defence that is
    /// missing and no hole by itself: low.
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
    /// Set `seccompProfile.type: RuntimeDefault` in the pod's security context; all containers without a
    /// profile of their own inherit it.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tutorials/security/seccomp/>
    /// - <https://kubernetes.io/docs/reference/node/seccomp/>
    pub static SECCOMP_NOT_SET = {
        id: "WL019",
        name: "seccomp-not-set",
        title: "A container has no seccomp profile",
        severity: Low,
        controls: [
            Cis "5.7.2",
            Nsa "hardening-container-environments",
            PodSecurityRestricted "seccompProfile_restricted",
        ],
        aliases: [
            Trivy "KSV-0030",
            Kubescape "C-0210",
            Checkov "CKV_K8S_31",
            KubeScore "container-seccomp-profile",
            Kubeaudit "seccomp",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    // A privileged container runs unconfined whatever is set: WL001 says it.
    if judge.skip_windows(container.pod) || container.privileged().value {
        return;
    }
    let profile = container.seccomp();
    if profile.value != Profile::Unset {
        return;
    }
    // What is written has no type: then the path leads to the type already.
    let kind = if profile.written { profile.path.clone() } else { profile.path.child("type") };
    let fix = Fix::set(kind, "RuntimeDefault", Safety::Unsafe);
    judge.fail(profile.path, format!("{} has no seccomp profile", container.label())).with_fix(fix);
}
