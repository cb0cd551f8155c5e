//! RB003

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::rbac::SubjectKind;
use ironhull_world::{Object, kinds};

use super::shared::{binding, binds_cluster_wide, reach};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds RoleBindings and ClusterRoleBindings whose subject is the group `system:masters`, but for the
    /// ClusterRoleBinding `cluster-admin` that the API server makes; and the ConfigMap `aws-auth` of EKS
    /// where it puts somebody into that group.
    ///
    /// ## Why it matters
    /// The API server allows members of this group everything before it asks any authorizer. No role limits
    /// them and no binding can be taken away from them; a client certificate of the group is good until it
    /// expires. High: it is the most that one credential can be, but the credential has to be lost first.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: admins}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:masters"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: admins}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "example:operators"}
    /// ```
    ///
    /// ## How to fix
    /// Give people a group of their own and bind that to the roles they need. Keep `system:masters` for a
    /// break-glass credential that is locked away.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege>
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles>
    /// - <https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html>
    pub static SYSTEM_MASTERS_BINDING = {
        id: "RB003",
        name: "system-masters-binding",
        title: "The group system:masters is used",
        severity: High,
        controls: [Cis "5.1.7", Nsa "role-based-access-control", Attack "T1078"],
        aliases: [Trivy "KSV-0123", Kubescape "C-0246"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::ROLE_BINDING, kinds::CLUSTER_ROLE_BINDING, kinds::CONFIG_MAP], check),
    };
}

const GROUP: &str = "system:masters";
const REMEDY: &str = "Use a group of your own, bound to the role that is needed";

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    if object.key.is(kinds::CONFIG_MAP) {
        return check_aws_auth(object, judge);
    }
    let Some(binding) = binding(object, judge) else { return };
    if object.name() == "cluster-admin" && binds_cluster_wide(&binding, "cluster-admin") {
        return;
    }
    let bound = |kind, name| kind == SubjectKind::Group && name == GROUP;
    for subject in binding.subjects.iter().filter(|subject| bound(subject.kind, subject.name)) {
        let message = format!("group {GROUP:?} is bound to {:?} {}", binding.role.name, reach(&binding));
        judge.fail(subject.path.child("name"), message).with_fix(Fix::manual(REMEDY));
    }
}

/// EKS maps roles and users of the cloud to groups by this ConfigMap.
fn check_aws_auth(object: &Arc<Object>, judge: &mut Judge<'_>) {
    if object.name() != "aws-auth" || !matches!(object.namespace(), "" | "kube-system") {
        return judge.skip("of all ConfigMaps only aws-auth of EKS puts anyone into a group");
    }
    for field in ["mapRoles", "mapUsers"] {
        let text = object.value.dig_str(&["data", field]).unwrap_or_default();
        if text.lines().any(names_group) {
            let path = Path::root().keys(&["data", field]);
            let message = format!("{field} of the ConfigMap puts somebody into group {GROUP:?}");
            judge.fail(path, message).with_fix(Fix::manual(REMEDY));
        }
    }
}

/// Whether a line of YAML names the group outside of a comment, in a list of either style.
fn names_group(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default().trim();
    !line.starts_with('#')
        && line
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '"' | '\''))
            .any(|word| word == GROUP)
}
