//! Values as YAML, for pasting.

use ironhull_value::Value;

/// Block style, two spaces a level, lists not indented under their key; ends with a line end.
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0);
    out
}

fn write(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (place, (key, value)) in map.iter().enumerate() {
                if place > 0 {
                    pad(out, indent);
                }
                entry(out, key.as_str(), value, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    pad(out, indent);
                }
                out.push_str("- ");
                write(out, item, indent + 2);
            }
        }
        other => {
            scalar(out, other);
            out.push('\n');
        }
    }
}

fn entry(out: &mut String, key: &str, value: &Value, indent: usize) {
    text(out, key);
    out.push(':');
    match value {
        Value::Map(map) if !map.is_empty() => {
            out.push('\n');
            pad(out, indent + 2);
            write(out, value, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            pad(out, indent);
            write(out, value, indent);
        }
        other => {
            out.push(' ');
            scalar(out, other);
            out.push('\n');
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&number.to_string()),
        Value::Str(value) => text(out, value),
        Value::Array(_) => out.push_str("[]"),
        Value::Map(_) => out.push_str("{}"),
    }
}

/// Plain where no reader can take it for something else, quoted otherwise.
fn text(out: &mut String, text: &str) {
    let plain = text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
        && !is_word(text);
    if plain {
        out.push_str(text);
    } else {
        crate::list::format::json_text(out, text);
    }
}

/// What some version of YAML takes for a truth value, null or a number.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}
