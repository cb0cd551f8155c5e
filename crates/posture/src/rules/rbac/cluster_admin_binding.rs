//! RB001

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::rbac::{Binding, SubjectKind};
use ironhull_world::{Object, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds ClusterRoleBindings that give `cluster-admin` to anyone but the group `system:masters`.
    ///
    /// ## Why it matters
    /// `cluster-admin` may do everything, in every namespace. A pod that runs under such a service
    /// account hands the cluster to whoever gets into the pod; a user who has it every day will one day
    /// lose it. High: it takes a foothold or a credential first.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: ci}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    /// subjects:
    /// - {kind: ServiceAccount, name: ci, namespace: build}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: ci, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
    /// subjects:
    /// - {kind: ServiceAccount, name: ci, namespace: build}
    /// ```
    ///
    /// ## How to fix
    /// Bind a role that allows what is needed, in the namespaces where it is needed.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>
    pub static CLUSTER_ADMIN_BINDING = {
        id: "RB001",
        name: "cluster-admin-binding",
        title: "A subject is bound to cluster-admin",
        severity: High,
        controls: [Cis "5.1.1", Nsa "role-based-access-control", Attack "T1078"],
        aliases: [
            Trivy "KSV-0111",
            Kubescape "C-0185",
            KubeLinter "cluster-admin-role-binding",
            Polaris "clusterrolebindingClusterAdmin",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::CLUSTER_ROLE_BINDING], check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    let Some(binding) = Binding::of(object) else { return judge.error("the binding has no roleRef.name") };
    if binding.role.name != "cluster-admin" {
        return;
    }
    for subject in &binding.subjects {
        if subject.kind == SubjectKind::Group && subject.name == "system:masters" {
            continue;
        }
        let message = format!("{:?} {:?} may do everything in the cluster", subject.kind, subject.name);
        judge
            .fail(subject.path.child("name"), message)
            .with_fix(Fix::manual("Bind a role with the rights that are needed instead of cluster-admin"))
            .also(object, Path::root().keys(&["roleRef", "name"]), "the role");
    }
}
