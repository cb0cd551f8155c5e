//! RB006

use std::sync::Arc;

use ironhull_world::Object;

use super::shared::{ROLES, Right, report_rights};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of Roles and ClusterRoles that name `secrets` and allow `get`, `list` or `watch`. An
    /// entry with `resourceNames` is reported too; the message then names the Secrets.
    ///
    /// ## Why it matters
    /// Secrets hold the credentials of other systems and of other service accounts. `list` and `watch`
    /// return the values as `get` does. Medium: some controllers need it, and what it is worth depends on
    /// the Secrets in reach.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: app, namespace: shop}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [configmaps, secrets]
    ///   verbs: [get, list]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: app, namespace: shop}
    /// rules:
    /// - apiGroups: [""]
    ///   resources: [configmaps]
    ///   verbs: [get, list]
    /// ```
    ///
    /// ## How to fix
    /// Mount the Secret into the pod instead of reading it through the API. Where the API is needed, use a
    /// Role, only `get`, and `resourceNames`, and accept the finding with a reason.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets>
    /// - <https://kubernetes.io/docs/concepts/security/secrets-good-practices/>
    pub static SECRETS_READABLE = {
        id: "RB006",
        name: "secrets-readable",
        title: "A role may read Secrets",
        severity: Medium,
        controls: [Cis "5.1.2", Nsa "role-based-access-control", Attack "T1552.007"],
        aliases: [
            Trivy "KSV-0041",
            Trivy "KSV-0113",
            Kubescape "C-0015",
            Kubescape "C-0186",
            Checkov "CKV2_K8S_5",
            KubeLinter "access-to-secrets",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

const RIGHTS: &[Right] =
    &[Right { group: "", resources: &["secrets"], verbs: &["get", "list", "watch"], cluster_scoped: false }];

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    report_rights(role, judge, RIGHTS, "Remove secrets from the entry, and mount what a pod needs");
}
