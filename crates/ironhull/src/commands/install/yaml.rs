//! Objects as YAML: block style, members in the order of their names, the same bytes for the same object.

use serde_json::Value;

/// One document, without the line that separates it from the next.
pub(super) fn document(object: &Value) -> String {
    let mut out = String::new();
    block(&mut out, object, 0);
    out
}

fn block(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (place, (key, value)) in map.iter().enumerate() {
                if place > 0 {
                    pad(out, indent);
                }
                out.push_str(&text(key));
                out.push(':');
                member(out, value, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    pad(out, indent);
                }
                out.push_str("- ");
                block(out, item, indent + 2);
            }
        }
        Value::String(string) => line(out, &text(string)),
        other => line(out, &other.to_string()),
    }
}

fn member(out: &mut String, value: &Value, indent: usize) {
    let is_nested = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_nested {
        out.push('\n');
        // Lists stand below their key, as kubectl writes them.
        let deeper = if value.is_array() { indent } else { indent + 2 };
        pad(out, deeper);
        block(out, value, deeper);
    } else {
        out.push(' ');
        block(out, value, indent);
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// Plain where nobody can take it for anything else, in JSON's quotes otherwise, which YAML reads as well.
fn text(string: &str) -> String {
    let is_plain = string.starts_with(|first: char| first.is_ascii_alphabetic() || "/_".contains(first))
        && string.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=".contains(c));
    let option = string.starts_with("--")
        && string.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:".contains(c))
        && !string.ends_with(':');
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(string));
    if (is_plain && !is_word) || option { string.to_owned() } else { Value::from(string).to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let object = json!({
            "apiVersion": "v1", "on": "yes", "n": 1, "b": true, "none": {}, "empty": [], "quoted": "a: b # c",
            "list": ["--a=b:443", {"x": 1, "y": ["1", "-", "1e3"]}, [1, 2]], "line": "a\nb", "word": "null", "t": "~",
        });
        let written = document(&object);
        let mut interner = ironhull_value::Interner::new();
        let read = ironhull_manifest::read(
            "x",
            written.as_bytes(),
            &ironhull_manifest::Limits::default(),
            &mut interner,
        );
        assert!(read.diagnostics.is_empty(), "{written}");
        assert_eq!(serde_json::to_value(&read.documents[0].value).unwrap(), object, "{written}");
    }
}
