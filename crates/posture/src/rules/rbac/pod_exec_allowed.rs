//! RB008

use std::sync::Arc;

use ironhull_world::Object;

use super::shared::{ROLES, Right, report_rights};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of Roles and ClusterRoles that may use `pods/exec`, `pods/attach` or
    /// `pods/portforward` (verbs `create` and `get`), or may add a debug container by
    /// `pods/ephemeralcontainers` (`update` and `patch`).
    ///
    /// ## Why it matters
    /// A shell in a pod is everything the pod is: its service account, its Secrets, its network. Nothing of
    /// what is done there passes admission. Medium, because people who operate a namespace often need it,
    /// services seldom.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: debug, namespace: shop}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [pods/exec]
    ///   verbs: [create]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: debug, namespace: shop}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [pods/log]
    ///   verbs: [get]
    /// ```
    ///
    /// ## How to fix
    /// Remove the subresource. Give it to people for the time they need it, in one namespace.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/>
    pub static POD_EXEC_ALLOWED = {
        id: "RB008",
        name: "pod-exec-allowed",
        title: "A role may run commands in pods",
        severity: Medium,
        controls: [Nsa "role-based-access-control", Attack "T1609"],
        aliases: [
            Trivy "KSV-0053",
            Trivy "KSV-0054",
            Kubescape "C-0002",
            Kubescape "C-0063",
            Checkov "CKV2_K8S_2",
            Polaris "clusterrolePodExecAttach",
            Polaris "rolePodExecAttach",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

/// A WebSocket begins with a GET request, so that `get` opens an exec session as well on many versions.
const RIGHTS: &[Right] = &[
    Right {
        group: "",
        resources: &["pods/exec", "pods/attach", "pods/portforward"],
        verbs: &["create", "get"],
        cluster_scoped: false,
    },
    Right {
        group: "",
        resources: &["pods/ephemeralcontainers"],
        verbs: &["update", "patch"],
        cluster_scoped: false,
    },
];

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    report_rights(role, judge, RIGHTS, "Remove the subresource from the entry");
}
