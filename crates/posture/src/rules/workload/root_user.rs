//! WL006

use ironhull_finding::Fix;
use ironhull_world::Container;

use super::shared::skip_user_namespace;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose effective `runAsUser` is 0, written at the container or inherited from the
    /// pod. Pods of Windows, and pods with a user namespace of their own (`hostUsers: false`), are skipped,
    /// as in the restricted Pod Security Standard from 1.35 on.
    ///
    /// ## Why it matters
    /// Root in the container is root of the node as soon as something lets it out: a flaw of the runtime, a
    /// mounted path, a kernel bug. It may also change everything in the image. It takes a second weakness,
    /// so it is medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsUser: 0}
    ///   containers:
    ///   - {name: web, image: "example.com/web:1"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsUser: 10001}
    ///   containers:
    ///   - {name: web, image: "example.com/web:1"}
    /// ```
    ///
    /// ## How to fix
    /// Build the image so that it works as a user other than 0, and remove the field or name that user. A
    /// low port needs no root: add `NET_BIND_SERVICE` or listen above 1023. What must be root can be root
    /// in a user namespace: `hostUsers: false`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2019-5736>
    pub static ROOT_USER = {
        id: "WL006",
        name: "root-user",
        title: "A container runs as root",
        severity: Medium,
        controls: [
            Cis "5.2.7",
            Nsa "non-root-containers",
            Attack "T1611",
            PodSecurityRestricted "runAsUser",
        ],
        aliases: [
            Trivy "KSV-0105",
            Kubescape "C-0013",
            Kubescape "C-0198",
            Checkov "CKV_K8S_23",
            KubeLinter "run-as-non-root",
            Polaris "runAsRootAllowed",
            Kubeaudit "nonroot",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(container.pod) || skip_user_namespace(container.pod, judge) {
        return;
    }
    let user = container.run_as_user();
    if user.value != Some(0) {
        if !user.written && container.pod.is_partial() {
            judge.unknown("the user may be set for the whole pod in a way that is not modelled");
        }
        return;
    }
    let non_root = container.run_as_non_root();
    let object = judge.object();
    // The kubelet compares before it starts the container.
    let refused = non_root.value == Some(true);
    let message = if refused {
        format!("{} never starts: runAsUser is 0 and runAsNonRoot is true", container.label())
    } else {
        format!("{} runs as root", container.label())
    };
    let finding = judge.fail(user.path, message).with_fix(Fix::manual(
        "Make the image work as a user other than 0 and name that user, or use a user namespace",
    ));
    if container.own("runAsUser").is_none() {
        finding.noted("inherited from the pod");
    }
    if refused {
        finding.also(object, non_root.path, "refuses to run as root");
    }
}
