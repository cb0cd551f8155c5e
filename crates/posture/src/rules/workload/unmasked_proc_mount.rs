//! WL008

use ironhull_finding::{Fix, Safety};
use ironhull_world::Container;

use super::shared::skip_user_namespace;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose `securityContext.procMount` is other than `Default`. Pods with a user
    /// namespace of their own (`hostUsers: false`) are skipped, as in the baseline Pod Security Standard
    /// from 1.35 on; the restricted one still refuses them. Pods of Windows have no such field.
    ///
    /// ## Why it matters
    /// Container runtimes hide or protect parts of `/proc` that speak about the node: its memory, keys,
    /// timers and kernel settings. `Unmasked` opens them, and root in the container can then change how the
    /// node's kernel behaves, up to running a program on the node. That is high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///   - name: build
    ///     image: example.com/build:1.4
    ///     securityContext:
    ///       procMount: Unmasked
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   hostUsers: false
    ///   containers:
    ///   - name: build
    ///     image: example.com/build:1.4
    ///     securityContext:
    ///       procMount: Unmasked
    /// ```
    ///
    /// ## How to fix
    /// Remove the field. Containers in containers need it; give such a pod a user namespace by
    /// `hostUsers: false`. Clusters of today refuse `Unmasked` without one.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/>
    pub static UNMASKED_PROC_MOUNT = {
        id: "WL008",
        name: "unmasked-proc-mount",
        title: "A container sees all of /proc",
        severity: High,
        controls: [PodSecurityBaseline "procMount", PodSecurityRestricted "procMount_restricted"],
        aliases: [Trivy "KSV-0027", KubeLinter "unsafe-proc-mount", Polaris "procMount"],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(container.pod) {
        return;
    }
    let mount = container.proc_mount();
    if mount.value == "Default" || skip_user_namespace(container.pod, judge) {
        return;
    }
    let message = format!("{} asks for procMount {:?}", container.label(), mount.value);
    let fix = Fix::set(mount.path.clone(), "Default", Safety::Unsafe);
    judge.fail(mount.path, message).with_fix(fix);
}
