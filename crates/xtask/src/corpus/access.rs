//! ServiceAccounts, roles and bindings: most with narrow rights, some with wide ones.

use super::{rng::Rng, workload::App};
use serde_json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";
const API: &str = "rbac.authorization.k8s.io/v1";

pub(crate) fn service_account(rng: &mut Rng, app: &App) -> Value {
    let mut account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": app.metadata()});
    if rng.chance(50) {
        account["automountServiceAccountToken"] = false.into();
    }
    account
}

pub(crate) fn role(rng: &mut Rng, namespace: &str, name: &str) -> Value {
    let metadata = json!({"name": name, "namespace": namespace});
    json!({"apiVersion": API, "kind": "Role", "metadata": metadata, "rules": rules(rng)})
}

pub(crate) fn role_binding(namespace: &str, name: &str, account: &str) -> Value {
    json!({
        "apiVersion": API,
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
    })
}

pub(crate) fn cluster_role(rng: &mut Rng, name: &str) -> Value {
    json!({"apiVersion": API, "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules(rng)})
}

pub(crate) fn cluster_role_binding(rng: &mut Rng, name: &str, namespace: &str) -> Value {
    let role = if rng.chance(8) { "cluster-admin" } else { name };
    let subject = match rng.below(20) {
        0 => json!({"kind": "Group", "name": "system:authenticated", "apiGroup": GROUP}),
        1 => json!({"kind": "User", "name": "system:anonymous", "apiGroup": GROUP}),
        2 => json!({"kind": "ServiceAccount", "name": "default", "namespace": namespace}),
        3..8 => json!({"kind": "Group", "name": "example:operators", "apiGroup": GROUP}),
        _ => json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}),
    };
    json!({
        "apiVersion": API,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    })
}

fn rules(rng: &mut Rng) -> Vec<Value> {
    (0..=rng.below(4)).map(|_| rule(rng)).collect()
}

fn rule(rng: &mut Rng) -> Value {
    let read = json!(["get", "list", "watch"]);
    let write = json!(["create", "update", "patch", "delete"]);
    match rng.below(40) {
        0 => json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}),
        1 => json!({"apiGroups": [""], "resources": ["*"], "verbs": read}),
        2 => json!({"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"]}),
        3..6 => json!({"apiGroups": [""], "resources": ["secrets"], "verbs": read}),
        6 => json!({"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}),
        7 => json!({"apiGroups": [""], "resources": ["pods"], "verbs": write}),
        8 => json!({"apiGroups": [GROUP], "resources": ["clusterroles"], "verbs": ["bind", "escalate"]}),
        9 => json!({"apiGroups": [""], "resources": ["users", "groups"], "verbs": ["impersonate"]}),
        10 => json!({"apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["validatingwebhookconfigurations"], "verbs": write}),
        11 => json!({"apiGroups": [""], "resources": ["nodes/proxy"], "verbs": ["get", "create"]}),
        12 => json!({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}),
        13..24 => json!({"apiGroups": [""], "resources": ["configmaps", "services"], "verbs": read}),
        24..32 => json!({"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": read}),
        _ => {
            json!({"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update"]})
        }
    }
}
