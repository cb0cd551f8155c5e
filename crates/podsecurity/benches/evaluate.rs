//! Evaluations per second on one core. Run with `cargo bench -p ironhull-podsecurity`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ironhull_podsecurity::{LevelVersion, PodRef, evaluate};
use ironhull_value::Value;

/// Allowed at restricted:latest, with what a real one-container pod has.
const ALLOWED: &str = r#"{
  "apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"},
               "annotations": {"prometheus.io/scrape": "true", "checksum/config": "8f14e45fceea167a"}},
  "spec": {
    "serviceAccountName": "web", "automountServiceAccountToken": false, "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst", "nodeSelector": {"kubernetes.io/os": "linux"},
    "securityContext": {"runAsNonRoot": true, "runAsUser": 1000, "fsGroup": 1000,
                        "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [{
      "name": "web", "image": "registry.example/web:1.2.3", "imagePullPolicy": "IfNotPresent",
      "args": ["--port=8080"], "env": [{"name": "MODE", "value": "prod"}],
      "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
      "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
      "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10},
      "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
      "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
      "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                          "capabilities": {"drop": ["ALL"]}}}],
    "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "config", "configMap": {"name": "web"}}]}}"#;

/// The same application as it is often written.
const REFUSED: &str = r#"{
  "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
  "spec": {
    "hostNetwork": true,
    "containers": [{"name": "web", "image": "web", "securityContext": {"privileged": true}}],
    "volumes": [{"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}}]}}"#;

fn main() {
    for (name, json, level) in [
        ("allowed pod", ALLOWED, "restricted:latest"),
        ("allowed pod", ALLOWED, "baseline:latest"),
        ("allowed pod", ALLOWED, "restricted:v1.18"),
        ("refused pod", REFUSED, "restricted:latest"),
        ("refused pod", REFUSED, "baseline:latest"),
    ] {
        let pod: Value = serde_json::from_str(json).expect("the pod is JSON");
        let level: LevelVersion = level.parse().expect("the level is one");
        let rate = best_rate(&pod, level, name == "allowed pod");
        println!("{name:<12} {level:<18} {rate:>12.0} evaluations/s");
    }
}

/// The best of five runs: the others were disturbed.
fn best_rate(pod: &Value, level: LevelVersion, is_allowed: bool) -> f64 {
    let mut best: f64 = 0.0;
    for _ in 0..5 {
        let start = Instant::now();
        let mut count = 0_u32;
        while start.elapsed() < Duration::from_millis(400) {
            for _ in 0..1000 {
                let pod = PodRef::of(black_box(pod)).expect("an object");
                let decision = evaluate(black_box(level), pod).expect("well typed");
                assert_eq!(decision.is_allowed(), is_allowed);
            }
            count += 1000;
        }
        best = best.max(f64::from(count) / start.elapsed().as_secs_f64());
    }
    best
}
