//! What an installation is made of, and the frame that all of its objects have.

use serde_json::{Value, json};

/// Who makes the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Tls {
    /// The controller, which keeps it in the Secret ironhull-tls.
    Own,
    /// cert-manager.
    CertManager,
}

/// What is rendered.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(super) namespace: String,
    pub(super) image: String,
    /// A number, or the place of one in a template.
    pub(super) replicas: Value,
    pub(super) mode: String,
    pub(super) pod_security: bool,
    pub(super) tls: Tls,
    /// CPU and memory of both roles, or their places in a template.
    pub(super) resources: [Value; 2],
}

impl Settings {
    /// CPU and memory of admission and controller. No limit of CPU: who answers late is as bad as who does not answer.
    pub(super) fn usual_resources() -> [Value; 2] {
        let of = |cpu: &str, memory: &str, most: &str| json!({ "requests": { "cpu": cpu, "memory": memory }, "limits": { "memory": most } });
        [of("100m", "128Mi", "512Mi"), of("50m", "64Mi", "256Mi")]
    }

    /// An object of our namespace, `ironhull-ROLE`.
    pub(super) fn namespaced(&self, version: &str, kind: &str, role: &str, rest: Value) -> Value {
        let mut object = object(version, kind, role, rest);
        object["metadata"]["namespace"] = json!(self.namespace);
        object
    }
}

/// An object of the cluster, `ironhull-ROLE`.
pub(super) fn object(version: &str, kind: &str, role: &str, rest: Value) -> Value {
    let mut object = json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": { "name": format!("ironhull-{role}"), "labels": labels(role) },
    });
    if let (Some(object), Value::Object(rest)) = (object.as_object_mut(), rest) {
        object.extend(rest);
    }
    object
}

/// The labels of everything of a role.
pub(super) fn labels(role: &str) -> Value {
    json!({
        "app.kubernetes.io/name": "ironhull",
        "app.kubernetes.io/component": role,
        "app.kubernetes.io/managed-by": "ironhull",
    })
}

/// What the pods of a role are known by. Never changed: the selector of a Deployment cannot be.
pub(super) fn selector(role: &str) -> Value {
    json!({ "app.kubernetes.io/name": "ironhull", "app.kubernetes.io/component": role })
}
