//! `GreaterThan` and its like.

use std::cmp::Ordering;

use ironhull_value::{Quantity, Value};
use semver::Version;

use super::{Order, duration};
use crate::kyverno::go_number::parse_float;

/// Compares durations if one side is one, else quantities if both are texts of them, else numbers, else
/// versions.
pub(super) fn holds(order: Order, key: &Value, value: &Value) -> bool {
    if !matches!(key, Value::Int(_) | Value::Float(_) | Value::Str(_)) {
        return false;
    }
    if let Some((key, value)) = duration::pair(key, value) {
        return order.accepts(&key, &value);
    }
    let Value::Str(text) = key else {
        return key.as_f64().is_some_and(|key| number(order, key, value));
    };
    if let (Ok(key), Some(Ok(value))) = (Quantity::parse(text), value.as_str().map(Quantity::parse)) {
        return order.accepts(&key, &value);
    }
    match parse_float(text) {
        Some(key) => number(order, key, value),
        None => versions(order, text, value),
    }
}

/// A number as the key. A value written as a duration makes it seconds.
fn number(order: Order, key: f64, value: &Value) -> bool {
    if let Some((key, value)) = duration::pair(&Value::Float(key), value) {
        return order.accepts(&key, &value);
    }
    let value = match value {
        Value::Str(text) => parse_float(text),
        other => other.as_f64(),
    };
    value.is_some_and(|value| order.accepts(&key, &value))
}

fn versions(order: Order, key: &str, value: &Value) -> bool {
    match (version(key), value.as_str().and_then(version)) {
        // Builds have no order.
        (Some(key), Some(value)) => {
            let ordering = key.cmp_precedence(&value);
            order.accepts(&ordering, &Ordering::Equal)
        }
        _ => false,
    }
}

/// A version as `blang/semver` reads it: as the standard says, but numbers in pre-releases have 64 bits too.
fn version(text: &str) -> Option<Version> {
    let version = Version::parse(text).ok()?;
    let too_large =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u64>().is_err();
    let pre = version.pre.as_str();
    (pre.is_empty() || !pre.split('.').any(too_large)).then_some(version)
}
