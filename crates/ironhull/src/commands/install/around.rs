//! What is around the Deployments: the namespace, the Service, what may connect, and how many may be missing.

use serde_json::{Value, json};

use super::settings::{Settings, Tls, labels, selector};

/// Our namespace, which enforces on us what we enforce on others.
pub(super) fn namespace(settings: &Settings) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": settings.namespace, "labels": {
            "app.kubernetes.io/name": "ironhull",
            "app.kubernetes.io/managed-by": "ironhull",
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
            "pod-security.kubernetes.io/audit": "restricted",
        } },
    })
}

/// Everything of the namespace but accounts, rights and Deployments.
pub(super) fn objects(settings: &Settings) -> Vec<Value> {
    let mut objects = vec![service(settings), disruption(settings)];
    objects.extend(["admission", "controller"].map(|role| traffic(settings, role)));
    objects.push(quota(settings));
    if settings.tls == Tls::CertManager {
        objects.extend(certificate(settings));
    }
    objects
}

fn service(settings: &Settings) -> Value {
    let mut service = settings.namespaced(
        "v1",
        "Service",
        "admission",
        json!({
            "spec": {
                "type": "ClusterIP",
                "selector": selector("admission"),
                "ports": [{ "name": "https", "port": 443, "targetPort": "https", "protocol": "TCP" }],
            },
        }),
    );
    service["metadata"]["name"] = json!("ironhull");
    service
}

fn disruption(settings: &Settings) -> Value {
    // Not a minimum: with one replica that would keep every node from being drained.
    settings.namespaced(
        "policy/v1",
        "PodDisruptionBudget",
        "admission",
        json!({
            "spec": {
                "maxUnavailable": 1,
                "selector": { "matchLabels": selector("admission") },
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
            },
        }),
    )
}

fn traffic(settings: &Settings, role: &str) -> Value {
    let port = |port: u16| json!({ "port": port, "protocol": "TCP" });
    // Whoever may look at metrics, by a label of its namespace.
    let metrics = json!({
        "from": [{ "namespaceSelector": { "matchLabels": { "ironhull.dev/metrics": "true" } } }],
        "ports": [port(8080)],
    });
    // API servers have no address that could be named here.
    let reviews = json!({ "ports": [port(9443)] });
    let ingress = if role == "admission" { json!([reviews, metrics]) } else { json!([metrics]) };
    settings.namespaced(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        role,
        json!({
            "spec": {
                "podSelector": { "matchLabels": selector(role) },
                "policyTypes": ["Ingress", "Egress"],
                "ingress": ingress,
                "egress": [
                    { "ports": [{ "port": 53, "protocol": "UDP" }, port(53)] },
                    // The API server, by its Service and by the ports that it usually has behind it.
                    { "ports": [port(443), port(6443), port(8443)] },
                ],
            },
        }),
    )
}

/// Some clouds allow pods of this priority only where a quota says so.
fn quota(settings: &Settings) -> Value {
    let mut quota = settings.namespaced(
        "v1",
        "ResourceQuota",
        "controller",
        json!({
            "spec": {
                "hard": { "pods": "100" },
                "scopeSelector": { "matchExpressions": [
                    { "scopeName": "PriorityClass", "operator": "In", "values": ["system-cluster-critical"] },
                ] },
            },
        }),
    );
    quota["metadata"]["name"] = json!("ironhull-critical-pods");
    quota
}

/// cert-manager makes an authority for us alone, and the certificate by it. Not one that signs itself: when that is
/// renewed nobody trusts it until the last pod has it.
fn certificate(settings: &Settings) -> Vec<Value> {
    let of = |kind: &str, name: &str, spec: Value| {
        let mut object =
            settings.namespaced("cert-manager.io/v1", kind, "admission", json!({ "spec": spec }));
        object["metadata"]["name"] = json!(name);
        object
    };
    let key = json!({ "algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always" });
    let own = json!({ "labels": labels("admission") });
    vec![
        of("Issuer", "ironhull-self-signed", json!({ "selfSigned": {} })),
        of(
            "Certificate",
            "ironhull-authority",
            json!({
                "isCA": true,
                "commonName": "ironhull-authority",
                "duration": "43800h",
                "secretName": "ironhull-authority",
                "secretTemplate": own,
                "privateKey": key,
                "issuerRef": { "kind": "Issuer", "name": "ironhull-self-signed" },
            }),
        ),
        of("Issuer", "ironhull-authority", json!({ "ca": { "secretName": "ironhull-authority" } })),
        of(
            "Certificate",
            "ironhull",
            json!({
                "secretName": "ironhull-tls",
                "secretTemplate": own,
                "dnsNames": [
                    format!("ironhull.{}.svc", settings.namespace),
                    format!("ironhull.{}.svc.cluster.local", settings.namespace),
                ],
                "usages": ["digital signature", "server auth"],
                "privateKey": key,
                "issuerRef": { "kind": "Issuer", "name": "ironhull-authority" },
            }),
        ),
    ]
}
