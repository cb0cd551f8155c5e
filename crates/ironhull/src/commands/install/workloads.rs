//! The Deployments.

use serde_json::{Value, json};

use super::settings::{Settings, Tls, labels, selector};

/// The user of the image; `deploy/Containerfile` says the same.
const USER: u32 = 65532;

/// Who answers reviews, and who keeps registration, status and certificate.
pub(super) fn objects(settings: &Settings) -> Vec<Value> {
    vec![admission(settings), controller(settings)]
}

fn admission(settings: &Settings) -> Value {
    let mut arguments = arguments(settings, "admission");
    arguments.extend(
        ["--address=0.0.0.0:9443", "--tls-dir=/tls", "--record=/record/decisions", "--drain-seconds=5"]
            .map(str::to_owned),
    );
    let mut container = container(settings, "admission", &arguments, &settings.resources[0]);
    container["ports"] =
        json!([{ "name": "https", "containerPort": 9443 }, { "name": "metrics", "containerPort": 8080 }]);
    container["volumeMounts"] = json!([
        { "name": "tls", "mountPath": "/tls", "readOnly": true },
        { "name": "record", "mountPath": "/record" },
    ]);
    let mut pod = pod("admission", &container);
    pod["volumes"] = json!([
        // Optional: the pods start before the certificate is made, and wait for it. The authority's key stays away.
        { "name": "tls", "secret": { "secretName": "ironhull-tls", "optional": true, "items": [
            { "key": "tls.crt", "path": "tls.crt" },
            { "key": "tls.key", "path": "tls.key" },
        ] } },
        { "name": "record", "emptyDir": { "sizeLimit": "256Mi" } },
    ]);
    let spread = |key: &str| {
        json!({
            "maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": { "matchLabels": selector("admission") },
        })
    };
    pod["topologySpreadConstraints"] =
        json!([spread("kubernetes.io/hostname"), spread("topology.kubernetes.io/zone")]);
    let strategy =
        json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } });
    deployment(settings, "admission", &settings.replicas, &strategy, &pod)
}

fn controller(settings: &Settings) -> Value {
    let mut arguments = arguments(settings, "controller");
    arguments.push(format!("--service={}/ironhull:443", settings.namespace));
    arguments.push("--record-size=0".to_owned());
    if settings.tls == Tls::CertManager {
        arguments.push("--ca-from-registration".to_owned());
        arguments.push(format!(
            "--registration-annotation=cert-manager.io/inject-ca-from={}/ironhull",
            settings.namespace
        ));
    }
    let mut container = container(settings, "controller", &arguments, &settings.resources[1]);
    container["ports"] = json!([{ "name": "metrics", "containerPort": 8080 }]);
    let pod = pod("controller", &container);
    // One at a time. Two would do no harm, as each writes only what it read, but would write in turns during an
    // upgrade.
    deployment(settings, "controller", &json!(1), &json!({ "type": "Recreate" }), &pod)
}

fn arguments(settings: &Settings, role: &str) -> Vec<String> {
    let mut arguments = vec![
        "serve".to_owned(),
        format!("--role={role}"),
        format!("--namespace={}", settings.namespace),
        format!("--mode={}", settings.mode),
        "--probe-address=0.0.0.0:8080".to_owned(),
    ];
    if settings.pod_security {
        arguments.push("--pod-security".to_owned());
    }
    arguments
}

fn container(settings: &Settings, role: &str, arguments: &[String], resources: &Value) -> Value {
    let probe = |path: &str, period: u32, failures: u32| {
        json!({
            "httpGet": { "path": path, "port": "metrics" },
            "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": 3,
        })
    };
    json!({
        "name": role,
        "image": settings.image,
        "args": arguments,
        "resources": resources,
        "startupProbe": probe("/livez", 1, 60),
        "livenessProbe": probe("/livez", 10, 3),
        "readinessProbe": probe("/readyz", 2, 2),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] },
            "privileged": false,
            "readOnlyRootFilesystem": true,
            "runAsNonRoot": true,
            "runAsUser": USER,
            "runAsGroup": USER,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
    })
}

fn pod(role: &str, container: &Value) -> Value {
    json!({
        "serviceAccountName": format!("ironhull-{role}"),
        "priorityClassName": "system-cluster-critical",
        "enableServiceLinks": false,
        "terminationGracePeriodSeconds": 30,
        "securityContext": {
            "fsGroup": USER,
            "runAsNonRoot": true,
            "runAsUser": USER,
            "runAsGroup": USER,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "containers": [container],
    })
}

fn deployment(settings: &Settings, role: &str, replicas: &Value, strategy: &Value, pod: &Value) -> Value {
    settings.namespaced(
        "apps/v1",
        "Deployment",
        role,
        json!({
            "spec": {
                "replicas": replicas,
                "revisionHistoryLimit": 3,
                "selector": { "matchLabels": selector(role) },
                "strategy": strategy,
                "template": { "metadata": { "labels": labels(role) }, "spec": pod },
            },
        }),
    )
}
