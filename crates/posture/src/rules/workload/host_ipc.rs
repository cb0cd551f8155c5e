//! WL003

use ironhull_finding::{Fix, Safety};
use ironhull_world::Pod;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds pods with `hostIPC: true`.
    ///
    /// ## Why it matters
    /// The pod sees the shared memory, semaphores and message queues of the node and of every other pod
    /// that shares them. Databases and services of the node keep data there, which the pod can read and
    /// change. It is the wall between pods that falls, so it is high; it is not the node itself, so it is
    /// not critical.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: cache}
    /// spec:
    ///   hostIPC: true
    ///   containers:
    ///   - {name: cache, image: "example.com/cache:2"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: cache}
    /// spec:
    ///   containers:
    ///   - {name: cache, image: "example.com/cache:2"}
    /// ```
    ///
    /// ## How to fix
    /// Remove the field. Containers of one pod share IPC without it; for more shared memory mount an
    /// `emptyDir` with `medium: Memory` at `/dev/shm`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://man7.org/linux/man-pages/man7/ipc_namespaces.7.html>
    pub static HOST_IPC = {
        id: "WL003",
        name: "host-ipc",
        title: "A pod shares the node's IPC namespace",
        severity: High,
        controls: [
            Cis "5.2.4",
            Nsa "pod-security-enforcement",
            Attack "T1611",
            PodSecurityBaseline "hostNamespaces",
        ],
        aliases: [
            Trivy "KSV-0008",
            Kubescape "C-0038",
            Kubescape "C-0276",
            Checkov "CKV_K8S_18",
            KubeLinter "host-ipc",
            Polaris "hostIPCSet",
            Kubeaudit "hostns",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Pod(check),
    };
}

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    if pod.flag("hostIPC") {
        let path = pod.field(&["hostIPC"]);
        let fix = Fix::set(path.clone(), false, Safety::Unsafe);
        judge.fail(path, "the pod shares the IPC namespace of its node").with_fix(fix);
    }
}
