//! An object beside the one that is expected. Upstream: `resource/compare.go`, `tidy.go` and `labels.go`.

use ironhull_value::{Map, Value};

use super::case::Case;
use super::files::{Files, beside, objects, resource, with_member};
use super::load::Inputs;
use crate::kyverno::json::{floats, write};

/// The object of a file that is the same as another by kind, namespace and name.
pub(super) fn expected(
    case: &Case,
    inputs: &Inputs,
    files: &dyn Files,
    path: &str,
    actual: &Value,
) -> Result<Option<Value>, String> {
    let found = objects(files, &beside(&case.path, path), &inputs.catalog)?;
    let identity = |value: &Value| {
        [&["apiVersion"][..], &["kind"], &["metadata", "namespace"], &["metadata", "name"]]
            .map(|keys| value.dig_str(keys).unwrap_or_default().to_owned())
    };
    let own = identity(actual);
    let mut found = found.iter().map(|object| resource(object, &inputs.catalog));
    Ok(found.find(|value| identity(value) == own))
}

/// What differs, or nothing.
pub(super) fn difference(expected: &Value, actual: &Value) -> Option<String> {
    let (expected, actual) = (comparable(expected), comparable(actual));
    let mut found = Vec::new();
    walk(&expected, &actual, "", &mut found);
    (!found.is_empty()).then(|| found.join("; "))
}

fn comparable(value: &Value) -> Value {
    tidy(&floats(&fixed_labels(value))).unwrap_or_else(|| Value::Map(Map::default()))
}

/// Every object as if Kyverno managed it, without the labels that say from what it was made.
fn fixed_labels(value: &Value) -> Value {
    let metadata = value.get("metadata").cloned().unwrap_or_default();
    let own = metadata.get("labels").and_then(Value::as_map).into_iter().flat_map(Map::iter);
    let managed = ("app.kubernetes.io/managed-by".into(), Value::from("kyverno"));
    let labels: Value = std::iter::once(managed)
        .chain(
            own.filter(|(key, _)| !key.as_str().starts_with("generate.kyverno.io/"))
                .map(|(key, value)| (key.clone(), value.clone())),
        )
        .collect();
    with_member(value, "metadata", with_member(&metadata, "labels", labels))
}

/// Without nulls, empty maps and empty lists.
fn tidy(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Map(map) => {
            let map: Map = map.iter().filter_map(|(key, value)| Some((key.clone(), tidy(value)?))).collect();
            (!map.is_empty()).then_some(Value::Map(map))
        }
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().filter_map(tidy).collect();
            (!items.is_empty()).then(|| items.into())
        }
        other => Some(other.clone()),
    }
}

fn walk(expected: &Value, actual: &Value, path: &str, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Map(a), Value::Map(b)) => {
            for (key, value) in a.iter() {
                match b.get(key.as_str()) {
                    Some(other) => walk(value, other, &format!("{path}/{key}"), found),
                    None => found.push(format!("{path}/{key} is missing, expected {}", write(value))),
                }
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(key.as_str())) {
                found.push(format!("{path}/{key} is {}, which is not expected", write(value)));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b.iter()).enumerate() {
                walk(a, b, &format!("{path}/{index}"), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{path} is {}, expected {}", write(b), write(a))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        let a =
            json(r#"{"a": 1, "b": {}, "c": [null], "metadata": {"labels": {"generate.kyverno.io/x": "y"}}}"#);
        let b = json(r#"{"a": 1.0, "metadata": {"labels": {"app.kubernetes.io/managed-by": "kyverno"}}}"#);
        assert_eq!(difference(&a, &b), None);
    }

    #[test]
    fn every_difference_is_told() {
        let said =
            difference(&json(r#"{"a": 1, "b": ["x"], "c": 1}"#), &json(r#"{"a": 2, "b": ["y"], "d": 1}"#));
        let said = said.expect("a difference");
        for part in
            ["/a is 2, expected 1", "/b/0 is \"y\", expected \"x\"", "/c is missing", "/d is 1, which"]
        {
            assert!(said.contains(part), "{said}");
        }
    }
}
