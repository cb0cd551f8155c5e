//! RB013

use std::sync::Arc;

use ironhull_world::Object;

use super::shared::{ROLES, Right, report_rights};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of Roles and ClusterRoles that may `create` `serviceaccounts/token`.
    ///
    /// ## Why it matters
    /// The answer to such a request is a token of that service account: whoever may ask for it is that
    /// account, and without `resourceNames` every account in reach. High: among them is mostly one that may
    /// do anything.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [serviceaccounts/token]
    ///   verbs: [create]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [serviceaccounts]
    ///   verbs: [get, list]
    /// ```
    ///
    /// ## How to fix
    /// Use projected tokens, which the kubelet asks for. A service that must issue tokens gets a Role with
    /// `resourceNames`, and the finding is accepted with a reason.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#token-request>
    /// - <https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/>
    pub static TOKEN_CREATION_ALLOWED = {
        id: "RB013",
        name: "token-creation-allowed",
        title: "A role may issue tokens of service accounts",
        severity: High,
        controls: [Cis "5.1.13", Nsa "role-based-access-control", Attack "T1528"],
        aliases: [Kubescape "C-0282"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

const RIGHTS: &[Right] =
    &[Right { group: "", resources: &["serviceaccounts/token"], verbs: &["create"], cluster_scoped: false }];

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    report_rights(role, judge, RIGHTS, "Remove the subresource, or limit the entry by resourceNames");
}
