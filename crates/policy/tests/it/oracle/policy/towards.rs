//! Makes a resource nearly what a pattern asks for.

use serde_json::{Map, Value, json};

use super::words::{bare, near};
use crate::random::Random;

/// Where the pod is in an object of a kind.
pub(super) fn pod_of<'v>(random: &mut Random, object: &'v mut Value) -> &'v mut Value {
    let path: &[&str] = match object["kind"].as_str() {
        Some("CronJob") => &["spec", "jobTemplate", "spec", "template"],
        Some("Deployment" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicaSet" | "ReplicationController") => {
            &["spec", "template"]
        }
        _ => &[],
    };
    if random.one_in(8) {
        return object;
    }
    path.iter().fold(object, |value, key| member(value, key))
}

/// A member; what has none becomes a map.
pub(super) fn member<'v>(value: &'v mut Value, key: &str) -> &'v mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    &mut value[key]
}

/// Most members become what the pattern wants, or nearly.
pub(super) fn shape(random: &mut Random, value: &mut Value, pattern: &Value) {
    match pattern {
        Value::Object(members) => {
            for (key, wanted) in members {
                if random.one_in(7) {
                    continue;
                }
                let plain = bare(key);
                let plain = if plain.contains(['*', '?']) {
                    near(plain).remove(random.below(2))
                } else {
                    plain.to_owned()
                };
                let is_negation = key.starts_with("X(");
                if is_negation && !random.one_in(3) {
                    if let Some(map) = value.as_object_mut() {
                        map.remove(&plain);
                    }
                    continue;
                }
                shape(random, member(value, &plain), wanted);
            }
        }
        Value::Array(items) => {
            let Some(first) = items.first() else { return };
            if !value.is_array() {
                *value = json!([]);
            }
            let list = value.as_array_mut().unwrap();
            if list.is_empty() || first.is_object() && random.one_in(10) {
                list.push(Value::Null);
            }
            for element in list {
                if !random.one_in(6) {
                    let wanted = &items[random.below(items.len())];
                    shape(random, element, wanted);
                }
            }
        }
        _ => {
            // What is there may be right as it is.
            if value.is_null() || random.one_in(2) {
                *value = leaf(random, pattern);
            }
        }
    }
}

/// Puts a value where a condition looks.
pub(super) fn put(random: &mut Random, value: &mut Value, path: &[String], found: &Value) {
    let Some((first, rest)) = path.split_first() else {
        *value = found.clone();
        return;
    };
    match value {
        Value::Array(items) => {
            let path = if first.is_empty() { rest } else { path };
            for item in items {
                if !random.one_in(3) {
                    put(random, item, path, found);
                }
            }
        }
        value if first.is_empty() => put(random, value, rest, found),
        value => put(random, member(value, first), rest, found),
    }
}

/// A value that a scalar of a pattern may be about.
fn leaf(random: &mut Random, pattern: &Value) -> Value {
    let Value::String(text) = pattern else {
        return match pattern {
            Value::Bool(truth) => {
                [json!(truth), json!(!truth), json!(truth.to_string())][random.below(3)].clone()
            }
            Value::Number(number) if random.one_in(3) => json!(number.to_string()),
            other => other.clone(),
        };
    };
    let choices = near(text);
    let found = &choices[random.below(choices.len())];
    match found.parse::<i64>() {
        Ok(number) if random.one_in(2) => json!(number),
        _ if random.one_in(20) => json!(""),
        _ => json!(found),
    }
}
