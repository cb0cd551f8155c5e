//! Replacing variables. Upstream: `substituteVariablesIfAny` in `pkg/engine/variables/vars.go`.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Write;

use ironhull_value::{MapBuilder, Value};

use super::reference::join;
use super::scan::variables;
use super::template::{Node, of_result};
use crate::kyverno::trace::Recorder;

/// More rounds than this are a text that makes itself longer and longer.
const MOST_ROUNDS: usize = 64;
/// Lists and maps that come out of variables inside of each other, and all of them together. A value may have a
/// variable that names the value itself; Kyverno takes all memory there (`pkg/engine/variables/vars.go`).
const MOST_DEEP: usize = 64;
const MOST_AGAIN: usize = 10_000;
/// A text does not grow beyond this many bytes.
const MOST_BYTES: usize = 8 << 20;

/// What variables are looked up in.
pub trait Lookup {
    /// The value of an expression.
    ///
    /// # Errors
    /// When it has none, with upstream's words.
    fn query(&self, expression: &str) -> Result<Value, String>;

    /// Whether the request deletes its object, so that `request.object` means the old one.
    fn is_delete(&self) -> bool;

    /// Who hears what happens.
    fn recorder(&self) -> Option<&Recorder> {
        None
    }
}

/// Why a document could not be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SubstituteError(pub String);

pub(super) fn substitute(node: &Node, path: &str, lookup: &dyn Lookup) -> Result<Value, SubstituteError> {
    filled(node, path, lookup, &Again::default())
}

/// How often what came out of variables was looked through.
#[derive(Default)]
struct Again {
    depth: Cell<usize>,
    times: Cell<usize>,
}

fn filled(node: &Node, path: &str, lookup: &dyn Lookup, so_far: &Again) -> Result<Value, SubstituteError> {
    match node {
        Node::Plain(value) => Ok(value.clone()),
        Node::Variable(expression) => {
            let value = resolve(expression, path, lookup)?;
            again(value, path, lookup, so_far)
        }
        Node::Text(text) => again(fill(text, path, lookup)?, path, lookup, so_far),
        Node::Array(nodes) => {
            let items: Result<Vec<Value>, _> = nodes
                .iter()
                .enumerate()
                .map(|(index, node)| filled(node, &format!("{path}/{index}"), lookup, so_far))
                .collect();
            Ok(Value::Array(items?.into()))
        }
        Node::Map(nodes) => {
            let mut built = MapBuilder::default();
            for (replaced, key, node) in nodes {
                let new = match replaced {
                    None => key.as_str().into(),
                    Some(text) => match fill(text, path, lookup)? {
                        Value::Str(text) => text.as_str().into(),
                        Value::Null => key.as_str().into(),
                        _ => {
                            return Err(SubstituteError(format!(
                                "expected string after substituting variables in key \"{key}\""
                            )));
                        }
                    },
                };
                built.insert(new, filled(node, &join(path, key), lookup, so_far)?);
            }
            Ok(Value::Map(built.finish()))
        }
    }
}

/// A list or a map that came out of a variable is looked through as well.
fn again(value: Value, path: &str, lookup: &dyn Lookup, so_far: &Again) -> Result<Value, SubstituteError> {
    let node = match value {
        Value::Array(_) | Value::Map(_) => of_result(&value),
        _ => None,
    };
    let Some(node) = node else { return Ok(value) };
    let (depth, times) = (so_far.depth.get() + 1, so_far.times.get() + 1);
    if depth > MOST_DEEP || times > MOST_AGAIN {
        return Err(endless(path));
    }
    so_far.depth.set(depth);
    so_far.times.set(times);
    let found = filled(&node, path, lookup, so_far);
    so_far.depth.set(depth - 1);
    found
}

fn endless(path: &str) -> SubstituteError {
    let path = path.get(..80).unwrap_or(path);
    SubstituteError(format!("failed to resolve variables at path {path}: there is no end to them"))
}

