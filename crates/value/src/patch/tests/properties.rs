use proptest::prelude::*;

use super::json;
use crate::{JsonPatch, Key, PatchDialect as Dialect, PatchOperation, Pointer, Value, diff, merge_patch};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3_i64..4).prop_map(Value::Int),
        Just(Value::Float(1.0)),
        Just(Value::Float(2.5)),
        "[a/~]{0,2}".prop_map(|text| Value::from(text.as_str())),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let members = prop::collection::vec(("[ab/~01]{0,2}", inner.clone()), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            members.prop_map(|members| {
                members.into_iter().map(|(key, member)| (Key::new(&key), member)).collect()
            }),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let path =
        prop::collection::vec(prop::sample::select(vec!["", "a", "b", "0", "1", "-", "-1", "~1", "~"]), 0..4)
            .prop_map(|steps| steps.iter().map(|step| format!("/{step}")).collect::<String>());
    let name = prop::sample::select(vec!["add", "remove", "replace", "move", "copy", "test"]);
    (name, path.clone(), path, value()).prop_map(|(name, from, path, value)| {
        let member = |key: &str, text: &str| (Key::new(key), Value::from(text));
        [member("op", name), member("from", &from), member("path", &path), (Key::new("value"), value)]
            .into_iter()
            .collect()
    })
}

proptest! {
    #[test]
    fn a_difference_applies_to_exactly_the_new_value(old in value(), new in value()) {
        let patch = diff(&old, &new);
        prop_assert_eq!(patch.apply(&old, Dialect::Rfc6902), Ok(new.clone()));
        prop_assert_eq!(patch.is_empty(), old == new);
        // As it travels.
        let text = serde_json::to_string(&patch).unwrap();
        let read = JsonPatch::parse(&json(&text), Dialect::Rfc6902).unwrap();
        prop_assert_eq!(read.apply(&old, Dialect::Rfc6902), Ok(new));
    }

    #[test]
    fn a_value_does_not_differ_from_itself(value in value()) {
        prop_assert!(diff(&value, &value.clone()).is_empty());
    }

    #[test]
    fn a_merge_patch_applied_twice_is_applied_once(target in value(), patch in value()) {
        let once = merge_patch(&target, &patch);
        prop_assert_eq!(merge_patch(&once, &patch), once);
    }

    #[test]
    fn applying_ends(document in value(), operations in prop::collection::vec(operation(), 0..6)) {
        for dialect in [Dialect::Rfc6902, Dialect::Lenient] {
            let Ok(patch) = JsonPatch::parse(&Value::from(operations.clone()), dialect) else { continue };
            if let Err(error) = patch.apply(&document, dialect) {
                prop_assert!(error.operation().is_some_and(|position| position < operations.len()));
            }
        }
    }

    #[test]
    fn adding_and_removing_again_changes_nothing(document in value(), added in value()) {
        let Value::Map(map) = &document else { return Ok(()) };
        prop_assume!(!map.contains_key("new"));
        let path = Pointer::parse("/new").unwrap();
        let patch = JsonPatch::new(vec![
            PatchOperation::Add { path: path.clone(), value: added },
            PatchOperation::Remove { path },
        ]);
        prop_assert_eq!(patch.apply(&document, Dialect::Rfc6902), Ok(document.clone()));
    }
}
