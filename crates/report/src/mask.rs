//! Values that no output may show: one place decides, every format asks it.
//!
//! Hidden are the data of Secrets and ConfigMaps, values of environment variables, the copy of the whole
//! object that `kubectl apply` leaves in an annotation, and what a rule of the area SC points at. Names of
//! keys stay: a reader has to find the field.

use std::borrow::Cow;

use ironhull_finding::{Edit, Evidence, Finding, RuleMeta};
use ironhull_value::{Path, Segment, Value};

/// What stands for a hidden value. Its length says nothing.
pub const HIDDEN: &str = "•••";

/// The annotation of `kubectl apply`.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The evidence's value as it may be shown; none when the field is absent.
pub(crate) fn evidence_value<'e>(rule: &RuleMeta, evidence: &'e Evidence) -> Option<Cow<'e, Value>> {
    let value = evidence.value()?;
    if is_secret_of_rule(rule, &evidence.path, value) {
        return Some(Cow::Owned(hide_all(value)));
    }
    Some(masked(&evidence.object.value, &evidence.path, value))
}

/// The value of an edit as it may be shown.
pub(crate) fn edit_value<'e>(finding: &Finding, edit: &Edit, value: &'e Value) -> Cow<'e, Value> {
    match finding.object() {
        Some(object) => masked(&object.value, &edit.path, value),
        None => Cow::Owned(hide_all(value)),
    }
}

/// Whether a rule about secrets points at the secret itself. A truth value is none, nor is the name of
/// something.
pub(crate) fn is_secret_of_rule(rule: &RuleMeta, path: &Path, value: &Value) -> bool {
    const NAMES: &[&str] = &["name", "namespace", "kind", "apiGroup", "secretName"];
    let name = matches!(path.segments().last(), Some(Segment::Key(key)) if NAMES.contains(&key.as_str()));
    rule.id.starts_with("SC") && !name && value.as_bool().is_none()
}

/// The fields of an object of this kind whose members are secret.
pub(crate) fn secret_maps(object: &Value) -> &'static [&'static str] {
    match object.get("kind").and_then(Value::as_str) {
        Some("Secret") => &["data", "stringData"],
        Some("ConfigMap") => &["data", "binaryData"],
        _ => &[],
    }
}

/// A value at a path of an object as it may be shown.
pub fn masked<'v>(object: &Value, path: &Path, value: &'v Value) -> Cow<'v, Value> {
    let mut segments: Vec<Segment> = path.segments().to_vec();
    let maps = secret_maps(object);
    if hides_something(maps, &mut segments, value) {
        Cow::Owned(hide(maps, &mut segments, value))
    } else {
        Cow::Borrowed(value)
    }
}

/// Whether no output shows the value at a path of an object.
pub fn is_hidden(object: &Value, path: &Path) -> bool {
    is_secret(secret_maps(object), path.segments())
}

/// Whether the value at a path of an object is hidden as a whole.
fn is_secret(maps: &[&str], path: &[Segment]) -> bool {
    let key = |index: usize| match path.get(index) {
        Some(Segment::Key(key)) => key.as_str(),
        _ => "",
    };
    if maps.contains(&key(0)) && path.len() > 1 {
        return true;
    }
    (0..path.len()).any(|index| {
        key(index) == LAST_APPLIED
            || key(index) == "env"
                && matches!(path.get(index + 1), Some(Segment::Index(_)))
                && key(index + 2) == "value"
    })
}

fn hides_something(maps: &[&str], path: &mut Vec<Segment>, value: &Value) -> bool {
    if is_secret(maps, path) {
        return true;
    }
    let mut below = |segment: Segment, value: &Value| {
        path.push(segment);
        let hides = hides_something(maps, path, value);
        path.pop();
        hides
    };
    match value {
        Value::Map(map) => map.iter().any(|(key, value)| below(Segment::from(key.as_str()), value)),
        Value::Array(items) => {
            items.iter().enumerate().any(|(index, item)| below(Segment::Index(index), item))
        }
        _ => false,
    }
}

fn hide(maps: &[&str], path: &mut Vec<Segment>, value: &Value) -> Value {
    if is_secret(maps, path) {
        return hide_all(value);
    }
    let mut below = |segment: Segment, value: &Value| {
        path.push(segment);
        let hidden = hide(maps, path, value);
        path.pop();
        hidden
    };
    match value {
        Value::Map(map) => {
            map.iter().map(|(key, value)| (key.clone(), below(Segment::from(key.as_str()), value))).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            Value::from(items.map(|(index, item)| below(Segment::Index(index), item)).collect::<Vec<_>>())
        }
        other => other.clone(),
    }
}

/// The shape with every scalar hidden.
fn hide_all(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), hide_all(value))).collect(),
        Value::Array(items) => Value::from(items.iter().map(hide_all).collect::<Vec<_>>()),
        _ => Value::from(HIDDEN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(object: &str, path: &[&str]) -> String {
        let object: Value = serde_json::from_str(object).unwrap();
        let path: Path = path
            .iter()
            .map(|part| part.parse().map_or_else(|_| Segment::from(*part), Segment::Index))
            .collect();
        let value = object.at(&path).unwrap();
        serde_json::to_string(&*masked(&object, &path, value)).unwrap()
    }

    const POD: &str = r#"{"kind": "Pod", "spec": {"containers": [{"name": "a", "env": [
        {"name": "PASSWORD", "value": "hunter2"}, {"name": "B", "valueFrom": {"x": "y"}}]}]}}"#;

    #[test]
    fn values_of_the_environment_are_hidden_at_any_distance() {
        let env = ["spec", "containers", "0", "env", "0"];
        assert_eq!(shown(POD, &[&env[..], &["value"]].concat()), "\"•••\"");
        assert_eq!(shown(POD, &[&env[..], &["name"]].concat()), "\"PASSWORD\"");
        let all = shown(POD, &["spec"]);
        assert!(!all.contains("hunter2") && all.contains("PASSWORD") && all.contains("\"x\":\"y\""), "{all}");
    }

    #[test]
    fn data_is_hidden_and_its_keys_are_not() {
        let secret = r#"{"kind": "Secret", "type": "Opaque", "stringData": {"a": "hunter2", "b": 5}}"#;
        assert_eq!(shown(secret, &["stringData"]), r#"{"a":"•••","b":"•••"}"#);
        assert_eq!(shown(secret, &["stringData", "b"]), "\"•••\"");
        assert_eq!(shown(secret, &["type"]), "\"Opaque\"");
        let config = r#"{"kind": "ConfigMap", "binaryData": {"a": "hunter2"}}"#;
        assert!(!shown(config, &[]).contains("hunter2"));
        let other = r#"{"kind": "Widget", "data": {"a": "plain"}}"#;
        assert_eq!(shown(other, &["data"]), r#"{"a":"plain"}"#);
    }

    #[test]
    fn the_copy_of_kubectl_apply_is_hidden() {
        let object =
            format!(r#"{{"metadata": {{"annotations": {{"{LAST_APPLIED}": "hunter2", "b": "c"}}}}}}"#);
        assert!(!shown(&object, &["metadata"]).contains("hunter2"));
        assert!(shown(&object, &["metadata"]).contains("\"b\":\"c\""));
    }
}
