//! Edits as the part of the manifest that they make.

use std::fmt::Write as _;

use ironhull_finding::{Edit, EditKind, Finding};
use ironhull_value::{CompactString, Segment, Value};

use crate::mask::edit_value;
use crate::plain::clean;

/// The YAML around the changed fields of one object; empty when there is no edit. Items of lists carry
/// their name, so that a reader finds them.
pub(crate) fn yaml(findings: &[&Finding]) -> String {
    let mut root = Node::Map(Vec::new());
    let mut object = None;
    for finding in findings {
        let Some(fix) = &finding.fix else { continue };
        let Some(subject) = finding.object() else { continue };
        object = Some(subject);
        for edit in &fix.edits {
            let leaf = match &edit.kind {
                EditKind::Set(value) => Node::Set(edit_value(finding, edit, value).into_owned()),
                EditKind::Remove => Node::Remove,
            };
            insert(&mut root, edit, leaf);
        }
    }
    let mut text = String::new();
    if let Some(object) = object {
        emit(&mut text, &root, Some(&object.value), 0);
    }
    text
}

enum Node {
    Map(Vec<(CompactString, Node)>),
    List(Vec<(usize, Node)>),
    Set(Value),
    Remove,
}

fn insert(root: &mut Node, edit: &Edit, leaf: Node) {
    let mut node = root;
    for segment in edit.path.segments() {
        node = match segment {
            Segment::Key(key) => {
                if !matches!(node, Node::Map(_)) {
                    *node = Node::Map(Vec::new());
                }
                let Node::Map(entries) = node else { return };
                let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                    entries.push((key.clone(), Node::Map(Vec::new())));
                    entries.len() - 1
                });
                &mut entries[at].1
            }
            Segment::Index(index) => {
                if !matches!(node, Node::List(_)) {
                    *node = Node::List(Vec::new());
                }
                let Node::List(items) = node else { return };
                let at = items.iter().position(|(position, _)| position == index).unwrap_or_else(|| {
                    items.push((*index, Node::Map(Vec::new())));
                    items.len() - 1
                });
                &mut items[at].1
            }
        };
    }
    *node = leaf;
}

fn emit(text: &mut String, node: &Node, now: Option<&Value>, indent: usize) {
    match node {
        Node::Map(entries) => {
            for (key, child) in entries {
                pad(text, indent);
                entry(text, key, child, now, indent);
            }
        }
        Node::List(items) => {
            for (index, child) in items {
                pad(text, indent);
                item(text, *index, child, now.and_then(|now| now.item(*index)), indent);
            }
        }
        Node::Set(value) => {
            block(text, value, indent);
        }
        Node::Remove => {}
    }
}

fn entry(text: &mut String, key: &str, child: &Node, now: Option<&Value>, indent: usize) {
    match child {
        Node::Remove => {
            let _ = writeln!(text, "# remove {}", plain_or_quoted(key));
        }
        Node::Set(value) => {
            let _ = write!(text, "{}:", plain_or_quoted(key));
            value_behind_key(text, value, indent);
        }
        Node::Map(_) | Node::List(_) => {
            let _ = writeln!(text, "{}:", plain_or_quoted(key));
            // kubectl's users write the items of a list at the level of its key.
            let indent = if matches!(child, Node::List(_)) { indent } else { indent + 2 };
            emit(text, child, now.and_then(|now| now.get(key)), indent);
        }
    }
}

fn item(text: &mut String, index: usize, child: &Node, now: Option<&Value>, indent: usize) {
    match child {
        Node::Remove => {
            let shown = now.and_then(Value::as_str).map(|text| format!(" ({})", clean(text)));
            let _ = writeln!(text, "# remove item {}{}", index + 1, shown.unwrap_or_default());
        }
        Node::Set(value) if is_flat(value) => {
            let _ = writeln!(text, "- {}", flat(value));
        }
        _ => {
            match now.and_then(|now| now.get("name")).and_then(Value::as_str) {
                Some(name) => {
                    let _ = writeln!(text, "- name: {}", plain_or_quoted(name));
                }
                None => {
                    let _ = writeln!(text, "- # item {}", index + 1);
                }
            }
            emit(text, child, now, indent + 2);
        }
    }
}

