//! RB011

use std::sync::Arc;

use ironhull_world::Object;

use super::shared::{ROLES, Right, report_rights};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of ClusterRoles that may `update` or `patch` `certificatesigningrequests/approval`, or
    /// `approve` for signers. A Role cannot grant it.
    ///
    /// ## Why it matters
    /// Who approves requests for client certificates lets the cluster sign a certificate for any user or
    /// group that signer allows, and it stays valid until it expires. High: with the right to make requests
    /// it is every identity.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [certificates.k8s.io]
    ///   resources: [certificatesigningrequests/approval]
    ///   verbs: [update]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [certificates.k8s.io]
    ///   resources: [certificatesigningrequests]
    ///   verbs: [get, list, watch]
    /// ```
    ///
    /// ## How to fix
    /// Leave approval to the controllers of the control plane and to a few people.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#csrs-and-certificate-issuing>
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization>
    pub static CSR_APPROVAL_ALLOWED = {
        id: "RB011",
        name: "csr-approval-allowed",
        title: "A role may approve certificates",
        severity: High,
        controls: [Cis "5.1.11", Nsa "role-based-access-control"],
        aliases: [Kubescape "C-0280", Checkov "CKV_K8S_156"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

const RIGHTS: &[Right] = &[
    Right {
        group: "certificates.k8s.io",
        resources: &["certificatesigningrequests/approval"],
        verbs: &["update", "patch"],
        cluster_scoped: true,
    },
    Right {
        group: "certificates.k8s.io",
        resources: &["signers"],
        verbs: &["approve"],
        cluster_scoped: true,
    },
];

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    report_rights(role, judge, RIGHTS, "Remove the right to approve");
}
