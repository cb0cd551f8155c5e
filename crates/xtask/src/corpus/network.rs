//! Services, Ingresses, NetworkPolicies, budgets and autoscalers of an application.

use super::{rng::Rng, workload::App};
use serde_json::{Value, json};

pub(crate) fn service(rng: &mut Rng, app: &App) -> Value {
    let mut spec = json!({
        "selector": app.selector(),
        "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
    });
    match rng.below(100) {
        0..6 => spec["type"] = "NodePort".into(),
        6..12 => spec["type"] = "LoadBalancer".into(),
        12..14 => spec["externalIPs"] = json!(["203.0.113.10"]),
        _ => {}
    }
    json!({"apiVersion": "v1", "kind": "Service", "metadata": app.metadata(), "spec": spec})
}

pub(crate) fn ingress(rng: &mut Rng, app: &App) -> Value {
    let host = format!("{}.{}.example.com", app.name, app.namespace);
    let mut metadata = app.metadata();
    if rng.chance(10) {
        metadata["annotations"] =
            json!({"nginx.ingress.kubernetes.io/configuration-snippet": "more_set_headers \"X-A: b\";"});
    }
    let backend = json!({"service": {"name": app.name, "port": {"name": "http"}}});
    let mut spec = json!({
        "ingressClassName": "nginx",
        "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
    });
    if rng.chance(70) {
        spec["tls"] = json!([{"hosts": [host], "secretName": format!("{}-tls", app.name)}]);
    }
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec})
}

/// Lets the application be reached from its namespace, or from everywhere.
pub(crate) fn policy(rng: &mut Rng, app: &App) -> Value {
    let from = if rng.chance(80) { json!([{"podSelector": {}}]) } else { json!([{"namespaceSelector": {}}]) };
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": app.metadata_of("ingress"),
        "spec": {
            "podSelector": {"matchLabels": app.selector()},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": from, "ports": [{"protocol": "TCP", "port": app.port}]}],
        },
    })
}

pub(crate) fn default_deny(namespace: &str) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    })
}

pub(crate) fn disruption_budget(rng: &mut Rng, app: &App) -> Value {
    json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": app.metadata(),
        "spec": {"minAvailable": rng.pick(&[1, 2]), "selector": {"matchLabels": app.selector()}},
    })
}

pub(crate) fn autoscaler(rng: &mut Rng, app: &App) -> Value {
    let target = json!({"type": "Utilization", "averageUtilization": rng.pick(&[60, 75, 80])});
    json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": app.metadata(),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": app.name},
            "minReplicas": rng.pick(&[1, 2]),
            "maxReplicas": 10,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    })
}