fn value_behind_key(text: &mut String, value: &Value, indent: usize) {
    if is_flat(value) {
        let _ = writeln!(text, " {}", flat(value));
    } else {
        text.push('\n');
        let indent = if matches!(value, Value::Array(_)) { indent } else { indent + 2 };
        block(text, value, indent);
    }
}

fn block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Map(map) => {
            for (key, value) in map.iter() {
                pad(text, indent);
                let _ = write!(text, "{}:", plain_or_quoted(key.as_str()));
                value_behind_key(text, value, indent);
            }
        }
        Value::Array(items) => {
            for item in items.iter() {
                pad(text, indent);
                let _ = writeln!(text, "- {}", flat(item));
            }
        }
        other => {
            pad(text, indent);
            let _ = writeln!(text, "{}", flat(other));
        }
    }
}

fn is_flat(value: &Value) -> bool {
    match value {
        Value::Map(map) => map.is_empty(),
        Value::Array(items) => items.iter().all(|item| !matches!(item, Value::Map(_) | Value::Array(_))),
        _ => true,
    }
}

/// In flow style, on one line.
pub(crate) fn flat(value: &Value) -> String {
    match value {
        Value::Str(text) => plain_or_quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flat).collect::<Vec<_>>().join(", ")),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// A string that YAML reads as itself. JSON strings are YAML strings.
fn plain_or_quoted(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let begins = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '/');
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    if begins && text.chars().all(safe) && !words.contains(&text.to_ascii_lowercase().as_str())
        || text == crate::mask::HIDDEN
    {
        return text.to_owned();
    }
    serde_json::to_string(&clean(text)).unwrap_or_default()
}

fn pad(text: &mut String, indent: usize) {
    text.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ROOT, finding, objects, path};
    use ironhull_finding::{Fix, Safety};

    const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: \"no\"
    securityContext: {capabilities: {add: [NET_ADMIN]}}
";

    fn of(edits: Vec<Edit>) -> String {
        let objects = objects("a.yaml", POD);
        let mut one = finding(&ROOT, &objects[0], None, "spec", "x");
        one.with_fix(Fix { summary: "x".into(), safety: Safety::Safe, edits });
        yaml(&[&one])
    }

    fn set(at: &str, json: &str) -> Edit {
        Edit { path: path(at), kind: EditKind::Set(serde_json::from_str(json).unwrap()) }
    }

    #[test]
    fn edits_of_one_object_become_one_piece() {
        let context = "spec/containers/0/securityContext";
        let out = of(vec![
            set(&format!("{context}/capabilities/drop"), r#"["ALL"]"#),
            Edit { path: path(&format!("{context}/capabilities/add/0")), kind: EditKind::Remove },
            set(&format!("{context}/seccompProfile"), r#"{"type": "RuntimeDefault"}"#),
            Edit { path: path("spec/hostPID"), kind: EditKind::Remove },
            set("spec/volumes/2", r#"{"name": "tmp", "emptyDir": {}}"#),
        ]);
        insta::assert_snapshot!(out, @r#"
        spec:
          containers:
          - name: "no"
            securityContext:
              capabilities:
                drop: [ALL]
                add:
                # remove item 1 (NET_ADMIN)
              seccompProfile:
                type: RuntimeDefault
          # remove hostPID
          volumes:
          - # item 3
            emptyDir: {}
            name: tmp
        "#);
    }

    #[test]
    fn strings_are_quoted_where_yaml_would_read_something_else() {
        for (text, shown) in [
            ("a-b.c/d", "a-b.c/d"),
            ("yes", "\"yes\""),
            ("1", "\"1\""),
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("a\u{1b}", "\"a␛\""),
        ] {
            assert_eq!(plain_or_quoted(text), shown);
        }
    }

    #[test]
    fn values_that_are_secret_stay_so() {
        let out = of(vec![set("spec/containers/0/env/0/value", "\"hunter2\"")]);
        assert!(out.contains("value: •••") && !out.contains("hunter2"), "{out}");
    }
}
