//! `json.Marshal`.

use std::fmt::Write as _;

use ironhull_value::Value;

use crate::go::number;

/// Writes a tree without blanks, keys in order. With `html`, `<`, `>`, `&` and the two line separators are
/// escaped, as `json.Marshal` does. `None` for a tree deeper than the limit.
pub(crate) fn encode(value: &Value, html: bool, depth: usize) -> Option<String> {
    let mut text = String::new();
    write(&mut text, value, html, depth)?;
    Some(text)
}

fn write(into: &mut String, value: &Value, html: bool, depth: usize) -> Option<()> {
    match value {
        Value::Null => into.push_str("null"),
        Value::Bool(true) => into.push_str("true"),
        Value::Bool(false) => into.push_str("false"),
        Value::Int(number) => {
            let _ = write!(into, "{number}");
        }
        Value::Float(number) => into.push_str(&number::to_json(*number)),
        Value::Str(text) => encode_text(into, text, html),
        Value::Array(items) => {
            let depth = depth.checked_sub(1)?;
            into.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                write(into, item, html, depth)?;
            }
            into.push(']');
        }
        Value::Map(map) => {
            let depth = depth.checked_sub(1)?;
            into.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                encode_text(into, key, html);
                into.push(':');
                write(into, item, html, depth)?;
            }
            into.push('}');
        }
    }
    Some(())
}

/// Writes a string with its quotes.
fn encode_text(into: &mut String, text: &str, html: bool) {
    into.push('"');
    for character in text.chars() {
        let _ = match character {
            '"' | '\\' => write!(into, "\\{character}"),
            '\n' => into.write_str("\\n"),
            '\r' => into.write_str("\\r"),
            '\t' => into.write_str("\\t"),
            '\u{8}' => into.write_str("\\b"),
            '\u{c}' => into.write_str("\\f"),
            '\0'..' ' => write!(into, "\\u{:04x}", u32::from(character)),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if html => {
                write!(into, "\\u{:04x}", u32::from(character))
            }
            _ => into.write_char(character),
        };
    }
    into.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees() {
        let value =
            crate::go::json::decode(r#"{"b": [1, 1.5, 1e21, null, true], "a": "<\u2028\"\u0001é"}"#).unwrap();
        assert_eq!(
            encode(&value, true, 9).unwrap(),
            r#"{"a":"\u003c\u2028\"\u0001é","b":[1,1.5,1e+21,null,true]}"#
        );
        assert_eq!(
            encode(&value, false, 9).unwrap(),
            "{\"a\":\"<\u{2028}\\\"\\u0001é\",\"b\":[1,1.5,1e+21,null,true]}"
        );
        assert_eq!(encode(&value, true, 1), None);
    }
}
