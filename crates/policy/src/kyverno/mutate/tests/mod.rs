//! Tables of what Kyverno does, and properties. Every line of the tables was asked of Kyverno 1.19.

mod anchors;
mod errors;
mod json_patch;
mod lists;
mod properties;

use ironhull_value::{Value, wildcard_match};

use super::*;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Texts with wildcards, and objects of such; enough for the tables.
fn holds(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Str(text), Value::Str(wanted)) => match wanted.strip_prefix('!') {
            Some(wanted) => !wildcard_match(wanted, text),
            None => wildcard_match(wanted, text),
        },
        (Value::Map(map), Value::Map(wanted)) => {
            wanted.iter().all(|(key, wanted)| map.get(key).is_some_and(|value| holds(value, wanted)))
        }
        _ => value == pattern,
    }
}

fn merged(resource: &str, patch: &str) -> Result<Value, MutateError> {
    strategic_merge(&json(resource), &json(patch), &holds)
}

fn check(cases: &[(&str, &str, &str)]) {
    for (resource, patch, wanted) in cases {
        assert_eq!(merged(resource, patch), Ok(json(wanted)), "{resource}\n{patch}");
    }
}

/// The same for pods, of which the tables give the `spec`.
fn check_pods(cases: &[(&str, &str, &str)]) {
    let pod = |spec: &str| format!(r#"{{"apiVersion": "v1", "kind": "Pod", "spec": {spec}}}"#);
    for (spec, patch, wanted) in cases {
        let result = merged(&pod(spec), &format!(r#"{{"spec": {patch}}}"#));
        assert_eq!(result, Ok(json(&pod(wanted))), "{spec}\n{patch}");
    }
}
