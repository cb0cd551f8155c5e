//! One changed object in a world of ten thousand: a new snapshot and everything that the change can reach.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_posture::{ALL, evaluate, reevaluate};
use ironhull_testkit::world_of;
use ironhull_world::{Delta, Object, kinds};

const NAMESPACES: usize = 100;
const WORKLOADS: usize = 50;

fn main() {
    let world = world_of("bench", &text());
    let rules = ALL.to_vec();
    let started = Instant::now();
    let mut evaluation = evaluate(&world, &rules);
    let whole = started.elapsed();
    println!(
        "objects {}, findings {}, whole evaluation {whole:.2?}",
        world.len(),
        evaluation.findings().count()
    );
    for (name, kind) in [
        ("Deployment", kinds::DEPLOYMENT),
        ("NetworkPolicy", kinds::NETWORK_POLICY),
        ("ServiceAccount", kinds::SERVICE_ACCOUNT),
        ("ClusterRoleBinding", kinds::CLUSTER_ROLE_BINDING),
    ] {
        let objects: Vec<Arc<Object>> = world.of_kind(kind).cloned().collect();
        let mut times: Vec<Duration> = Vec::new();
        for object in objects.iter().take(200) {
            let started = Instant::now();
            let next = world.apply([Delta::Upsert(object.clone())]);
            reevaluate(&mut evaluation, &next, &rules, std::slice::from_ref(&object.key));
            times.push(started.elapsed());
        }
        times.sort();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        println!("change of one {name}: median {:.2?}, 99 % {:.2?}, n {}", at(50), at(99), times.len());
    }
}

fn text() -> String {
    let mut text = String::new();
    for n in 0..NAMESPACES {
        let _ = writeln!(text, "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: n{n}}}");
        let _ = writeln!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: n{n}}}\nspec: {{podSelector: {{matchLabels: {{app: a1}}}}}}"
        );
        let _ = writeln!(
            text,
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b{n}}}\nroleRef: {{kind: ClusterRole, name: edit}}\nsubjects: [{{kind: ServiceAccount, name: s1, namespace: n{n}}}]"
        );
        for w in 0..WORKLOADS {
            let _ = writeln!(
                text,
                "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a{w}, namespace: n{n}}}\nspec:\n  template:\n    metadata: {{labels: {{app: a{w}}}}}\n    spec:\n      serviceAccountName: s{w}\n      containers:\n      - {{name: c, image: 'example.com/a:1.{w}', securityContext: {{runAsNonRoot: true}}, resources: {{limits: {{memory: 1Gi}}}}}}"
            );
            let _ = writeln!(
                text,
                "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: s{w}, namespace: n{n}}}"
            );
        }
    }
    text
}
