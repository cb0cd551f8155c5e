use ironhull_value::{Key, Value};
use proptest::prelude::*;

use super::{holds, json6902, strategic_merge};

/// Keys that mean something to a merge, with and without anchors.
fn key(anchors: bool) -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["name", "image", "spec", "containers", "env", "kind", "a"]);
    let form = prop::sample::select(if anchors { vec!["", "(", "<(", "+(", "X("] } else { vec![""] });
    (name, form).prop_map(|(name, form)| match form {
        "" => name.to_owned(),
        open => format!("{open}{name})"),
    })
}

fn value(anchors: bool) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (0_i64..3).prop_map(Value::Int),
        Just(Value::Float(1.5)),
        prop::sample::select(vec!["", "a", "b", "*", "(a)", "replace", "Pod"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let members = prop::collection::vec((key(anchors), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| members
                .into_iter()
                .map(|(key, member)| (Key::new(&key), member))
                .collect()),
        ]
    })
    .boxed()
}

fn pod(spec: Value) -> Value {
    [("apiVersion", Value::from("v1")), ("kind", Value::from("Pod")), ("spec", spec)]
        .into_iter()
        .map(|(key, member)| (Key::new(key), member))
        .collect()
}

fn patch(anchors: bool) -> impl Strategy<Value = Value> {
    value(anchors).prop_map(|spec| [(Key::new("spec"), spec)].into_iter().collect())
}

/// No items without names, no empty objects, nothing twice: what the API server lets in.
fn containers() -> impl Strategy<Value = Value> {
    let container = |name: &str| -> Value { [(Key::new("name"), Value::from(name))].into_iter().collect() };
    prop::sample::subsequence(vec!["a", "b", "c"], 0..=3)
        .prop_map(move |names| -> Value { names.into_iter().map(container).collect::<Vec<_>>().into() })
        .prop_map(|containers| [(Key::new("containers"), containers)].into_iter().collect())
}

proptest! {
    #[test]
    fn merging_ends(resource in value(false), patch in value(true)) {
        if let Err(error) = strategic_merge(&resource, &patch, &holds) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn merging_pods_ends(spec in value(false), patch in patch(true)) {
        if let Ok(result) = strategic_merge(&pod(spec), &patch, &holds) {
            prop_assert_eq!(result.dig_str(&["kind"]), Some("Pod"));
        }
    }

    #[test]
    fn a_patch_without_anchors_applied_twice_is_applied_once(old in containers(), new in containers()) {
        let (pod, patch) = (pod(old), [(Key::new("spec"), new)].into_iter().collect());
        let once = strategic_merge(&pod, &patch, &holds).unwrap();
        prop_assert_eq!(strategic_merge(&once, &patch, &holds), Ok(once));
    }

    #[test]
    fn a_condition_that_does_not_hold_is_an_empty_patch(spec in containers(), patch in patch(false)) {
        let pod = pod(spec);
        let members = patch.as_map().unwrap().iter().map(|(key, member)| (key.clone(), member.clone()));
        let guarded: Value = members.chain([(Key::new("(kind)"), Value::from("Service"))]).collect();
        prop_assert_eq!(strategic_merge(&pod, &guarded, &holds), Ok(pod));
    }

    #[test]
    fn json_patches_end(resource in value(false), text in "[\\[{\"op:ad/,\n -]{0,40}") {
        if let Err(error) = json6902(&resource, &text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
