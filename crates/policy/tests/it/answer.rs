//! Answers without what may differ: the order of what has none, and the words of others.

use serde_json::Value;

/// With the checks of Pod Security in one order: upstream goes through them in the order of a map.
pub(crate) fn normal(outcome: &Value) -> Value {
    let mut outcome = outcome.clone();
    for rule in outcome["rules"].as_array_mut().into_iter().flatten() {
        let mut parts: Vec<&str> =
            rule["message"].as_str().unwrap_or_default().split("(Forbidden reason").collect();
        parts[1..].sort_unstable();
        rule["message"] = own_words(&parts.join("(Forbidden reason")).into();
        if let Some(made) = rule["generated"].as_array_mut() {
            made.sort_by_cached_key(Value::to_string);
        }
        if rule["generated"].is_null() {
            rule.as_object_mut().unwrap().remove("generated");
        }
    }
    // An object that no rule is about is nobody's business.
    if outcome["rules"].as_array().is_some_and(Vec::is_empty)
        && let Some(map) = outcome.as_object_mut()
    {
        map.remove("patched");
    }
    whole(outcome)
}

/// Messages without what is of the libraries below Kyverno, and not ours to repeat.
fn own_words(message: &str) -> String {
    // How the client of a cluster names what it does not find.
    if let Some((start, _)) = message.split_once(" not found: ") {
        return format!("{start} not found");
    }
    // What Go's YAML reader says.
    if let Some((start, _)) = message.split_once(": yaml: ") {
        return start.to_owned();
    }
    // What Go says of a time.
    if let Some((start, _)) = message.split_once(" as \"2006-01-02T15:04:05Z07:00\": ") {
        return start.to_owned();
    }
    // What jsoniter says of a target that is no text.
    if message.starts_with("v1.GeneratePattern.") && message.contains("ReadString: expects")
        || message.contains(" must be a string, found ")
    {
        return "a target is named by no text".to_owned();
    }
    message.to_owned()
}

/// With every whole number as such: Go writes `1.0` as `1`.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            #[expect(clippy::cast_possible_truncation, reason = "only where nothing is lost")]
            let cast = |float: f64| (float.fract() == 0.0 && float.abs() < 1e15).then_some(float as i64);
            number.as_f64().and_then(cast).map_or(Value::Number(number), Value::from)
        }
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, whole(value))).collect())
        }
        other => other,
    }
}
