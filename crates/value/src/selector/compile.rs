//! LabelSelector objects.

use compact_str::CompactString;

use super::names::{label_key_problems, label_value_problems};
use super::parse::invalid;
use super::{Operator, Requirement, Selector, SelectorError};
use crate::{Key, Map, Path, Type, Value};

pub(super) fn compile(selector: &Value) -> Result<Selector, SelectorError> {
    let root = Path::root();
    let selector = selector.as_map().ok_or_else(|| wrong_type(&root, Type::Map, selector))?;
    let mut requirements = Vec::new();
    let path = root.child("matchLabels");
    for (key, value) in map_at(selector, "matchLabels", &path)?.iter() {
        let path = path.child(key.as_str());
        let text = text(value, &path)?;
        check_key(key, &path)?;
        check_value(text, &path)?;
        requirements.push(Requirement::new(key.clone(), Operator::Equals, vec![text.into()]));
    }
    let path = root.child("matchExpressions");
    for (index, expression) in list_at(selector, "matchExpressions", &path)?.iter().enumerate() {
        requirements.push(compile_expression(expression, &path.child(index))?);
    }
    Ok(Selector::new(requirements))
}

pub(super) fn from_labels(labels: &Map) -> Result<Selector, SelectorError> {
    let requirement = |(key, value): (&Key, &Value)| {
        let text = text(value, &Path::root().child(key.as_str()))?;
        Ok(Requirement::new(key.clone(), Operator::Equals, vec![text.into()]))
    };
    labels.iter().map(requirement).collect::<Result<_, _>>().map(Selector::new)
}

fn compile_expression(expression: &Value, path: &Path) -> Result<Requirement, SelectorError> {
    let empty = Map::default();
    let expression = match expression {
        Value::Map(map) => map,
        Value::Null => &empty,
        other => return Err(wrong_type(path, Type::Map, other)),
    };
    let text_at = |field: &str| match expression.get(field) {
        Some(value) => text(value, &path.child(field)),
        None => Ok(""),
    };
    let (key, operator) = (text_at("key")?, text_at("operator")?);
    let values_path = path.child("values");
    let values = list_at(expression, "values", &values_path)?
        .iter()
        .enumerate()
        .map(|(index, value)| text(value, &values_path.child(index)))
        .collect::<Result<Vec<_>, _>>()?;
    let fail = |path: Path, message: &str| Err(SelectorError::Field { path, message: message.into() });
    let operator = match operator {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        other => return fail(path.child("operator"), &invalid(other, "not a valid selector operator")),
    };
    let takes_values = matches!(operator, Operator::In | Operator::NotIn);
    if takes_values && values.is_empty() {
        let message = "Required value: must be specified when `operator` is 'In' or 'NotIn'";
        return fail(values_path, message);
    }
    if !takes_values && !values.is_empty() {
        let message = "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        return fail(values_path, message);
    }
    check_key(key, &path.child("key"))?;
    for (index, value) in values.iter().enumerate() {
        check_value(value, &values_path.child(index))?;
    }
    let values = values.into_iter().map(CompactString::from).collect();
    Ok(Requirement::new(Key::new(key), operator, values))
}

fn check_key(key: &str, path: &Path) -> Result<(), SelectorError> {
    first_problem(key, &label_key_problems(key), path)
}

fn check_value(value: &str, path: &Path) -> Result<(), SelectorError> {
    first_problem(value, &label_value_problems(value), path)
}

fn first_problem(value: &str, problems: &[String], path: &Path) -> Result<(), SelectorError> {
    match problems.first() {
        None => Ok(()),
        Some(problem) => Err(SelectorError::Field { path: path.clone(), message: invalid(value, problem) }),
    }
}

/// A string field; null is Go's zero value.
fn text<'a>(value: &'a Value, path: &Path) -> Result<&'a str, SelectorError> {
    match value {
        Value::Null => Ok(""),
        other => other.as_str().ok_or_else(|| wrong_type(path, Type::Str, other)),
    }
}

fn map_at(parent: &Map, field: &str, path: &Path) -> Result<Map, SelectorError> {
    match parent.get(field) {
        None | Some(Value::Null) => Ok(Map::default()),
        Some(value) => value.as_map().cloned().ok_or_else(|| wrong_type(path, Type::Map, value)),
    }
}

fn list_at<'a>(parent: &'a Map, field: &str, path: &Path) -> Result<&'a [Value], SelectorError> {
    match parent.get(field) {
        None | Some(Value::Null) => Ok(&[]),
        Some(value) => value.as_array().ok_or_else(|| wrong_type(path, Type::Array, value)),
    }
}

fn wrong_type(path: &Path, wanted: Type, found: &Value) -> SelectorError {
    SelectorError::Field {
        path: path.clone(),
        message: format!("expected {}, found {}", wanted.name(), found.kind().name()),
    }
}
