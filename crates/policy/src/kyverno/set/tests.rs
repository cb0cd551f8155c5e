//! What is looked up is what matches.

use std::sync::Arc;

use ironhull_value::Value;
use ironhull_world::{Object, ObjectRef, Origin};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::Set;
use crate::kyverno::engine::Compiled;
use crate::kyverno::model::Policy;
use crate::kyverno::request::Request;

fn policy(place: usize, namespace: &str, matching: &Json) -> Arc<Compiled> {
    let kind = if namespace.is_empty() { "ClusterPolicy" } else { "Policy" };
    let name = format!("p{place:03}");
    let value = json!({
        "apiVersion": "kyverno.io/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace},
        "spec": {"rules": [{"name": "r", "match": matching, "validate": {"deny": {}}}]},
    });
    let object = Object {
        key: ObjectRef {
            group: "kyverno.io".into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.as_str().into(),
            copy: 0,
        },
        version: "v1".into(),
        value: tree(&value),
        origin: Origin::Request,
    };
    let policy = Policy::read(&Arc::new(object)).unwrap();
    assert_eq!(policy.problems, []);
    Arc::new(Compiled::new(&Arc::new(policy)).unwrap())
}

fn tree(value: &Json) -> Value {
    serde_json::from_str(&value.to_string()).unwrap()
}

fn one_of(values: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(values)
}

fn filter() -> impl Strategy<Value = Json> {
    let kinds = prop::option::of(prop::collection::vec(one_of(&["Pod", "v1/Namespace", "*", "Dep*"]), 1..3));
    let names = prop::option::of(prop::collection::vec(one_of(&["a", "b", "a*", "?"]), 1..3));
    let namespaces = prop::option::of(prop::collection::vec(one_of(&["a", "b", "*", ""]), 1..3));
    let labels = prop::option::of((one_of(&["x", "y", "x*"]), one_of(&["1", "2", "*", ""])));
    let operations = prop::option::of(prop::collection::vec(one_of(&["CREATE", "DELETE"]), 1..2));
    (kinds, names, namespaces, labels, operations).prop_map(
        |(kinds, names, namespaces, labels, operations)| {
            let mut resources = serde_json::Map::new();
            let mut put =
                |key: &str, value: Option<Json>| value.map(|value| resources.insert(key.to_owned(), value));
            put("kinds", kinds.map(Json::from));
            put("names", names.map(Json::from));
            put("namespaces", namespaces.map(Json::from));
            put("selector", labels.map(|(key, value)| json!({"matchLabels": {key: value}})));
            put("operations", operations.map(Json::from));
            json!({"resources": resources})
        },
    )
}

fn matching() -> impl Strategy<Value = Json> {
    let filters = || prop::collection::vec(filter(), 1..3);
    prop_oneof![
        filters().prop_map(|filters| json!({"any": filters})),
        filters().prop_map(|filters| json!({"all": filters})),
        filter(),
    ]
}

fn resource() -> impl Strategy<Value = Json> {
    let labels = prop::collection::btree_map(one_of(&["x", "y", "xx"]), one_of(&["1", "2", ""]), 0..3);
    (one_of(&["Pod", "Namespace", "Deployment"]), one_of(&["a", "b", ""]), one_of(&["a", "b", ""]), labels)
        .prop_map(|(kind, name, namespace, labels)| {
            json!({
                "apiVersion": "v1", "kind": kind,
                "metadata": {"name": name, "generateName": "b", "namespace": namespace, "labels": labels},
            })
        })
}

proptest! {
    #[test]
    fn no_policy_that_matches_is_left_out(
        policies in prop::collection::vec((one_of(&["", "a", "b"]), matching()), 1..12),
        resource in resource(),
        operation in one_of(&["CREATE", "UPDATE", "DELETE"]),
    ) {
        let policies = policies.iter().enumerate().map(|(place, (namespace, one))| policy(place, namespace, one));
        let set = Set::new(policies.collect());
        let resource = tree(&resource);
        let mut request = Request { operation, ..Request::create(&resource) };
        if request.is_delete() {
            request.old_object = request.object.take();
        }
        let found: Vec<&str> = set.about(&request).map(|one| one.policy.name()).collect();
        let all = set.policies().iter().map(|one| one.policy.name());
        prop_assert_eq!(&all.filter(|name| found.contains(name)).collect::<Vec<_>>(), &found, "in order");
        for one in set.policies() {
            let matches = one.rules.iter().any(|rule| rule.matcher.matches(&request, &resource).is_ok());
            let namespace = one.policy.namespace();
            let is_inside = namespace.is_empty() || resource.dig_str(&["metadata", "namespace"]) == Some(namespace);
            if matches && is_inside {
                prop_assert!(found.contains(&one.policy.name()), "{:?}", one.rules[0].rule.matching);
            }
        }
    }
}

#[test]
fn what_asks_for_something_else_is_not_even_looked_at() {
    let of = |place, key: &str, wanted: Json| {
        policy(place, "", &json!({"any": [{"resources": {"kinds": ["Pod"], key: wanted}}]}))
    };
    let set = Set::new(vec![
        of(0, "namespaces", json!(["b"])),
        of(1, "names", json!(["b"])),
        of(2, "selector", json!({"matchLabels": {"app": "b"}})),
        of(3, "operations", json!(["DELETE"])),
        of(4, "namespaces", json!(["a", "b"])),
    ]);
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "a", "namespace": "a", "labels": {"app": "a"}},
    });
    let pod = tree(&pod);
    let request = Request::create(&pod);
    let found: Vec<&str> = set.about(&request).map(|one| one.policy.name()).collect();
    assert_eq!(found, ["p004"]);
}
