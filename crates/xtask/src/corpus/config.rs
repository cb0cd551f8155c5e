//! Namespaces, limits, ConfigMaps (small and large), Secrets and custom resource definitions.

use super::{rng::Rng, workload::App};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

pub(crate) fn namespace(rng: &mut Rng, name: &str) -> Value {
    let mut labels = Map::new();
    labels.insert("kubernetes.io/metadata.name".into(), name.into());
    if rng.chance(60) {
        let level = rng.pick(&["baseline", "restricted", "privileged"]);
        labels.insert("pod-security.kubernetes.io/enforce".into(), level.into());
    }
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

pub(crate) fn quota(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "default", "namespace": namespace},
        "spec": {"hard": {"requests.cpu": "40", "requests.memory": "128Gi", "pods": "200"}},
    })
}

pub(crate) fn limit_range(namespace: &str) -> Value {
    let limit =
        json!({"type": "Container", "default": {"memory": "512Mi"}, "defaultRequest": {"cpu": "50m"}});
    json!({
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "default", "namespace": namespace},
        "spec": {"limits": [limit]},
    })
}

pub(crate) fn config_map(rng: &mut Rng, app: &App) -> Value {
    let mut data = Map::new();
    for number in 0..3 + rng.below(8) {
        let value = rng.pick(&["true", "30s", "https://api.example.com/v1", "eu-west-1", "0644"]);
        data.insert(format!("SETTING_{number}"), value.into());
    }
    let mut file = String::from("server:\n");
    for number in 0..20 + rng.below(60) {
        let _ = writeln!(file, "  option_{number}: {}", rng.pick(&["enabled", "1024", "\"text\"", "[a, b]"]));
    }
    data.insert("application.yaml".into(), file.into());
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": app.metadata_of("config"), "data": data})
}

/// A dashboard as monitoring teams keep it: tens of kilobytes of JSON in one value.
pub(crate) fn dashboard(rng: &mut Rng, namespace: &str, number: usize) -> Value {
    let panel = |rng: &mut Rng, id: usize| {
        json!({
            "id": id,
            "type": rng.pick(&["timeseries", "stat", "table"]),
            "title": format!("Panel {id}"),
            "gridPos": {"h": 8, "w": 12, "x": 0, "y": id * 8},
            "fieldConfig": {"defaults": {"unit": "short", "thresholds": {"mode": "absolute",
                "steps": [{"color": "green", "value": null}, {"color": "red", "value": rng.below(1000)}]}}},
            "targets": [{"refId": "A", "legendFormat": "{{pod}}",
                "expr": format!("sum(rate(http_requests_total{{job=\"job-{}\"}}[5m])) by (pod)", rng.below(99))}],
        })
    };
    let panels: Vec<Value> = (0..52 + rng.below(60)).map(|id| panel(rng, id)).collect();
    let dashboard = json!({"title": format!("Dashboard {number}"), "schemaVersion": 39, "panels": panels});
    let text = serde_json::to_string_pretty(&dashboard).unwrap_or_default() + "\n";
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": format!("dashboard-{number}"), "namespace": namespace,
            "labels": {"grafana_dashboard": "1"}},
        "data": {format!("dashboard-{number}.json"): text},
    })
}

pub(crate) fn secret(rng: &mut Rng, app: &App) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": app.metadata_of("secret"),
        "type": "Opaque",
        // "changeme" and a made-up token, in base64.
        "data": {"password": "Y2hhbmdlbWU=", "token": format!("{}AA==", rng.hex(40))},
    })
}

/// A custom resource definition with a long schema.
pub(crate) fn definition(rng: &mut Rng, number: usize) -> Value {
    let plural = format!("widgets{number}");
    let spec = schema(rng, 4);
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.example.com")},
        "spec": {
            "group": "example.com",
            "scope": rng.pick(&["Namespaced", "Cluster"]),
            "names": {"plural": plural, "singular": format!("widget{number}"), "kind": format!("Widget{number}")},
            "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}}],
        },
    })
}

fn schema(rng: &mut Rng, depth: usize) -> Value {
    const TEXT: &str = "Chooses how the controller treats this part of the object when it is reconciled. \
                        When it is unset, the controller picks what suits the cluster.";
    match if depth == 0 { rng.below(3) } else { rng.below(5) } {
        0 => json!({"type": "string", "description": TEXT, "maxLength": 253}),
        1 => json!({"type": "integer", "description": TEXT, "format": "int32", "minimum": 0}),
        2 => json!({"type": "boolean", "description": TEXT, "default": false}),
        3 if depth < 4 => json!({"type": "array", "description": TEXT, "items": schema(rng, depth - 1)}),
        _ => {
            let properties: Map<String, Value> = (0..5 + rng.below(3))
                .map(|number| (format!("field{number}"), schema(rng, depth - 1)))
                .collect();
            json!({"type": "object", "description": TEXT, "properties": properties})
        }
    }
}
