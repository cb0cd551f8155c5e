//! `any` and `all`. Upstream: `pkg/engine/variables/evaluate.go`.

use ironhull_value::Value;

use crate::kyverno::condition::Operator;
use crate::kyverno::model::{Condition, Conditions};
use crate::kyverno::trace::{Step, inside};
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

/// Whether conditions hold, for who does not want to know what they say.
pub(in crate::kyverno) fn hold_all(conditions: &Conditions, lookup: &dyn Lookup) -> Result<bool, String> {
    hold(Some(conditions), lookup).map(|(holds, _)| holds)
}

/// Whether one condition holds.
pub(in crate::kyverno) fn one(condition: &Condition, lookup: &dyn Lookup) -> Result<bool, String> {
    let step = |compared: &Compared, steps| {
        let Compared { key, value, held } = compared.clone();
        Step::Condition { path: condition.path.clone(), key, value, held, steps }
    };
    inside(lookup.recorder(), || compare(condition, lookup), step).held
}

/// A condition whose variables are replaced, as far as they can be.
#[derive(Clone)]
struct Compared {
    key: Option<Value>,
    value: Option<Value>,
    held: Result<bool, String>,
}

fn compare(condition: &Condition, lookup: &dyn Lookup) -> Compared {
    let key = match condition.key.substitute(lookup) {
        Ok(key) => key,
        Err(why) => {
            let held = Err(format!("failed to substitute variables in condition key: {why}"));
            return Compared { key: None, value: None, held };
        }
    };
    let value = match condition.value.substitute(lookup) {
        Ok(value) => value,
        Err(why) => {
            let held = Err(format!("failed to substitute variables in condition value: {why}"));
            return Compared { key: Some(key), value: None, held };
        }
    };
    let held = match condition.operator {
        // Upstream stops in a panic, and the request is not let through.
        Some(Operator::In | Operator::NotIn) if has_no_text(&key) => {
            Err("In and NotIn compare texts, and a list has something else".to_owned())
        }
        Some(operator) => Ok(operator.holds(&key, &value)),
        None => Err("failed to create handler for condition operator: %!w(<nil>)".to_owned()),
    };
    Compared { key: Some(key), value: Some(value), held }
}

/// Whether the conditions hold that something is for.
pub(super) fn preconditions(
    conditions: Option<&Conditions>,
    lookup: &dyn Lookup,
) -> Result<(bool, String), String> {
    // Nothing is told of conditions that are not there.
    let recorder = lookup.recorder().filter(|_| conditions.is_some());
    inside(
        recorder,
        || hold(conditions, lookup),
        |found, steps| Step::Preconditions { held: found.clone().map(|(held, _)| held), steps },
    )
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
