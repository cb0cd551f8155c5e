//! RB010

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_world::Object;

use super::shared::{ROLES, Right, each_rule, grant, sentence};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds entries of Roles and ClusterRoles with the verb `bind` or `escalate` on roles, or
    /// `impersonate` on users, groups, service accounts, uids and user extras, be it by name or by `*`
    /// among the verbs.
    ///
    /// ## Why it matters
    /// Kubernetes refuses to let anyone grant what he does not have himself. These verbs lift that:
    /// `escalate` writes any role, `bind` takes any role that exists, `impersonate` acts as somebody else.
    /// High: each of them ends at `cluster-admin` unless `resourceNames` hold it back.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [rbac.authorization.k8s.io]
    ///   resources: [clusterroles]
    ///   verbs: [bind]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: ops}
    /// rules:
    /// - apiGroups: [rbac.authorization.k8s.io]
    ///   resources: [clusterroles]
    ///   verbs: [get, list]
    /// ```
    ///
    /// ## How to fix
    /// Remove the verb; who has the rights himself can grant them without it. Where a controller must bind
    /// roles that it does not have, name these roles in `resourceNames` and accept the finding with a
    /// reason.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#escalate-verb>
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#bind-verb>
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#impersonate-verb>
    pub static ESCALATION_VERB = {
        id: "RB010",
        name: "escalation-verb",
        title: "A role may give itself more rights",
        severity: High,
        controls: [Cis "5.1.8", Nsa "role-based-access-control", Attack "T1098.006"],
        aliases: [
            Trivy "KSV-0043",
            Kubescape "C-0191",
            Kubescape "C-0065",
            Checkov "CKV_K8S_157",
            Checkov "CKV_K8S_158",
            Checkov "CKV2_K8S_3",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Object(ROLES, check),
    };
}

/// Where a Role is asked: kubernetes/kubernetes `pkg/registry/rbac/escalation_check.go` checks `bind` in the
/// namespace of the binding, also for a ClusterRole, and `escalate` where the role is. Users and groups are
/// impersonated without a namespace.
const RIGHTS: &[Right] = &[
    Right {
        group: "rbac.authorization.k8s.io",
        resources: &["roles", "clusterroles"],
        verbs: &["bind"],
        cluster_scoped: false,
    },
    Right {
        group: "rbac.authorization.k8s.io",
        resources: &["roles"],
        verbs: &["escalate"],
        cluster_scoped: false,
    },
    Right {
        group: "rbac.authorization.k8s.io",
        resources: &["clusterroles"],
        verbs: &["escalate"],
        cluster_scoped: true,
    },
    Right { group: "", resources: &["serviceaccounts"], verbs: &["impersonate"], cluster_scoped: false },
    Right { group: "", resources: &["users", "groups"], verbs: &["impersonate"], cluster_scoped: true },
    Right {
        group: "authentication.k8s.io",
        resources: &["uids", "userextras/"],
        verbs: &["impersonate"],
        cluster_scoped: true,
    },
];

fn check(role: &Arc<Object>, judge: &mut Judge<'_>) {
    each_rule(role, judge, |rule, judge| {
        let Some(grant) = grant(rule, RIGHTS) else { return };
        // The `*` itself is reported by wildcard-in-role.
        let path = if grant.is_by_wildcard() { &grant.resource } else { &grant.verb };
        judge
            .fail(path.clone(), sentence(rule, &grant))
            .with_fix(Fix::manual("Remove the verb, or limit the entry by resourceNames"));
    });
}
