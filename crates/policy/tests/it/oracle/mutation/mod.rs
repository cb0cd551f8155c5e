//! Mutations against Kyverno itself, on random input.

mod cases;

use ironhull_policy::kyverno::mutate::{MutateError, json6902, strategic_merge};
use ironhull_value::{Value, diff, wildcard_match};
use serde_json::{Value as Json, json};

use self::cases::question;
use super::Setting;
use crate::random::Random;

#[test]
fn equals_kyverno() {
    let Some(setting) = Setting::of("mutations") else { return };
    let (count, seed) = (setting.cases, setting.seed);
    let mut random = Random::new(seed);
    let questions: Vec<Json> = (0..count).map(|_| question(&mut random)).collect();
    let replies = setting.ask("mutate", &questions);
    let results = replies.iter().filter(|reply| reply.get("error").is_none()).count();
    let pairs = questions.iter().zip(&replies);
    let differences: Vec<String> = pairs.filter_map(|(asked, reply)| difference(asked, reply)).collect();
    say!(
        "mutations against Kyverno: {count} cases, {results} of them without error, {} differences",
        differences.len()
    );
    let shown = differences.iter().take(8).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    assert!(differences.is_empty(), "seed {seed}: {} differences, first ones:\n{shown}", differences.len());
}

fn difference(asked: &Json, reply: &Json) -> Option<String> {
    let (ours, theirs) = (normal(answer(asked)), normal(reply.clone()));
    // To the Go library a null that the patch itself has put somewhere is a value, not a gap to be filled.
    let second = asked["op"] == "json6902" && asked["patch"].as_array().is_some_and(|patch| patch.len() > 1);
    if second && theirs == json!({"error": "invalid state detected"}) {
        return None;
    }
    (ours != theirs).then(|| format!("asked  {asked}\nours   {ours}\ntheirs {theirs}"))
}

fn answer(asked: &Json) -> Json {
    let value = |name: &str| serde_json::from_value::<Value>(asked[name].clone()).unwrap();
    let result = match asked["op"].as_str().unwrap() {
        "strategic" => strategic_merge(&value("resource"), &value("patch"), &holds),
        "json6902" => json6902(&value("resource"), &asked["patch"].to_string()),
        _ => return json!({"result": diff(&value("resource"), &value("patch"))}),
    };
    match result {
        Ok(result) => json!({"result": result}),
        // Go names lines here.
        Err(MutateError::Duplicate(_)) => json!({"error": "duplicate"}),
        Err(error) => json!({"error": error.to_string()}),
    }
}

/// Lists of operations come in any order from Go, whose maps have none.
fn normal(mut reply: Json) -> Json {
    if let Some(operations) = reply.get_mut("result").and_then(Json::as_array_mut) {
        operations.sort_by_cached_key(Json::to_string);
    }
    if reply["error"].as_str().is_some_and(|text| text.contains("already defined at")) {
        return json!({"error": "duplicate"});
    }
    reply
}

/// As much of the matching of patterns as the random conditions need.
fn holds(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Map(map), Value::Map(wanted)) => wanted.iter().all(|(key, wanted)| {
            let value = map.get(key).unwrap_or(&Value::Null);
            holds(value, wanted)
        }),
        (Value::Array(items), Value::Array(wanted)) => match wanted.first() {
            None => false,
            Some(first) => items.iter().all(|item| holds(item, first)),
        },
        (Value::Array(items), Value::Str(_)) => items.iter().all(|item| holds(item, pattern)),
        (_, Value::Map(_) | Value::Array(_)) => false,
        (Value::Null, Value::Null) => true,
        (value, Value::Str(wanted)) => {
            let text = match value {
                Value::Str(text) => text.to_string(),
                Value::Float(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                _ => return false,
            };
            match wanted.strip_prefix('!') {
                Some(wanted) => !wildcard_match(wanted, &text),
                None => text == wanted.as_str() || wildcard_match(wanted, &text),
            }
        }
        _ => value == pattern,
    }
}
