//! Evaluations per second on one core. Run with `cargo bench -p ironhull-jmespath`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ironhull_jmespath::{Dialect, Env, Expression};
use ironhull_value::Value;

const REQUEST: &str = r#"{
  "request": {
    "operation": "CREATE", "namespace": "shop", "userInfo": {"username": "jane", "groups": ["dev", "ops"]},
    "object": {
      "apiVersion": "v1", "kind": "Pod",
      "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web", "tier": "front"},
                   "annotations": {"a/b": "1", "c/d": "2"}},
      "spec": {
        "containers": [
          {"name": "web", "image": "registry.example/web:1.2.3", "ports": [{"containerPort": 8080}],
           "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}},
          {"name": "log", "image": "registry.example/log", "resources": {"requests": {"cpu": "10m"}}}],
        "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "host", "hostPath": {"path": "/x"}}]}}}}"#;

/// As policies write them.
const EXPRESSIONS: &[&str] = &[
    "request.object.metadata.name",
    "request.object.metadata.labels.missing || ''",
    "request.object.spec.containers[].image",
    "request.object.spec.volumes[?hostPath].name | length(@)",
    "request.object.spec.containers[?!contains(image, ':')] | [0].name",
    "keys(request.object.metadata.annotations) | [?starts_with(@, 'a/')]",
    "request.object.spec.containers[].resources.requests.cpu | sum(@)",
    "regex_match('^registry\\.example/', request.object.spec.containers[0].image)",
    "image_normalize(request.object.spec.containers[1].image)",
    "time_diff('2023-01-01T00:00:00Z', '2023-06-30T12:00:00Z')",
];

fn main() {
    let input: Value = serde_json::from_str(REQUEST).expect("the request is JSON");
    for text in EXPRESSIONS {
        let expression = Expression::parse(text, Dialect::Kyverno).expect("it compiles");
        let search = best_rate(|| {
            let found = expression.search(black_box(&input), &mut Env::default());
            assert!(found.is_ok());
        });
        let parse = best_rate(|| assert!(Expression::parse(black_box(text), Dialect::Kyverno).is_ok()));
        println!("{search:>12.0} evaluations/s {parse:>10.0} compilations/s  {text}");
    }
}

/// The best of five runs: the others were disturbed.
fn best_rate(run: impl Fn()) -> f64 {
    let mut best: f64 = 0.0;
    for _ in 0..5 {
        let start = Instant::now();
        let mut count = 0_u32;
        while start.elapsed() < Duration::from_millis(100) {
            for _ in 0..100 {
                run();
            }
            count += 100;
        }
        best = best.max(f64::from(count) / start.elapsed().as_secs_f64());
    }
    best
}
