//! RB015

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_world::rbac::{RoleLookup, SubjectKind, role_of, rules_of};
use ironhull_world::{Object, kinds};

use super::shared::{BINDINGS, binding, reach};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds bindings to a service account named `default`, unless the role is in the input and has no
    /// rules.
    ///
    /// ## Why it matters
    /// Every pod that names no service account runs as `default` of its namespace, so that the role goes to
    /// pods that nobody thought of, present and future. High: what was meant for one workload is then in
    /// the hands of whoever gets into any of them.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: app, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
    /// subjects:
    /// - {kind: ServiceAccount, name: default, namespace: shop}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: app, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
    /// subjects:
    /// - {kind: ServiceAccount, name: app, namespace: shop}
    /// ```
    ///
    /// ## How to fix
    /// Make a service account for the workload, name it in the pod template, and bind the role to it.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts>
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege>
    pub static DEFAULT_SERVICE_ACCOUNT_BOUND = {
        id: "RB015",
        name: "default-service-account-bound",
        title: "A default service account has a role",
        severity: High,
        controls: [Cis "5.1.5", Nsa "role-based-access-control", Attack "T1078"],
        aliases: [Kubescape "C-0189", Checkov "CKV_K8S_42"],
        since: "0.1.0",
        needs: [kinds::ROLE, kinds::CLUSTER_ROLE],
        check: Check::Object(BINDINGS, check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    let Some(binding) = binding(object, judge) else { return };
    let role = role_of(judge.world, &binding);
    if matches!(role, RoleLookup::Found(role) if rules_of(judge.world, role).is_empty()) {
        return;
    }
    for subject in &binding.subjects {
        if subject.kind != SubjectKind::ServiceAccount || subject.name != "default" {
            continue;
        }
        let (role, reach) = (binding.role.name, reach(&binding));
        let message = match subject.namespace {
            "" => format!("the default service account has the role {role:?} {reach}"),
            namespace => {
                format!(
                    "the default service account of namespace {namespace:?} has the role {role:?} {reach}"
                )
            }
        };
        judge
            .fail(subject.path.child("name"), message)
            .with_fix(Fix::manual("Make a service account for the workload and bind the role to that"));
    }
}
