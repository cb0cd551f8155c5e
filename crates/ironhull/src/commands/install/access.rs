//! What each role may do, and nothing else.
//!
//! Who answers reviews reads bytes of everybody, so it may read no Secret and write nothing but Events. Who writes the
//! registration reads no requests.

use serde_json::{Value, json};

use super::settings::{Settings, Tls, object};

/// Service accounts, roles and their bindings.
pub(super) fn objects(settings: &Settings) -> Vec<Value> {
    let mut objects = Vec::new();
    for role in ["admission", "controller"] {
        objects.push(settings.namespaced("v1", "ServiceAccount", role, json!({})));
    }
    let admission = [
        watched(),
        // `status` tells what holds while we are away.
        vec![rule(REGISTRATION, &EXPORTED, &["list"])],
        decided(settings),
        vec![
            // The API answers whoever may ask, and asks the API server who that is.
            rule("authentication.k8s.io", &["tokenreviews"], &["create"]),
            rule("authorization.k8s.io", &["subjectaccessreviews"], &["create"]),
        ],
    ];
    let controller = [watched(), registration()];
    cluster_role(settings, "admission", &admission.concat(), &mut objects);
    cluster_role(settings, "controller", &controller.concat(), &mut objects);
    let own = vec![rule("", &["configmaps"], &READ)];
    let mut kept = own.clone();
    kept.push(rule("discovery.k8s.io", &["endpointslices"], &["get", "list"]));
    if settings.tls == Tls::Own {
        kept.push(json!({
            "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["ironhull-tls"],
            "verbs": ["get", "create", "update", "patch"],
        }));
    }
    role(settings, "admission", &own, &mut objects);
    role(settings, "controller", &kept, &mut objects);
    accept(&mut objects);
    objects
}

/// What our own scan says about us, and why it has to be: for whoever scans the cluster.
fn accept(objects: &mut [Value]) {
    for object in objects {
        let is_controller = object["metadata"]["name"] == "ironhull-controller";
        let reason = match object["kind"].as_str() {
            Some("ClusterRole") if is_controller => (
                "allow.ironhull.dev/RB012",
                "it keeps our own registration, by its name, in step with policies",
            ),
            Some("Role") if is_controller && object["rules"].to_string().contains("secrets") => {
                ("allow.ironhull.dev/RB006", "it keeps our own certificate, by its name")
            }
            _ => continue,
        };
        object["metadata"]["annotations"] = json!({ reason.0: reason.1 });
    }
}

const READ: [&str; 3] = ["get", "list", "watch"];

/// Policies, exceptions, and what they are judged by.
fn watched() -> Vec<Value> {
    vec![
        rule("kyverno.io", &["clusterpolicies", "policies", "policyexceptions"], &READ),
        rule("ironhull.dev", &["exceptions"], &READ),
        rule("", &["namespaces"], &READ),
        // That a kind is new is seen by these.
        rule("apiextensions.k8s.io", &["customresourcedefinitions"], &READ),
        rule("rbac.authorization.k8s.io", &["clusterrolebindings", "rolebindings"], &READ),
        // Another engine is known by its webhooks.
        rule(REGISTRATION, &CONFIGURATIONS, &["list"]),
        rule("events.k8s.io", &["events"], &["create"]),
    ]
}

/// Pods are looked at when somebody asks for a stricter level for their namespace, to warn of them.
fn decided(settings: &Settings) -> Vec<Value> {
    if settings.pod_security { vec![rule("", &["pods"], &["list"])] } else { Vec::new() }
}

const REGISTRATION: &str = "admissionregistration.k8s.io";
const EXPORTED: [&str; 2] = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"];
const CONFIGURATIONS: [&str; 2] = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];

/// Our registration by its name, and the status of policies. What is applied may be created under its name alone.
fn registration() -> Vec<Value> {
    let mut own = rule(REGISTRATION, &CONFIGURATIONS, &["get", "create", "update", "patch"]);
    own["resourceNames"] = json!(["ironhull"]);
    vec![own, rule("kyverno.io", &["clusterpolicies/status", "policies/status"], &["patch"])]
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({ "apiGroups": [group], "resources": resources, "verbs": verbs })
}

fn cluster_role(settings: &Settings, role: &str, rules: &[Value], objects: &mut Vec<Value>) {
    objects.push(object(RBAC, "ClusterRole", role, json!({ "rules": rules })));
    let binding = bound(settings, "ClusterRole", role);
    objects.push(object(RBAC, "ClusterRoleBinding", role, binding));
}

fn role(settings: &Settings, role: &str, rules: &[Value], objects: &mut Vec<Value>) {
    objects.push(settings.namespaced(RBAC, "Role", role, json!({ "rules": rules })));
    let binding = bound(settings, "Role", role);
    objects.push(settings.namespaced(RBAC, "RoleBinding", role, binding));
}

const RBAC: &str = "rbac.authorization.k8s.io/v1";

fn bound(settings: &Settings, kind: &str, role: &str) -> Value {
    let name = format!("ironhull-{role}");
    json!({
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name },
        "subjects": [{ "kind": "ServiceAccount", "name": name, "namespace": settings.namespace }],
    })
}
