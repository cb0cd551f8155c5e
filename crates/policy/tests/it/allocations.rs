//! A rule that is not about a resource allocates nothing: of thousands of policies a handful is about a pod.

use std::sync::Arc;

use ironhull_policy::kyverno::context::Nothing;
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::model::Policy;
use ironhull_policy::kyverno::request::Request;
use ironhull_value::Value;
use ironhull_world::{Object, ObjectRef, Origin};
use serde_json::{Value as Json, json};

fn compiled(resources: &Json) -> Compiled {
    let value = json!({
        "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": "p"},
        "spec": {"rules": [{
            "name": "r", "match": {"any": [{"resources": resources}]},
            "validate": {"message": "{{ request.object.metadata.name }}", "pattern": {"metadata": {"name": "?*"}}},
        }]},
    });
    let key = ObjectRef {
        group: "kyverno.io".into(),
        kind: "ClusterPolicy".into(),
        namespace: "".into(),
        name: "p".into(),
        copy: 0,
    };
    let value: Value = serde_json::from_value(value).unwrap();
    let object = Object { key, version: "v1".into(), value, origin: Origin::Request };
    Compiled::new(&Arc::new(Policy::read(&Arc::new(object)).unwrap())).unwrap()
}

#[test]
fn a_rule_that_is_not_about_a_resource_allocates_nothing() {
    let pod: Value = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-7d9f8c6b5d-x2x4z", "namespace": "shop", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }))
    .unwrap();
    let request = Request::create(&pod);
    // Made once for all.
    let _ = ironhull_value::Map::default();
    for resources in [
        json!({"kinds": ["Deployment"]}),
        json!({"kinds": ["Pod"], "namespaces": ["other", "kube-*"]}),
        json!({"kinds": ["Pod"], "names": ["other-?*"]}),
        json!({"kinds": ["Pod"], "selector": {"matchLabels": {"app": "other"}}}),
        json!({"kinds": ["Pod"], "operations": ["DELETE"]}),
        json!({"kinds": ["Pod"], "annotations": {"a": "b"}}),
    ] {
        let compiled = compiled(&resources);
        let counted = allocation_counter::measure(|| {
            assert!(compiled.validate(&request, &Nothing).rules.is_empty());
        });
        assert_eq!(counted.count_total, 0, "{resources}");
    }
    let counted = allocation_counter::measure(|| {
        assert_eq!(compiled(&json!({"kinds": ["Pod"]})).validate(&request, &Nothing).rules.len(), 1);
    });
    assert!(counted.count_total > 0, "what allocates is counted");
}
