//! Pod specs with good and bad settings in the proportions that repositories have.

use super::{rng::Rng, workload::App};
use serde_json::{Map, Value, json};

/// The spec of a pod of this application.
pub(crate) fn spec(rng: &mut Rng, app: &App) -> Value {
    // A team either hardens its pods or does not, so settings come together and not each by chance.
    let hardened = rng.chance(45);
    let mut spec = json!({"containers": containers(rng, app, hardened)});
    if app.own_account {
        spec["serviceAccountName"] = app.name.clone().into();
    }
    if hardened || rng.chance(15) {
        spec["automountServiceAccountToken"] = rng.chance(10).into();
    }
    if hardened {
        spec["securityContext"] = pod_security_context(rng);
    } else {
        loosen(rng, &mut spec);
    }
    if rng.chance(25) {
        spec["initContainers"] = json!([container(rng, app, "migrate", hardened)]);
    }
    add_placement(rng, app, &mut spec);
    add_volumes(rng, app, &mut spec);
    spec
}

/// Turns a spec into that of an agent that looks at its node.
pub(crate) fn make_node_agent(rng: &mut Rng, spec: &mut Value) {
    spec["hostNetwork"] = true.into();
    spec["hostPID"] = rng.chance(40).into();
    spec["tolerations"] = json!([{"operator": "Exists"}]);
    let path =
        rng.pick(&["/proc", "/sys", "/var/log", "/var/run/docker.sock", "/", "/etc", "/var/lib/kubelet"]);
    spec["volumes"] = json!([{"name": "node", "hostPath": {"path": path}}]);
    spec["containers"][0]["volumeMounts"] =
        json!([{"name": "node", "mountPath": "/host", "readOnly": rng.chance(70)}]);
    if rng.chance(50) {
        spec["containers"][0]["securityContext"] = json!({"privileged": true});
    }
}

/// Settings that share the node, in few of the pods that nobody hardened.
fn loosen(rng: &mut Rng, spec: &mut Value) {
    for (name, percent) in [("hostNetwork", 5), ("hostPID", 4), ("hostIPC", 4)] {
        if rng.chance(percent) {
            spec[name] = rng.chance(80).into();
        }
    }
    if rng.chance(8) {
        spec["securityContext"] = json!({"runAsUser": 0});
    }
    if rng.chance(3) {
        spec["securityContext"] = json!({"sysctls": [{"name": rng.pick(&["kernel.msgmax", "net.core.somaxconn", "net.ipv4.tcp_syncookies"]), "value": "1"}]});
    }
}

fn pod_security_context(rng: &mut Rng) -> Value {
    let mut context = json!({
        "runAsNonRoot": true,
        "runAsUser": rng.pick(&[1000, 10_001, 65_532]),
        "fsGroup": 65_532,
    });
    if rng.chance(85) {
        context["seccompProfile"] = json!({"type": "RuntimeDefault"});
    }
    context
}

fn containers(rng: &mut Rng, app: &App, hardened: bool) -> Vec<Value> {
    let mut containers = vec![container(rng, app, "app", hardened)];
    if rng.chance(30) {
        containers.push(container(
            rng,
            app,
            rng.clone().pick(&["proxy", "metrics", "log-shipper"]),
            hardened,
        ));
    }
    containers
}

fn container(rng: &mut Rng, app: &App, name: &str, hardened: bool) -> Value {
    let mut container = json!({"name": name, "image": image(rng, app)});
    if name == "app" {
        container["ports"] = json!([{"name": "http", "containerPort": app.port}]);
        if rng.chance(6) {
            container["ports"][0]["hostPort"] = (30_000 + rng.below(2000)).into();
        }
        add_probes(rng, app, &mut container);
    }
    if rng.chance(55) {
        container["imagePullPolicy"] = rng.pick(&["Always", "IfNotPresent"]).into();
    }
    add_environment(rng, app, &mut container);
    if rng.chance(75) {
        container["resources"] = resources(rng);
    }
    if hardened {
        container["securityContext"] = json!({
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": rng.chance(85),
            "capabilities": {"drop": ["ALL"]},
        });
    } else if rng.chance(30) {
        container["securityContext"] = loose_context(rng);
    }
    container
}

