//! `any` and `all`. Upstream: `pkg/engine/variables/evaluate.go`.

use ironhull_value::Value;

use crate::kyverno::condition::Operator;
use crate::kyverno::model::{Condition, Conditions};
use crate::kyverno::variables::Lookup;

/// Whether conditions hold, and what they say.
pub(super) fn hold(conditions: Option<&Conditions>, lookup: &dyn Lookup) -> Result<(bool, String), String> {
    match conditions {
        None => Ok((true, String::new())),
        Some(Conditions::List(list)) => {
            let mut said = Vec::new();
            for condition in list {
                if !one(condition, lookup)? {
                    return Ok((false, condition.message.to_string()));
                }
                said.push(condition.message.as_str());
            }
            Ok((true, join(&said, ";")))
        }
        Some(Conditions::AnyAll(any, has_any, all)) => {
            let (mut yes, mut no) = (Vec::new(), Vec::new());
            let mut is_any = !has_any;
            for condition in any {
                if one(condition, lookup)? {
                    is_any = true;
                    yes.push(condition.message.as_str());
                    break;
                }
                no.push(condition.message.as_str());
            }
            let mut is_all = true;
            for condition in all {
                if !one(condition, lookup)? {
                    is_all = false;
                    no.push(condition.message.as_str());
                    break;
                }
                yes.push(condition.message.as_str());
            }
            let holds = is_any && is_all;
            Ok((holds, join(if holds { &yes } else { &no }, "; ")))
        }
    }
}

/// Whether one condition holds.
pub(in crate::kyverno) fn one(condition: &Condition, lookup: &dyn Lookup) -> Result<bool, String> {
    let key = condition
        .key
        .substitute(lookup)
        .map_err(|why| format!("failed to substitute variables in condition key: {why}"))?;
    let value = condition
        .value
        .substitute(lookup)
        .map_err(|why| format!("failed to substitute variables in condition value: {why}"))?;
    match condition.operator {
        // Upstream stops in a panic, and the request is not let through.
        Some(Operator::In | Operator::NotIn) if has_no_text(&key) => {
            Err("In and NotIn compare texts, and a list has something else".to_owned())
        }
        Some(operator) => Ok(operator.holds(&key, &value)),
        None => Err("failed to create handler for condition operator: %!w(<nil>)".to_owned()),
    }
}

/// Whether a list has an item that is no text.
fn has_no_text(key: &Value) -> bool {
    key.as_array().is_some_and(|items| items.iter().any(|item| item.as_str().is_none()))
}

/// The texts that are not empty.
pub(super) fn join(texts: &[&str], between: &str) -> String {
    let texts: Vec<&str> = texts.iter().copied().filter(|text| !text.is_empty()).collect();
    texts.join(between)
}

/// A list for `foreach`: what is no list is one element.
pub(super) fn list(expression: &str, lookup: &dyn Lookup) -> Result<Vec<Value>, String> {
    Ok(match lookup.query(expression)? {
        Value::Array(items) => items.to_vec(),
        other => vec![other],
    })
}
