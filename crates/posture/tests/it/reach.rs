//! What depends on more than one object: a listed cluster, and changes that matter far away.

use std::sync::Arc;

use ironhull_finding::Outcome;
use ironhull_posture::{Evaluation, Rule, evaluate, reevaluate, rule};
use ironhull_testkit::world_of;
use ironhull_world::{Carriers, Completeness, Delta, Object, ObjectRef, World};

fn outcome(evaluation: &Evaluation, id: &str, object: &str) -> &'static str {
    let result = evaluation.results().find(|result| result.object.key.to_string() == object).unwrap();
    let (_, outcome) = result.outcomes.iter().find(|(rule, _)| rule.meta.id == id).unwrap();
    Outcome::name(outcome)
}

fn rules(ids: &[&str]) -> Vec<&'static Rule> {
    ids.iter().map(|id| rule(id).unwrap()).collect()
}

/// The same objects as of a cluster that was listed, but for the kinds in `except`.
fn listed(files: &World, except: &[(&str, &str)]) -> World {
    let except = except.iter().map(|(group, kind)| ((*group).into(), (*kind).into())).collect();
    let world = World::new(Completeness::Listed { except }, Carriers::default());
    world.apply(files.objects().map(|object| Delta::Upsert(Arc::clone(object))))
}

const PODS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {app: a}}
spec: {containers: [{name: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: other}
spec: {containers: [{name: a}]}
";

#[test]
fn absence_counts_in_a_listed_cluster() {
    let files = world_of(
        "a.yaml",
        &format!(
            "{PODS}---\napiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: z}}\nspec: {{selector: {{app: z}}}}\n"
        ),
    );
    let all = rules(&["NW001", "NW008"]);
    let of_files = evaluate(&files, &all);
    assert_eq!(outcome(&of_files, "NW001", "Pod x/a"), "unknown");
    assert_eq!(outcome(&of_files, "NW008", "Service z/s"), "unknown");
    let of_cluster = evaluate(&listed(&files, &[]), &all);
    assert_eq!(outcome(&of_cluster, "NW001", "Pod x/a"), "fail");
    assert_eq!(outcome(&of_cluster, "NW008", "Service z/s"), "fail");
    let refused = listed(&files, &[("networking.k8s.io", "NetworkPolicy"), ("", "Pod")]);
    let of_part = evaluate(&refused, &all);
    assert_eq!(outcome(&of_part, "NW001", "Pod x/a"), "unknown");
    assert_eq!(outcome(&of_part, "NW008", "Service z/s"), "unknown");
}

#[test]
fn quotas_need_both_kinds_to_be_listed() {
    let text = format!("{PODS}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: x}}\n");
    let files = world_of("a.yaml", &text);
    let all = rules(&["CL013"]);
    assert_eq!(outcome(&evaluate(&listed(&files, &[]), &all), "CL013", "Namespace x"), "fail");
    let refused = listed(&files, &[("", "LimitRange")]);
    assert_eq!(outcome(&evaluate(&refused, &all), "CL013", "Namespace x"), "unknown");
}

/// Judging again after `deltas` equals judging anew, and `object` then has this outcome.
#[track_caller]
fn expect(
    before: &World,
    deltas: Vec<Delta>,
    changed: &[ObjectRef],
    id: &str,
    object: &str,
    from: &str,
    to: &str,
) {
    let all = rules(&[id]);
    let first = evaluate(before, &all);
    assert_eq!(outcome(&first, id, object), from);
    let after = before.apply(deltas);
    let mut again = first.clone();
    reevaluate(&mut again, &after, &all, changed);
    assert_eq!(outcome(&again, id, object), to);
    assert_eq!(outcome(&evaluate(&after, &all), id, object), to);
}

fn upserts(objects: &World) -> (Vec<Delta>, Vec<ObjectRef>) {
    let objects: Vec<&Arc<Object>> = objects.objects().collect();
    let keys = objects.iter().map(|object| object.key.clone()).collect();
    (objects.into_iter().map(|object| Delta::Upsert(Arc::clone(object))).collect(), keys)
}

#[test]
fn the_first_of_a_kind_matters_everywhere() {
    let pods = world_of("a.yaml", PODS);
    // Two at once, in other namespaces than the pod: neither is the only one afterwards.
    let policies = world_of(
        "b.yaml",
        "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: v}
spec: {podSelector: {}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: w}
spec: {podSelector: {}}
",
    );
    let (deltas, keys) = upserts(&policies);
    expect(&pods, deltas, &keys, "NW001", "Pod x/a", "unknown", "fail");
    let both = pods.apply(upserts(&policies).0);
    let gone = keys.iter().cloned().map(Delta::Delete).collect();
    expect(&both, gone, &keys, "NW001", "Pod x/a", "fail", "unknown");
}

#[test]
fn a_definition_matters_to_all_objects_of_its_kind() {
    let object = "apiVersion: example.com/v2\nkind: A\nmetadata: {name: a, namespace: x}\n";
    let definition = world_of(
        "b.yaml",
        "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: as.example.com}
spec: {group: example.com, names: {kind: A, plural: as}, scope: Namespaced, versions: [{name: v1, served: true}]}
",
    );
    let (deltas, keys) = upserts(&definition);
    expect(&world_of("a.yaml", object), deltas, &keys, "CL006", "A x/a", "unknown", "fail");
}

#[test]
fn pods_of_any_carrier_matter_to_what_selects_pods() {
    let service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: x}\nspec: {selector: {app: r}}\n";
    let rollout = world_of(
        "b.yaml",
        "
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: r, namespace: x}
spec: {template: {metadata: {labels: {app: r}}, spec: {containers: [{name: a}]}}}
",
    );
    let (deltas, keys) = upserts(&rollout);
    let before = world_of("a.yaml", &format!("{PODS}---\n{service}"));
    expect(&before, deltas, &keys, "NW008", "Service x/s", "fail", "pass");
}
