//! WL002

use ironhull_finding::{Fix, Safety};
use ironhull_world::Pod;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds pods with `hostPID: true`.
    ///
    /// ## Why it matters
    /// The pod sees every process of the node with its environment and arguments, and as root it can
    /// signal and trace them. Together with one added capability or a privileged container that is the
    /// node; by itself it gives away credentials of other pods. That is high, not critical.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: top}
    /// spec:
    ///   hostPID: true
    ///   containers:
    ///   - {name: top, image: "example.com/top:1"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: top}
    /// spec:
    ///   shareProcessNamespace: true
    ///   containers:
    ///   - {name: top, image: "example.com/top:1"}
    /// ```
    ///
    /// ## How to fix
    /// Remove the field. To see the processes of the pod's own containers use `shareProcessNamespace`;
    /// for a node agent that needs the node's processes, accept the finding with a reason.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static HOST_PID = {
        id: "WL002",
        name: "host-pid",
        title: "A pod shares the node's process namespace",
        severity: High,
        controls: [
            Cis "5.2.3",
            Nsa "pod-security-enforcement",
            Attack "T1611",
            PodSecurityBaseline "hostNamespaces",
        ],
        aliases: [
            Trivy "KSV-0010",
            Kubescape "C-0038",
            Checkov "CKV_K8S_17",
            KubeLinter "host-pid",
            Polaris "hostPIDSet",
            Kubeaudit "hostns",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Pod(check),
    };
}

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    if pod.flag("hostPID") {
        let path = pod.field(&["hostPID"]);
        let fix = Fix::set(path.clone(), false, Safety::Unsafe);
        judge.fail(path, "the pod shares the process namespace of its node").with_fix(fix);
    }
}
