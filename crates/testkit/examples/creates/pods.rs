//! Pods that keep all of the Pod Security Standards, and one that breaks them.

use serde_json::{Value, json};

pub(crate) const NAMESPACE: &str = "creates";
pub(crate) const PATH: &str = "/api/v1/namespaces/creates/pods";

/// About as large as the Pods that people have: two containers with probes, 3 KB.
pub(crate) fn good(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/name": "shop", "app.kubernetes.io/version": "1.24.3"},
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
        },
        "spec": {
            "automountServiceAccountToken": false,
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": 10_001, "fsGroup": 10_001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container("shop", 8080), container("proxy", 9090)],
            "volumes": [{"name": "tmp", "emptyDir": {}}],
        },
    })
}

fn container(name: &str, port: u16) -> Value {
    let probe = json!({"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10});
    json!({
        "name": name,
        "image": format!("registry.example/shop/{name}:1.24.3"),
        "imagePullPolicy": "IfNotPresent",
        "args": [format!("--port={port}"), "--log-format=json"],
        "env": [{"name": "DATABASE_HOST", "value": "postgres.shop.svc.cluster.local"}],
        "ports": [{"name": "http", "containerPort": port}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "livenessProbe": probe,
        "readinessProbe": probe,
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
        "securityContext": {
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "privileged": false,
            "capabilities": {"drop": ["ALL"]},
        },
    })
}

/// Breaks most of the policies at once.
pub(crate) fn bad() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "bad", "namespace": NAMESPACE},
        "spec": {
            "hostNetwork": true,
            "hostPID": true,
            "containers": [{
                "name": "a",
                "image": "registry.example/a:1",
                "ports": [{"containerPort": 80, "hostPort": 80}],
                "securityContext": {"privileged": true, "runAsUser": 0, "capabilities": {"add": ["NET_ADMIN"]}},
            }],
            "volumes": [{"name": "host", "hostPath": {"path": "/"}}],
        },
    })
}
