//! WL025

use ironhull_finding::{Fix, Safety};
use ironhull_world::{ContainerKind, Pod};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds pods of several containers with `shareProcessNamespace: true`. Init containers that run to
    /// their end do not count: at that time nobody else is there.
    ///
    /// ## Why it matters
    /// Each container sees the processes of the others with their arguments and environment, and under the
    /// same user their files, through `/proc/<pid>/root`; it may also signal them. An intruder in the
    /// least of them has the secrets of all. It does not reach beyond the pod: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   shareProcessNamespace: true
    ///   containers:
    ///   - {name: web, image: "example.com/web:1.4"}
    ///   - {name: logs, image: "example.com/logs:2"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - {name: web, image: "example.com/web:1.4"}
    ///   - {name: logs, image: "example.com/logs:2"}
    /// ```
    ///
    /// ## How to fix
    /// Remove the field. To debug, add an ephemeral container with `kubectl debug --target`, which shares
    /// the processes of one container only as long as it is needed.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/>
    pub static SHARED_PROCESS_NAMESPACE = {
        id: "WL025",
        name: "shared-process-namespace",
        title: "The containers of a pod share one process namespace",
        severity: Low,
        controls: [],
        aliases: [],
        since: "0.1.0",
        needs: [],
        check: Check::Pod(check),
    };
}

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(pod) || !pod.flag("shareProcessNamespace") {
        return;
    }
    let together = pod.containers().filter(|container| container.kind != ContainerKind::Init).count();
    if together < 2 {
        return;
    }
    let path = pod.field(&["shareProcessNamespace"]);
    let fix = Fix::set(path.clone(), false, Safety::Unsafe);
    let message = format!("the {together} containers of the pod see each other's processes");
    judge.fail(path, message).with_fix(fix);
}
