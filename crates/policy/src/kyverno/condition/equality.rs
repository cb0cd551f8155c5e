//! `Equals` and `NotEquals`.

use ironhull_value::{Quantity, Value, wildcard_match};

use super::duration;
use crate::kyverno::go_number::{parse_float, truncate};

pub(super) fn equals(key: &Value, value: &Value) -> bool {
    compare(key, value) == Some(true)
}

/// Not only the opposite: a key that is null is not different from anything.
pub(super) fn differs(key: &Value, value: &Value) -> bool {
    if let (Value::Str(key), Value::Str(value)) = (key, value)
        && value.is_empty()
        && Quantity::parse(key).is_ok()
    {
        return true;
    }
    compare(key, value) == Some(false)
}

/// None when the key is null. What cannot be compared is not equal.
#[expect(clippy::float_cmp, reason = "upstream compares floats for equality")]
fn compare(key: &Value, value: &Value) -> Option<bool> {
    Some(match (key, value) {
        (Value::Null, _) => return None,
        (Value::Str(key_text), _) => text_equals(key, key_text, value),
        (Value::Int(key), Value::Int(value)) => key == value,
        (Value::Int(key), Value::Float(value)) => is_whole(*value, *key),
        (Value::Int(key), Value::Str(value)) => value.parse() == Ok(*key),
        (Value::Float(key), Value::Int(value)) => is_whole(*key, *value),
        (Value::Float(key), Value::Float(value)) => key == value,
        (Value::Float(key), Value::Str(value)) => parse_float(value) == Some(*key),
        // Numbers within lists and maps are only equal to numbers of the same type.
        (Value::Bool(_), Value::Bool(_))
        | (Value::Array(_), Value::Array(_))
        | (Value::Map(_), Value::Map(_)) => key == value,
        _ => false,
    })
}

fn text_equals(key: &Value, key_text: &str, value: &Value) -> bool {
    if let Some((key, value)) = duration::pair(key, value) {
        #[expect(clippy::float_cmp, reason = "upstream compares seconds in floats")]
        return key == value;
    }
    let Some(value) = value.as_str() else { return false };
    match Quantity::parse(key_text) {
        Ok(key) => Quantity::parse(value).is_ok_and(|value| key == value),
        Err(_) => wildcard_match(value, key_text),
    }
}

fn is_whole(float: f64, integer: i64) -> bool {
    float.fract() == 0.0 && truncate(float) == integer
}
