//! WL017

use ironhull_finding::{Fix, Safety};
use ironhull_value::Value;
use ironhull_world::Container;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose root filesystem can be written: `readOnlyRootFilesystem` is not `true`. The
    /// field exists only on containers; nothing is inherited from the pod.
    ///
    /// ## Why it matters
    /// An intruder who cannot write cannot drop a tool, change a script or replace a library of the running
    /// container. It takes an intruder first, and a writable volume or memory often serves as well: low.
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
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    ///     securityContext:
    ///       readOnlyRootFilesystem: true
    ///     volumeMounts:
    ///     - {name: tmp, mountPath: /tmp}
    ///   volumes:
    ///   - name: tmp
    ///     emptyDir: {}
    /// ```
    ///
    /// ## How to fix
    /// Set `readOnlyRootFilesystem: true` and mount an `emptyDir` at every path that the program writes to,
    /// often `/tmp`, a cache and a directory for a pid file. Errors that speak of a read-only file system
    /// name the paths that are still missing.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/#emptydir>
    pub static WRITABLE_ROOT_FILESYSTEM = {
        id: "WL017",
        name: "writable-root-filesystem",
        title: "A container can write to its root filesystem",
        severity: Low,
        controls: [Cis "5.7.3", Nsa "immutable-container-file-systems", Attack "T1565"],
        aliases: [
            Trivy "KSV-0014",
            Kubescape "C-0017",
            Checkov "CKV_K8S_22",
            KubeLinter "no-read-only-root-fs",
            Polaris "notReadOnlyRootFilesystem",
            KubeScore "container-security-context-readonlyrootfilesystem",
            Kubeaudit "rootfs",
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
    if container.own("readOnlyRootFilesystem").is_some_and(|value| !matches!(value, Value::Bool(_))) {
        return judge.error("readOnlyRootFilesystem is not a boolean");
    }
    let read_only = container.read_only_root_filesystem();
    if read_only.value {
        return;
    }
    let mut fix = Fix::set(read_only.path.clone(), true, Safety::Unsafe);
    fix.summary.push_str(" and mount an emptyDir at each path that the program writes to");
    let message = format!("{} can write to its root filesystem", container.label());
    judge.fail(read_only.path, message).with_fix(fix);
}
