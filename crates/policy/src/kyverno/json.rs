//! Values as Go's JSON writer writes and reads them.

use std::fmt::Write as _;

use ironhull_value::Value;

/// A value as compact JSON: keys in order, `<`, `>` and `&` escaped, as `encoding/json` does.
pub(crate) fn write(value: &Value) -> String {
    let mut out = String::new();
    put(&mut out, value);
    out
}

fn put(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => float(out, *number),
        Value::Str(text) => string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                put(out, item);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (place, (key, value)) in map.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                string(out, key.as_str());
                out.push(':');
                put(out, value);
            }
            out.push('}');
        }
    }
}

/// Shortest digits; with an exponent from 1e21 on and below 1e-6.
fn float(out: &mut String, number: f64) {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        // Go writes the sign of every exponent, and one digit where it is below ten and negative.
        match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                let _ = write!(out, "{digits}e+{exponent}");
            }
            _ => out.push_str(&text),
        }
    } else {
        let _ = write!(out, "{number}");
    }
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter if u32::from(letter) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// A value as it is after it went through JSON into untyped Go values: every number is a float.
pub(crate) fn floats(value: &Value) -> Value {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "that is what happens to it upstream")]
        Value::Int(number) => Value::Float(*number as f64),
        Value::Array(items) if items.iter().any(has_int) => Value::Array(items.iter().map(floats).collect()),
        Value::Map(map) if map.iter().any(|(_, value)| has_int(value)) => {
            Value::Map(map.iter().map(|(key, value)| (key.clone(), floats(value))).collect())
        }
        other => other.clone(),
    }
}

fn has_int(value: &Value) -> bool {
    match value {
        Value::Int(_) => true,
        Value::Array(items) => items.iter().any(has_int),
        Value::Map(map) => map.iter().any(|(_, value)| has_int(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_go_does() {
        let of = |text: &str| write(&serde_json::from_str::<Value>(text).expect("JSON"));
        assert_eq!(
            of(r#"{"b": [1, 2.5, null], "a": "<x>&\n"}"#),
            r#"{"a":"\u003cx\u003e\u0026\n","b":[1,2.5,null]}"#
        );
        assert_eq!(write(&Value::Float(5.0)), "5");
        assert_eq!(write(&Value::Float(1e21)), "1e+21");
        assert_eq!(write(&Value::Float(1e-7)), "1e-7");
        assert_eq!(write(&Value::Float(100_000_000.0)), "100000000");
    }
}
