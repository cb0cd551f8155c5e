//! `$(./../path)`: what stands elsewhere in the same document.

use ironhull_value::{MapBuilder, Value};

use super::scan::{has_reference, references, unescape_references};
use crate::kyverno::go_text;
use crate::kyverno::pattern::parse_anchor;

/// What may stand before the path, the longer ones first.
const OPERATORS: [&str; 5] = [">=", "<=", ">", "<", "!"];

/// Replaces the references in all texts and keys of a document.
///
/// # Errors
/// When one leads nowhere, or to something that cannot be a part of a text.
pub(super) fn resolve(document: &Value) -> Result<Value, String> {
    if !any_reference(document) {
        return Ok(document.clone());
    }
    let mut leaves = Vec::new();
    collect(document, "", &mut leaves);
    walk(document, "", &leaves)
}

fn any_reference(value: &Value) -> bool {
    match value {
        Value::Str(text) => has_reference(text),
        Value::Array(items) => items.iter().any(any_reference),
        Value::Map(map) => map.iter().any(|(key, value)| has_reference(key.as_str()) || any_reference(value)),
        _ => false,
    }
}

/// Every leaf with its path without anchors.
fn collect<'v>(value: &'v Value, path: &str, leaves: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::Map(map) => {
            for (key, value) in map.iter() {
                collect(value, &join(path, key.as_str()), leaves);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{path}/{index}"), leaves);
            }
        }
        leaf => leaves.push((without_anchors(path), leaf)),
    }
}

/// A path with the anchors taken from its keys.
fn without_anchors(path: &str) -> String {
    let absolute = path.starts_with('/');
    let parts = path.split('/').skip(usize::from(absolute)).filter(|part| !part.is_empty() && *part != ".");
    let keys: Vec<&str> = parts.map(|part| parse_anchor(part).map_or(part, |(_, key)| key)).collect();
    let joined = keys.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// The path of a member. A slash in a key is escaped.
pub(super) fn join(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('/', "\\/"))
}

fn walk(value: &Value, path: &str, leaves: &[(String, &Value)]) -> Result<Value, String> {
    match value {
        Value::Map(map) => {
            let mut built = MapBuilder::default();
            for (key, value) in map.iter() {
                let new = if has_reference(key.as_str()) {
                    match text(key.as_str(), path, leaves)? {
                        Value::Str(text) => text.as_str().into(),
                        _ => {
                            return Err(format!(
                                "expected string after substituting variables in key {:?}",
                                key.as_str()
                            ));
                        }
                    }
                } else {
                    key.clone()
                };
                built.insert(new, walk(value, &join(path, key.as_str()), leaves)?);
            }
            Ok(Value::Map(built.finish()))
        }
        Value::Array(items) => {
            let items: Result<Vec<Value>, String> = items
                .iter()
                .enumerate()
                .map(|(index, item)| walk(item, &format!("{path}/{index}"), leaves))
                .collect();
            Ok(Value::Array(items?.into()))
        }
        Value::Str(own) if has_reference(own) => text(own, path, leaves),
        other => Ok(other.clone()),
    }
}

fn text(own: &str, path: &str, leaves: &[(String, &Value)]) -> Result<Value, String> {
    let mut out = own.to_owned();
    for (whole, reference) in references(own) {
        let found = target(reference, path, leaves)
            .map_err(|why| format!("failed to resolve {reference} at path {path}: {why}"))?;
        let found = match found {
            None => return Err(format!("got nil resolved variable {reference} at path {path}: <nil>")),
            Some(Value::Str(text)) => text,
            Some(_) => {
                return Err(format!(
                    "NotResolvedReferenceErr,reference {reference} not resolved at path {path}"
                ));
            }
        };
        let before = &whole[..whole.len() - reference.len()];
        out = out.replacen(whole, &format!("{before}{found}"), 1);
    }
    Ok(Value::Str(unescape_references(out).into()))
}

/// What a reference leads to; with an operator before its path the text behind that operator.
fn target(reference: &str, path: &str, leaves: &[(String, &Value)]) -> Result<Option<Value>, String> {
    let inner = reference.trim_matches(['$', '(', ')']);
    let operator = OPERATORS.into_iter().find(|operator| inner.starts_with(operator)).unwrap_or_default();
    let inner = inner.get(operator.len()..).unwrap_or_default();
    if inner.is_empty() {
        return Err("expected path, found empty reference".to_owned());
    }
    let path = if inner.starts_with('/') { inner.to_owned() } else { clean(&format!("{path}/{inner}")) };
    let found = leaves.iter().rev().find(|(own, _)| *own == path).map(|(_, value)| (*value).clone());
    if operator.is_empty() {
        return Ok(found.filter(|value| !value.is_null()));
    }
    let text = match &found {
        Some(Value::Str(text)) => text.to_string(),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Float(number)) => format!("{number:.6}"),
        other => {
            let shown = other
                .as_ref()
                .map_or_else(|| "<nil>".to_owned(), |value| go_text::sprint(value).into_owned());
            return Err(format!(
                "incorrect expression: operator {operator} does not match with value {shown}"
            ));
        }
    };
    Ok(Some(Value::Str(format!("{operator}{text}").into())))
}

/// As Go's `path.Clean` of a path.
fn clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if absolute => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}
