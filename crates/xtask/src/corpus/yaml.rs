//! Writes values as YAML the way people write manifests: block style, quotes only where they are needed,
//! text of several lines as a literal block.

use serde_json::Value;
use std::fmt::Write as _;

/// Documents joined by `---`.
pub(crate) fn documents(objects: &[Value]) -> String {
    objects.iter().map(document).collect::<Vec<_>>().join("---\n")
}

fn document(object: &Value) -> String {
    let mut out = String::new();
    block(&mut out, object, 0);
    out
}

/// A mapping or sequence that starts on its own line, or a scalar.
fn block(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let _ = write!(out, "{:indent$}{}:", "", scalar(key));
                entry(out, value, indent, indent);
            }
        }
        Value::Array(items) => {
            for item in items {
                let _ = write!(out, "{:indent$}-", "");
                match item {
                    Value::Object(map) if !map.is_empty() => {
                        // The first key stands beside the dash.
                        let start = out.len();
                        block(out, item, indent + 2);
                        out.replace_range(start..=start + indent, "");
                    }
                    _ => entry(out, item, indent, indent + 2),
                }
            }
        }
        other => {
            let _ = writeln!(out, "{:indent$}{}", "", plain(other));
        }
    }
}

/// What follows `key:` or `-`. A sequence below a key stands at the key's own indent, as kubectl prints it.
fn entry(out: &mut String, value: &Value, indent: usize, sequence_indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            block(out, value, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            block(out, value, sequence_indent);
        }
        Value::String(text) if is_literal(text) => {
            out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
            let depth = indent + 2;
            for line in text.lines() {
                let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "{:depth$}{line}", "") };
            }
        }
        other => {
            let _ = writeln!(out, " {}", plain(other));
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        // Numbers, booleans, null, and empty collections look the same in JSON.
        other => other.to_string(),
    }
}

/// Several lines that a literal block keeps exactly.
fn is_literal(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && text.chars().all(|c| c == '\n' || !c.is_control())
}

/// Plain where every YAML reader takes it for this string, double-quoted elsewhere.
fn scalar(text: &str) -> String {
    let first_ok = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_');
    let all_ok = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./ ()+=$@,:".contains(c));
    let tricky = text.ends_with([' ', ':']) || text.contains(": ") || is_word_of_yaml(text);
    if first_ok && all_ok && !tricky { text.to_owned() } else { Value::from(text).to_string() }
}

fn is_word_of_yaml(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null" | ".nan" | ".inf"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn writes_as_people_do() {
        let object = json!({"a": {"list": [{"x": 1, "z": [true]}, "s", [1]], "empty": {}, "none": []},
            "b": "line\nother\n", "c": "yes", "d": "0644", "e": "a: b", "f": null, "g": "http://x:80/y"});
        assert_eq!(
            documents(&[object, json!({"k": "v"})]),
            "a:\n  empty: {}\n  list:\n  - x: 1\n    z:\n    - true\n  - s\n  -\n    - 1\n  none: []\n\
             b: |\n  line\n  other\nc: \"yes\"\nd: \"0644\"\ne: \"a: b\"\nf: null\ng: http://x:80/y\n---\nk: v\n"
        );
    }
}
