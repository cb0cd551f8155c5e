//! Checks a configuration against its own schema, so that every mistake has a line and a suggestion.

use anyhow::bail;
use ironhull_manifest::Document;
use ironhull_value::{Path, Value};
use serde_json::Value as Json;

/// Fails at the first field that the schema does not know or that has another type.
pub(crate) fn check(document: &Document, schema: &Json) -> anyhow::Result<()> {
    walk(document, &document.value, &Path::root(), schema, schema)
}

fn walk(document: &Document, value: &Value, path: &Path, schema: &Json, root: &Json) -> anyhow::Result<()> {
    let schema = resolve(schema, root);
    if value.is_null() {
        return Ok(());
    }
    if let Some(words) = words(schema) {
        let text = value.as_str().unwrap_or_default();
        if !words.contains(&text) {
            let hint = suggestion(text, &words).map_or_else(
                || format!("use one of {}", words.join(", ")),
                |word| format!("did you mean `{word}`?"),
            );
            bail!("{}: `{text}` is not known here; {hint}", at(document, path));
        }
        return Ok(());
    }
    let expected: Vec<&str> = match schema.get("type") {
        Some(Json::String(kind)) => vec![kind],
        Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => return Ok(()),
    };
    let found = value.kind().name();
    if !expected.contains(&found) {
        bail!("{}: expected {}, found {found}", at(document, path), expected[0]);
    }
    if let Some(map) = value.as_map() {
        let properties = schema.get("properties").and_then(Json::as_object);
        for (key, value) in map.iter() {
            let path = path.child(key.as_str());
            let Some(schema) = properties.and_then(|properties| properties.get(key.as_str())) else {
                let known: Vec<&str> =
                    properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                let hint = suggestion(key, &known).map_or_else(
                    || format!("known are {}", known.join(", ")),
                    |word| format!("did you mean `{word}`?"),
                );
                bail!("{}: there is no field `{key}`; {hint}", at(document, &path));
            };
            walk(document, value, &path, schema, root)?;
        }
    }
    for (index, item) in value.as_array().unwrap_or_default().iter().enumerate() {
        if let Some(schema) = schema.get("items") {
            walk(document, item, &path.child(index), schema, root)?;
        }
    }
    Ok(())
}

/// Follows `$ref`, and takes the half of an optional value that is not null.
fn resolve<'s>(schema: &'s Json, root: &'s Json) -> &'s Json {
    if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
        let pointer = name.trim_start_matches('#');
        return root.pointer(pointer).map_or(schema, |next| resolve(next, root));
    }
    if let Some(choices) = schema.get("anyOf").and_then(Json::as_array) {
        let choice = choices.iter().find(|choice| choice.get("type").and_then(Json::as_str) != Some("null"));
        return choice.map_or(schema, |next| resolve(next, root));
    }
    schema
}

/// The words of an enumeration, which schemars writes as `enum`, or as `oneOf` with constants when they are
/// documented.
fn words(schema: &Json) -> Option<Vec<&str>> {
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return Some(words.iter().filter_map(Json::as_str).collect());
    }
    let choices = schema.get("oneOf").and_then(Json::as_array)?;
    let constants = choices.iter().map(|choice| choice.get("const").and_then(Json::as_str));
    constants.collect()
}

/// The nearest of the known words, if it is near.
pub(crate) fn suggestion<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let scored = known.iter().map(|candidate| (strsim::jaro_winkler(word, candidate), *candidate));
    scored
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn at(document: &Document, path: &Path) -> String {
    let location = document.locate(path);
    let position = document.source.position(location.mark().start);
    format!("{}:{}:{}", document.source.name(), position.line, position.column)
}
