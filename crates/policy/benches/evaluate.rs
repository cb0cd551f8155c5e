//! Policies over pods on one core. Run with `cargo bench -p ironhull-policy`; without the upstream policies
//! beside the checkout it says so.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_manifest::{Limits, read};
use ironhull_policy::kyverno::context::Nothing;
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::model::Policy;
use ironhull_policy::kyverno::request::Request;
use ironhull_policy::kyverno::set::Set;
use ironhull_value::{Interner, Value};
use ironhull_world::{Catalog, objects_of};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Kyverno's policies for the Pod Security Standards, but for one that is for older versions.
const POLICIES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/kyverno/policies/pod-security");

/// What a real pod has, about 4 KB of JSON.
const POD: &str = include_str!("pod.json");

fn main() {
    let policies = policies();
    if policies.is_empty() {
        println!("SKIPPED: {POLICIES} is not there");
        return;
    }
    let pod: Value = serde_json::from_str(POD).expect("the pod is JSON");
    println!("{} policies, a pod of {} bytes", policies.len(), POD.len());
    let refused = without(&pod);
    if let Some(wanted) = std::env::args().nth(1).filter(|wanted| wanted != "--bench") {
        // For a profiler: one policy, or `all`, many times.
        if wanted == "all" {
            let set = Set::new(policies);
            for _ in 0..20_000 {
                black_box(judge(&set, &pod));
            }
            return;
        }
        for policy in policies.iter().filter(|policy| policy.policy.name() == wanted) {
            for _ in 0..20_000 {
                black_box(policy.validate(&Request::create(&pod), &Nothing).rules.len());
            }
        }
        return;
    }
    for (name, pod) in [("allowed", &pod), ("refused", &refused)] {
        let set = Set::new(policies.clone());
        let all = best(|| judge(&set, pod));
        println!("{name}: all {:>8.2} us", all.as_secs_f64() * 1e6);
        for policy in &policies {
            let own = best(|| policy.validate(&Request::create(pod), &Nothing).rules.len());
            println!("  {:<40} {:>8.2} us", policy.policy.name(), own.as_secs_f64() * 1e6);
        }
    }
}

fn judge(set: &Set, pod: &Value) -> usize {
    let request = Request::create(pod);
    set.about(&request).map(|policy| policy.validate(&request, &Nothing).rules.len()).sum()
}

/// The pod without its security contexts.
fn without(pod: &Value) -> Value {
    let Value::Map(map) = pod else { return pod.clone() };
    let kept = map.iter().filter(|(key, _)| key.as_str() != "securityContext");
    let inner = |value: &Value| match value {
        Value::Array(items) => Value::Array(items.iter().map(without).collect()),
        other => without(other),
    };
    Value::Map(kept.map(|(key, value)| (key.clone(), inner(value))).collect())
}

fn policies() -> Vec<Arc<Compiled>> {
    let mut found = Vec::new();
    for level in ["baseline", "restricted"] {
        let Ok(folders) = fs::read_dir(Path::new(POLICIES).join(level)) else { continue };
        for folder in folders.flatten() {
            let Ok(files) = fs::read_dir(folder.path()) else { continue };
            for file in
                files.flatten().filter(|file| file.path().extension().is_some_and(|end| end == "yaml"))
            {
                let bytes = fs::read(file.path()).expect("a file can be read");
                let parsed = read("policy.yaml", &bytes, &Limits::default(), &mut Interner::new());
                for document in parsed.documents {
                    for object in
                        objects_of(&Arc::new(document), None, "default", &Catalog::default()).objects
                    {
                        let Some(policy) = Policy::read(&Arc::new(object)) else { continue };
                        found.extend(Compiled::new(&Arc::new(policy)).map(Arc::new));
                    }
                }
            }
        }
    }
    found
}

/// The best of five runs: the others were disturbed.
fn best(mut run: impl FnMut() -> usize) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed() < Duration::from_millis(100) {
            for _ in 0..20 {
                black_box(run());
            }
            count += 20;
        }
        best = best.min(start.elapsed() / count);
    }
    best
}
