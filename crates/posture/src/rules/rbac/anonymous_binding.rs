//! RB004

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_world::rbac::{Binding, PolicyRule, SubjectKind};
use ironhull_world::{Object, World, kinds};

use super::shared::{BINDINGS, binding, binds_cluster_wide, reach};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds bindings whose subject is the user `system:anonymous` or the group `system:unauthenticated`.
    /// Two defaults are fine: the ClusterRole `system:public-info-viewer`, which shows health and version,
    /// and kubeadm's Role in `kube-public` by which a joining node reads the ConfigMap `cluster-info`. The
    /// roles `system:discovery` and `system:basic-user`, which clusters from before Kubernetes 1.14 still
    /// bind to everybody, are reported.
    ///
    /// ## Why it matters
    /// The subject is everybody who reaches the API server, which on many clouds is the internet. No
    /// credential is needed, scanners look for it all day, and such bindings were used to take over whole
    /// clusters. That makes it critical.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: open}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:unauthenticated"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: open}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "example:auditors"}
    /// ```
    ///
    /// ## How to fix
    /// Remove the subject, and bind the role to those who need it. For probes of load balancers the default
    /// role `system:public-info-viewer` is enough.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles>
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests>
    pub static ANONYMOUS_BINDING = {
        id: "RB004",
        name: "anonymous-binding",
        title: "Anybody may use a role without credentials",
        severity: Critical,
        controls: [Nsa "authentication", Nsa "role-based-access-control", Attack "T1078"],
        aliases: [Trivy "KSV-0122", Kubescape "C-0262"],
        since: "0.1.0",
        needs: [kinds::ROLE],
        check: Check::Object(BINDINGS, check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    let Some(binding) = binding(object, judge) else { return };
    if binds_cluster_wide(&binding, "system:public-info-viewer") || is_cluster_info(&binding, judge.world) {
        return;
    }
    for subject in &binding.subjects {
        let who = match (subject.kind, subject.name) {
            (SubjectKind::User, "system:anonymous") => "user",
            (SubjectKind::Group, "system:unauthenticated") => "group",
            _ => continue,
        };
        let (role, reach) = (binding.role.name, reach(&binding));
        let message =
            format!("{who} {:?}, which needs no credentials, has the role {role:?} {reach}", subject.name);
        judge
            .fail(subject.path.child("name"), message)
            .with_fix(Fix::manual("Remove the subject, and bind the role to those who need it"));
    }
}

/// kubeadm lets a node that joins read one ConfigMap with the address and the certificate of the cluster.
/// A role of that name which allows more is not kubeadm's.
fn is_cluster_info(binding: &Binding<'_>, world: &World) -> bool {
    let role = binding.role;
    let namespace = binding.object.namespace();
    let named =
        !role.cluster && namespace == "kube-public" && role.name == "kubeadm:bootstrap-signer-clusterinfo";
    let narrow = |rule: &PolicyRule<'_>| {
        rule.texts("verbs").all(|verb| verb == "get")
            && rule.texts("resources").all(|resource| resource == "configmaps")
            && rule.is_named()
            && rule.texts("resourceNames").all(|name| name == "cluster-info")
    };
    named
        && world
            .get(kinds::ROLE, namespace, role.name)
            .is_none_or(|role| PolicyRule::own(role).iter().all(narrow))
}
