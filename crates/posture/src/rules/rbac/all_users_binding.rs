//! RB005

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_world::Object;
use ironhull_world::rbac::SubjectKind;

use super::shared::{BINDINGS, binding, binds_cluster_wide, reach};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds bindings whose subject is the group `system:authenticated` or `system:serviceaccounts`, and
    /// ClusterRoleBindings to the service accounts of a whole namespace,
    /// `system:serviceaccounts:<namespace>`. The ClusterRoles that the API server binds so by default are
    /// fine: `system:basic-user`, `system:discovery`, `system:public-info-viewer`, `system:service-account-
    /// issuer-discovery`. A binding to `cluster-admin` is reported by cluster-admin-binding.
    ///
    /// ## Why it matters
    /// Every pod has a service account, and on some clouds `system:authenticated` is everybody with an
    /// account there. Whoever gets into any pod has the role. Medium, because what that is worth depends on
    /// the role.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: readers}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: readers}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: dashboard, namespace: tools}
    /// ```
    ///
    /// ## How to fix
    /// Bind the role to the service accounts and groups that need it.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege>
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings>
    pub static ALL_USERS_BINDING = {
        id: "RB005",
        name: "all-users-binding",
        title: "A role is given to all users or all service accounts",
        severity: Medium,
        controls: [Nsa "role-based-access-control", Attack "T1078"],
        aliases: [Trivy "KSV-01011", Kubescape "C-0265"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(BINDINGS, check),
    };
}

/// ClusterRoles that the API server itself gives to everybody.
const DEFAULTS: &[&str] = &[
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    let Some(binding) = binding(object, judge) else { return };
    let is = |name| binds_cluster_wide(&binding, name);
    if DEFAULTS.iter().copied().any(is) || is("cluster-admin") {
        return;
    }
    for subject in binding.subjects.iter().filter(|subject| subject.kind == SubjectKind::Group) {
        let who = match subject.name {
            "system:authenticated" => "every user and service account".to_owned(),
            "system:serviceaccounts" => "every service account".to_owned(),
            name => match name.strip_prefix("system:serviceaccounts:") {
                Some(namespace) if binding.cluster => {
                    format!("every service account of namespace {namespace:?}")
                }
                _ => continue,
            },
        };
        let message = format!("{who} has the role {:?} {}", binding.role.name, reach(&binding));
        judge
            .fail(subject.path.child("name"), message)
            .with_fix(Fix::manual("Bind the role to the subjects that need it"));
    }
}
