use ironhull_value::{Key, Value};

use super::{MutateError, Mutation, Outcome, holds, json, merged, mutate};

#[test]
fn errors_have_kyvernos_texts() {
    let cases = [
        (
            r#"{"a": "x"}"#,
            r#"{"a": {"b": [1, "y"]}}"#,
            "wrong node kind: expected ScalarNode but got MappingNode: node contents:\n{\"b\": [1, \"y\"]}\n",
        ),
        (
            r#"{"a": {}}"#,
            r#"{"a": [1]}"#,
            "wrong node kind: expected MappingNode but got SequenceNode: node contents:\n[1]\n",
        ),
        (
            r#"{"a": [1]}"#,
            r#"{"a": true}"#,
            "wrong node kind: expected SequenceNode but got ScalarNode: node contents:\ntrue\n",
        ),
        (r#"{"a": {"b": 1}}"#, r#"{"a": {"$patch": "x", "b": 2}}"#, "unknown patch strategy 'x'"),
        (r#"{"a": 1}"#, r#"{"$patch": "delete"}"#, "filter cannot create or delete objects"),
        (r#"{"a": 1}"#, "null", "filter cannot create or delete objects"),
        (
            r#"{"a": 1}"#,
            r#""x""#,
            "failed to preProcess rule: wrong node kind: expected MappingNode but got ScalarNode: node contents:\n\"x\"\n",
        ),
        (
            r#"{"l": {"a": 1}}"#,
            r#"{"l": [{"(name)": "x"}]}"#,
            "failed to preProcess rule: wrong node kind: expected SequenceNode but got MappingNode: node contents:\n{\"a\": 1}\n",
        ),
        // Kyverno panics when two items with anchors match less than two items.
        (
            r#"{"l": [{"name": "z"}]}"#,
            r#"{"l": [{"(name)": "x"}, {"(name)": "y"}]}"#,
            "runtime error: slice bounds out of range [2:1]",
        ),
    ];
    for (resource, patch, wanted) in cases {
        let error = merged(resource, patch).expect_err(patch);
        assert_eq!(error.to_string(), wanted, "{resource} {patch}");
    }
}

#[test]
fn a_key_that_is_there_twice_is_an_error() {
    let error = merged("{}", r#"{"n": {"+(a)": 1, "a": 2}}"#).unwrap_err();
    assert!(matches!(&error, MutateError::Duplicate(key) if key.as_str() == "a"), "{error}");
}

#[test]
fn outcomes_are_told_apart() {
    let pod = json(r#"{"kind": "Pod", "a": "x"}"#);
    let run = |patch: &Value| mutate(&pod, Mutation::new(Some(patch), "").unwrap(), &holds);
    let Ok(patched @ Outcome::Patched(_)) = run(&json(r#"{"b": 1}"#)) else { panic!("not patched") };
    assert_eq!(patched.message(), "resource patched");
    for patch in [r#"{"a": "x"}"#, r#"{"(a)": "y", "b": 1}"#, "{}"] {
        let outcome = run(&json(patch)).unwrap();
        assert_eq!(outcome, Outcome::Unchanged, "{patch}");
        assert_eq!(outcome.message(), "no patches applied");
    }
    let error = run(&json(r#"{"a": {"b": 1}}"#)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to patch resource: wrong node kind: expected ScalarNode but got MappingNode: node \
         contents:\n{\"b\": 1}\n"
    );
    let error = run(&json(r#"{"kind": null}"#)).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"failed to unmarshal patched resource: Object 'Kind' is missing in '{"a":"x"}'"#
    );
}

#[test]
fn a_rule_without_a_patch_is_an_error() {
    assert_eq!(Mutation::new(None, "").unwrap_err().to_string(), "empty mutate rule");
    assert_eq!(Mutation::new(Some(&Value::Null), "[]"), Ok(Mutation::Json6902("[]")));
    let patch = json("{}");
    assert_eq!(Mutation::new(Some(&patch), "[]"), Ok(Mutation::Strategic(&patch)));
}

#[test]
fn deep_values_do_not_overflow_the_stack() {
    let nest = |lists: bool, key: &str, inner: Value| {
        (0..512).fold(inner, |value, level| match level % 2 {
            0 if lists => vec![value].into(),
            _ => [(Key::new(key), value)].into_iter().collect(),
        })
    };
    let resource = nest(false, "a", json(r#"{"kind": "x"}"#));
    let patch = nest(false, "a", json(r#"{"(kind)": "x", "b": 1}"#));
    assert_ne!(super::strategic_merge(&resource, &patch, &holds).unwrap(), resource);
    let (resource, patch) = (nest(true, "a", json("1")), nest(true, "a", json("2")));
    assert_ne!(super::strategic_merge(&resource, &patch, &holds).unwrap(), resource);
    let patch = nest(true, "(a)", json("2"));
    assert_eq!(super::strategic_merge(&resource, &patch, &holds), Ok(resource));
}
