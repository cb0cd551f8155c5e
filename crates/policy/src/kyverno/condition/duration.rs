//! Durations in conditions, and the deprecated operators for them.

use ironhull_value::{Value, parse_duration};

use super::Order;
use crate::kyverno::go_number::truncate;

/// The operators `Duration…`: texts must be durations, numbers are seconds.
pub(super) fn holds(order: Order, key: &Value, value: &Value) -> bool {
    let nanoseconds = |side: &Value| match side {
        Value::Str(text) => parse_duration(text).ok(),
        other => seconds(other),
    };
    match (nanoseconds(key), nanoseconds(value)) {
        (Some(key), Some(value)) => order.accepts(&key, &value),
        _ => false,
    }
}

/// Both sides in seconds, if at least one is written as a duration (which `0` is not) and the other one is
/// that or a number.
pub(super) fn pair(key: &Value, value: &Value) -> Option<(f64, f64)> {
    let (written_key, written_value) = (written(key), written(value));
    if written_key.is_none() && written_value.is_none() {
        return None;
    }
    let key = written_key.or_else(|| seconds(key))?;
    let value = written_value.or_else(|| seconds(value))?;
    Some((in_seconds(key), in_seconds(value)))
}

fn written(side: &Value) -> Option<i64> {
    side.as_str().filter(|text| *text != "0").and_then(|text| parse_duration(text).ok())
}

/// A number of seconds in nanoseconds. Beyond 292 years it wraps around, as it does upstream.
fn seconds(side: &Value) -> Option<i64> {
    let whole = match side {
        Value::Int(number) => *number,
        Value::Float(number) => truncate(*number),
        _ => return None,
    };
    Some(whole.wrapping_mul(1_000_000_000))
}

/// Go's `Duration.Seconds`, with its two roundings.
#[expect(clippy::cast_precision_loss, reason = "upstream compares floats")]
fn in_seconds(nanoseconds: i64) -> f64 {
    (nanoseconds / 1_000_000_000) as f64 + (nanoseconds % 1_000_000_000) as f64 / 1e9
}
