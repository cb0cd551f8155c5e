//! Changes a resource at random, with a liking for what policies are about.

use serde_json::{Map, Value, json};

use super::words::Words;
use crate::random::Random;

/// One small change somewhere.
pub(super) fn change(random: &mut Random, object: &mut Value, words: &Words) {
    match random.below(12) {
        0 => metadata(random, object, words),
        1 => containers(random, object),
        2 => without(random, object, "securityContext"),
        3 => image(random, object),
        _ => somewhere(random, object, words, 0),
    }
}

fn somewhere(random: &mut Random, value: &mut Value, words: &Words, depth: usize) {
    if depth > 1 && random.one_in(6) {
        return here(random, value, words);
    }
    match value {
        Value::Object(map) if !map.is_empty() => {
            let keys: Vec<String> = map.keys().cloned().collect();
            let mut key = keys[random.below(keys.len())].as_str();
            if depth == 0 && map.contains_key("spec") && !random.one_in(4) {
                key = "spec";
            }
            if depth == 0 && ["apiVersion", "kind"].contains(&key) {
                return;
            }
            if depth > 0 && random.one_in(8) {
                map.remove(key);
            } else if random.one_in(12) {
                let value = word(random, words);
                map.insert(words.keys[random.below(words.keys.len())].clone(), value);
            } else {
                somewhere(random, &mut map[key], words, depth + 1);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let place = random.below(items.len());
            match random.below(8) {
                0 => drop(items.remove(place)),
                1 => items.push(items[place].clone()),
                2 => items.push(word(random, words)),
                _ => somewhere(random, &mut items[place], words, depth + 1),
            }
        }
        _ => here(random, value, words),
    }
}

fn here(random: &mut Random, value: &mut Value, words: &Words) {
    *value = match random.below(16) {
        0 => json!(""),
        1 => Value::Null,
        2 => json!([value]),
        3 => json!({}),
        4 => json!([]),
        5 => match &*value {
            Value::String(text) => {
                text.parse::<i64>().map_or_else(|_| json!({"a": text}), |number| json!(number))
            }
            other => json!(other.to_string()),
        },
        6 => match value.as_i64() {
            Some(number) => json!(number.wrapping_add(1)),
            None => json!(value.as_str().map(|text| format!("{text}x"))),
        },
        7 => json!(value.as_bool().is_none_or(|truth| !truth)),
        _ => word(random, words),
    };
}

pub(super) fn word(random: &mut Random, words: &Words) -> Value {
    words.values[random.below(words.values.len())].clone()
}

fn metadata(random: &mut Random, object: &mut Value, words: &Words) {
    let Some(map) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let text = |random: &mut Random| {
        let value = word(random, words);
        json!(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    match random.below(8) {
        0 => drop(map.remove("labels")),
        1 | 2 => {
            let which = ["labels", "annotations"][random.below(2)];
            let key = words.keys[random.below(words.keys.len())].clone();
            let value = text(random);
            let slot = map.entry(which).or_insert_with(|| json!({}));
            if let Some(slot) = slot.as_object_mut() {
                slot.insert(key, value);
            }
        }
        3 => drop(map.insert("namespace".into(), text(random))),
        4 => drop(map.insert("name".into(), text(random))),
        5 => {
            let name = map.remove("name").unwrap_or_default();
            map.insert("generateName".into(), name);
        }
        6 => {
            let owner = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "x", "uid": "u"}]);
            map.insert("ownerReferences".into(), owner);
        }
        _ => drop(map.insert("deletionTimestamp".into(), json!("2024-01-01T00:00:00Z"))),
    }
}

/// Every map that has containers.
fn pods<'v>(value: &'v mut Value, found: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(map) if map.get("containers").is_some_and(Value::is_array) => found(map),
        Value::Object(map) => map.values_mut().for_each(|value| pods(value, found)),
        Value::Array(items) => items.iter_mut().for_each(|value| pods(value, found)),
        _ => {}
    }
}

fn containers(random: &mut Random, object: &mut Value) {
    pods(object, &mut |pod| {
        let which = ["initContainers", "ephemeralContainers", "containers"][random.below(3)];
        let mut copy = pod["containers"][0].clone();
        if let Some(map) = copy.as_object_mut() {
            map.insert("name".into(), json!("copy"));
        }
        let list = pod.entry(which).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(copy);
        }
    });
}

fn without(random: &mut Random, value: &mut Value, key: &str) {
    match value {
        Value::Object(map) => {
            if random.one_in(2) {
                map.remove(key);
            }
            map.values_mut().for_each(|value| without(random, value, key));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| without(random, value, key)),
        _ => {}
    }
}

const IMAGES: [&str; 12] = [
    "nginx",
    "nginx:latest",
    "nginx:1.2.3",
    "ghcr.io/a/b:v1",
    "docker.io/library/busybox@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "registry.example.com:5000/a/b/c",
    "registry.k8s.io/pause:3.9",
    "localhost/x",
    "bad image",
    "UPPER/case:1",
    "a:b:c",
    "",
];

fn image(random: &mut Random, object: &mut Value) {
    pods(object, &mut |pod| {
        for container in pod["containers"].as_array_mut().unwrap() {
            if let Some(map) = container.as_object_mut() {
                map.insert("image".into(), json!(IMAGES[random.below(IMAGES.len())]));
            }
        }
    });
}
