//! RB009

use std::sync::Arc;

use ironhull_world::Object;

use super::shared::{ROLES, Right, report_rights};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of ClusterRoles that name `nodes/proxy`, with any verb. A Role cannot grant it: nodes
    /// belong to no namespace.
    ///
    /// ## Why it matters
    /// The kubelet's API runs commands in every pod of its node. Requests through it pass neither admission
    /// nor the audit log of the API server, and `get` is enough for an exec by WebSocket. High: it is all
    /// pods of all nodes.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: metrics}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [nodes/proxy]
    ///   verbs: [get]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: metrics}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [nodes/metrics]
    ///   verbs: [get]
    /// ```
    ///
    /// ## How to fix
    /// For metrics name `nodes/metrics` and `nodes/stats`; Kubernetes 1.33 and later check further
    /// subresources of the kubelet, such as `nodes/healthz`, by themselves.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes>
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/>
    pub static NODE_PROXY_ALLOWED = {
        id: "RB009",
        name: "node-proxy-allowed",
        title: "A role may use the API of kubelets",
        severity: High,
        controls: [Cis "5.1.10", Nsa "role-based-access-control", Attack "T1609"],
        aliases: [Trivy "KSV-0047", Kubescape "C-0279", Checkov "CKV2_K8S_2"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

const RIGHTS: &[Right] =
    &[Right { group: "", resources: &["nodes/proxy"], verbs: &[], cluster_scoped: true }];

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    report_rights(role, judge, RIGHTS, "Name the subresources that are read, such as nodes/metrics");
}
