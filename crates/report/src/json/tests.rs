use serde_json::Value;

use super::*;
use crate::testing::{hostile, sample};

/// Checks a value against the part of JSON Schema that `schemars` writes. Fields that the schema does not
/// name are errors: it is the promise, so it must be whole.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if schema.as_bool() == Some(true)
        || schema.as_object().is_some_and(|schema| schema.keys().all(|key| key == "description"))
    {
        return;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return check(root, target.expect(reference), value, at, found);
    }
    for any in ["anyOf", "oneOf"] {
        if let Some(options) = schema[any].as_array() {
            let fits = |option: &Value| {
                let mut found = Vec::new();
                check(root, option, value, at, &mut found);
                found.is_empty()
            };
            if !options.iter().any(fits) {
                found.push(format!("{at}: {value} fits none of {any}"));
            }
            return;
        }
    }
    if let Some(constant) = schema.get("const") {
        if constant != value {
            found.push(format!("{at}: {value} is not {constant}"));
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        if !words.contains(value) {
            found.push(format!("{at}: {value} is none of {words:?}"));
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => {
            if schema.get("const").is_none() {
                found.push(format!("{at}: the schema {schema} says nothing"));
            }
            return;
        }
    };
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() && !types.contains(&"number") => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.contains(&actual) {
        found.push(format!("{at}: {actual}, expected {types:?}"));
        return;
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check(root, &schema["items"], item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                match schema["properties"].get(name) {
                    Some(schema) => check(root, schema, field, &format!("{at}/{name}"), found),
                    None => found.push(format!("{at}/{name}: not in the schema")),
                }
            }
            for name in schema["required"].as_array().into_iter().flatten() {
                if fields.get(name.as_str().unwrap()).is_none() {
                    found.push(format!("{at}/{name}: missing"));
                }
            }
        }
        _ => {}
    }
}

fn problems(value: &Value) -> Vec<String> {
    let schema = schema();
    let mut found = Vec::new();
    check(&schema, &schema, value, "", &mut found);
    found
}

#[test]
fn the_output_is_what_its_schema_says() {
    for report in [sample(), hostile()] {
        let value: Value = serde_json::from_str(&render(&report)).unwrap();
        assert_eq!(problems(&value), Vec::<String>::new());
    }
}

#[test]
fn a_wrong_output_is_not() {
    let good: Value = serde_json::from_str(&render(&sample())).unwrap();
    let mut changed = Vec::new();
    let mut change = |at: &str, to: Value| {
        let mut value = good.clone();
        *value.pointer_mut(at).unwrap() = to;
        changed.push(value);
    };
    change("/findings/0/rule/severity", "terrible".into());
    change("/findings/0/message", 1.into());
    change("/summary", serde_json::json!({}));
    change("/inputs/files", "1".into());
    change("/findings/0/fix/edits/0/op", "burn".into());
    for value in changed {
        assert_ne!(problems(&value), Vec::<String>::new());
    }
}

#[test]
fn the_schema_says_who_it_is() {
    let schema = schema();
    assert_eq!(schema["$id"], SCHEMA_ID);
    let out: Value = serde_json::from_str(&render(&sample())).unwrap();
    assert_eq!(out["schema"], SCHEMA_ID);
}

#[test]
fn findings_of_a_group_share_its_number_and_secrets_are_hidden() {
    let out: Value = serde_json::from_str(&render(&sample())).unwrap();
    let findings = out["findings"].as_array().unwrap();
    let groups = |rule: &str| {
        let of_web = findings.iter().filter(|finding| finding["subject"]["name"] == "web");
        of_web.filter(|finding| finding["rule"]["id"] == rule).map(|finding| finding["group"].clone()).next()
    };
    assert_eq!(groups("WL005"), groups("WL011"));
    assert_ne!(groups("WL005"), groups("SC003"));
    let password = findings.iter().find(|finding| finding["rule"]["id"] == "SC003").unwrap();
    assert_eq!(password["evidence"][0]["value"], "•••");
    assert_eq!(password["evidence"][0]["present"], true);
}