/// Replaces the variables of a text until none is left. A text that is nothing but a variable becomes what the
/// variable is; every other one stays a text.
fn fill(text: &str, path: &str, lookup: &dyn Lookup) -> Result<Value, SubstituteError> {
    let mut value = text.to_owned();
    let mut found: Vec<(String, Option<char>)> = all(&value);
    let mut rounds = 0;
    while !found.is_empty() {
        rounds += 1;
        if rounds > MOST_ROUNDS || value.len() > MOST_BYTES {
            return Err(endless(path));
        }
        let whole = value.clone();
        let mut shallow = false;
        for (variable, before) in &found {
            let (expression, is_shallow) =
                super::scan::Found { text: variable, before: *before }.expression();
            shallow = is_shallow;
            let resolved = resolve(&expression, path, lookup)?;
            if whole == *variable {
                return Ok(resolved);
            }
            let mut shown = json_text(&resolved);
            if shallow && !resolved.is_null() {
                shown = shown.replace("{{", "\\{{");
            }
            let before = before.map(String::from).unwrap_or_default();
            value = value.replacen(&format!("{before}{variable}"), &format!("{before}{shown}"), 1);
        }
        found = if shallow { Vec::new() } else { all(&value) };
    }
    Ok(Value::Str(value.replace("\\{{", "{{").into()))
}

fn all(text: &str) -> Vec<(String, Option<char>)> {
    variables(text).iter().map(|one| (one.text.to_owned(), one.before)).collect()
}

fn resolve(expression: &str, path: &str, lookup: &dyn Lookup) -> Result<Value, SubstituteError> {
    let mut expression = Cow::Borrowed(expression);
    if expression == "@" {
        let prefix: &[&str] =
            if lookup.query("target").is_ok() { &["target"] } else { &["request", "object"] };
        expression = Cow::Owned(here(path, prefix));
    }
    if lookup.is_delete() {
        expression = Cow::Owned(expression.replace("request.object", "request.oldObject"));
    }
    lookup
        .query(&expression)
        .map_err(|why| SubstituteError(format!("failed to resolve {expression} at path {path}: {why}")))
}

/// A value as a part of a text: texts as they are, everything else as JSON.
pub(crate) fn json_text(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        other => crate::kyverno::json::write(other),
    }
}

/// What `@` means in a pattern: the same place in the object. The first two steps below the root, or below
/// the last `foreach`, are the way to the pattern itself.
fn here(path: &str, prefix: &[&str]) -> String {
    let steps = steps(path);
    let past = steps.iter().position(|step| step == "foreach").map_or(0, |place| place + 1);
    let steps = steps.get(past..).unwrap_or_default();
    let rest = if steps.len() > 2 { &steps[2..] } else { &[][..] };
    let mut out = String::new();
    for step in prefix.iter().map(|step| (*step).to_owned()).chain(rest.iter().cloned()) {
        if step.parse::<u64>().is_ok() {
            write!(out, "[{step}]").expect("a text takes it");
            continue;
        }
        if !out.is_empty() {
            out.push('.');
        }
        let plain = step.starts_with(|letter: char| letter.is_ascii_alphabetic() || "_(".contains(letter))
            && step.chars().all(|letter| letter.is_ascii_alphanumeric() || "_)".contains(letter));
        if plain { out.push_str(&step) } else { quote(&mut out, &step) }
    }
    out
}

/// The steps of a path; `\/` is no step.
fn steps(path: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut step = String::new();
    let mut escaped = false;
    for letter in path.chars() {
        match letter {
            _ if escaped => {
                step.push(letter);
                escaped = false;
            }
            '\\' => escaped = true,
            '/' => steps.extend(Some(std::mem::take(&mut step)).filter(|step| !step.is_empty())),
            letter => step.push(letter),
        }
    }
    steps.extend(Some(step).filter(|step| !step.is_empty()));
    steps
}

fn quote(out: &mut String, step: &str) {
    out.push('"');
    for letter in step.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if u32::from(letter) < 0x20 => {
                write!(out, "\\u{:04x}", u32::from(letter)).expect("a text takes it");
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kyverno::variables::Template;

    struct One(Value);

    impl Lookup for One {
        fn query(&self, _: &str) -> Result<Value, String> {
            Ok(self.0.clone())
        }

        fn is_delete(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_value_that_names_itself_is_an_error() {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let asked = Template::compile(&value(r#"{"key": "{{ a }}"}"#));
        for own in [r#"["{{ a }}"]"#, r#"["{{ a }}", "{{ a }}"]"#, r#"{"b": {"c": "{{ a }}"}}"#] {
            let why = asked.substitute(&One(value(own))).unwrap_err().to_string();
            assert!(why.contains("there is no end to them"), "{own}: {why}");
        }
        assert!(asked.substitute(&One(value(r#"["a", {"b": 1}]"#))).is_ok());
    }
}