fn loose_context(rng: &mut Rng) -> Value {
    let mut context = Map::new();
    if rng.chance(20) {
        context.insert("privileged".into(), rng.chance(60).into());
    }
    if rng.chance(30) {
        context.insert("allowPrivilegeEscalation".into(), rng.chance(50).into());
    }
    if rng.chance(25) {
        let add = rng.pick(&["NET_ADMIN", "SYS_ADMIN", "NET_BIND_SERVICE", "SYS_PTRACE", "SYS_MODULE"]);
        context.insert("capabilities".into(), json!({"add": [add]}));
    }
    if rng.chance(25) {
        context.insert("runAsUser".into(), rng.pick(&[0, 1000, 999]).into());
    }
    if rng.chance(20) {
        context.insert("runAsNonRoot".into(), rng.chance(50).into());
    }
    if rng.chance(15) {
        let kind = rng.pick(&["Unconfined", "RuntimeDefault"]);
        context.insert("seccompProfile".into(), json!({"type": kind}));
    }
    if rng.chance(4) {
        context.insert("procMount".into(), "Unmasked".into());
    }
    Value::Object(context)
}

fn image(rng: &mut Rng, app: &App) -> String {
    let registry =
        rng.pick(&["registry.example.com/", "registry.example.com/mirror/", "", "ghcr.io/example/"]);
    let name = format!("{registry}{}/{}", app.team, app.name);
    match rng.below(100) {
        0..10 => name,
        10..22 => format!("{name}:latest"),
        22..45 => format!("{name}:1.{}.0@sha256:{}", rng.below(40), rng.hex(64)),
        _ => format!("{name}:v{}.{}.{}", rng.below(9), rng.below(30), rng.below(10)),
    }
}

fn resources(rng: &mut Rng) -> Value {
    let cpu = rng.pick(&["50m", "100m", "250m", "1"]);
    let memory = rng.pick(&["64Mi", "128Mi", "512Mi", "2Gi"]);
    match rng.below(10) {
        0..6 => json!({"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": "2", "memory": "4Gi"}}),
        6..8 => json!({"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": "4Gi"}}),
        _ => json!({"requests": {"cpu": cpu}}),
    }
}

fn add_probes(rng: &mut Rng, app: &App, container: &mut Value) {
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": app.port}, "periodSeconds": 10});
    if rng.chance(65) {
        container["readinessProbe"] = probe("/ready");
    }
    if rng.chance(55) {
        container["livenessProbe"] = probe("/healthz");
    }
}

fn add_environment(rng: &mut Rng, app: &App, container: &mut Value) {
    let mut list = Vec::new();
    for number in 0..rng.below(7) {
        let name =
            format!("{}_{number}", rng.pick(&["LOG_LEVEL", "DATABASE_HOST", "REGION", "FEATURE", "TIMEOUT"]));
        list.push(
            json!({"name": name, "value": rng.pick(&["info", "true", "30", "eu-west-1", "db.internal"])}),
        );
    }
    if rng.chance(35) {
        let reference = json!({"secretKeyRef": {"name": format!("{}-secret", app.name), "key": "password"}});
        list.push(json!({"name": "DATABASE_PASSWORD", "valueFrom": reference}));
    }
    if rng.chance(4) {
        list.push(json!({"name": "API_TOKEN", "value": rng.hex(32)}));
    }
    if !list.is_empty() {
        container["env"] = list.into();
    }
    if rng.chance(30) {
        container["envFrom"] = json!([{"configMapRef": {"name": format!("{}-config", app.name)}}]);
    }
}

fn add_placement(rng: &mut Rng, app: &App, spec: &mut Value) {
    if rng.chance(30) {
        let term = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": app.selector()}});
        spec["affinity"] = json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution":
            [{"weight": 100, "podAffinityTerm": term}]}});
    }
    if rng.chance(20) {
        spec["nodeSelector"] = json!({"kubernetes.io/os": "linux"});
    }
    if rng.chance(25) {
        spec["priorityClassName"] = "production".into();
    }
    if rng.chance(20) {
        spec["terminationGracePeriodSeconds"] = 60.into();
    }
}

fn add_volumes(rng: &mut Rng, app: &App, spec: &mut Value) {
    let mut volumes = Vec::new();
    let mut mounts = Vec::new();
    if rng.chance(50) {
        volumes.push(json!({"name": "tmp", "emptyDir": {}}));
        mounts.push(json!({"name": "tmp", "mountPath": "/tmp"}));
    }
    if rng.chance(40) {
        volumes.push(json!({"name": "config", "configMap": {"name": format!("{}-config", app.name)}}));
        mounts.push(json!({"name": "config", "mountPath": "/etc/app", "readOnly": true}));
    }
    if rng.chance(4) {
        let path = rng.pick(&["/var/run/docker.sock", "/etc", "/data", "/var/log"]);
        volumes.push(json!({"name": "host", "hostPath": {"path": path}}));
        mounts.push(json!({"name": "host", "mountPath": "/host"}));
    }
    if !volumes.is_empty() {
        spec["volumes"] = volumes.into();
        spec["containers"][0]["volumeMounts"] = mounts.into();
    }
}
