//! Leafs: one value against one scalar of a pattern.

use ironhull_value::{Type, Value};

use super::text::TextPattern;
use crate::kyverno::go_number::{parse_float, truncate};

/// A scalar of a pattern, ready to compare with.
#[derive(Clone, Debug)]
pub(in crate::kyverno) struct Leaf {
    /// As it stands in the pattern, for messages.
    pub(in crate::kyverno) source: Value,
    pub(in crate::kyverno) test: Test,
}

#[derive(Clone, Debug)]
pub(in crate::kyverno) enum Test {
    Bool(bool),
    Int(i64),
    Float(f64),
    Null,
    /// A map as a leaf asks for a map, whatever is in it.
    Map,
    Text(TextPattern),
    /// A list is not a leaf, and nothing matches it.
    Never,
}

impl Leaf {
    pub(in crate::kyverno) fn compile(source: &Value) -> Self {
        let test = match source {
            Value::Null => Test::Null,
            Value::Bool(wanted) => Test::Bool(*wanted),
            Value::Int(wanted) => Test::Int(*wanted),
            Value::Float(wanted) => Test::Float(*wanted),
            Value::Str(text) => Test::Text(TextPattern::compile(text)),
            Value::Map(_) => Test::Map,
            Value::Array(_) => Test::Never,
        };
        Self { source: source.clone(), test }
    }

    /// Whether this is the pattern `*`, which asks for a key to be there with any value but null.
    pub(in crate::kyverno) fn is_star(&self) -> bool {
        self.source.as_str() == Some("*")
    }

    pub(in crate::kyverno) fn matches(&self, value: &Value) -> bool {
        match &self.test {
            Test::Bool(wanted) => value.as_bool() == Some(*wanted),
            Test::Int(wanted) => equals_int(value, *wanted),
            Test::Float(wanted) => equals_float(value, *wanted),
            Test::Null => is_empty(value),
            Test::Map => value.kind() == Type::Map,
            Test::Text(pattern) => pattern.matches(value),
            Test::Never => false,
        }
    }

    /// What a list is to a leaf: each of its items must match.
    pub(in crate::kyverno) fn matches_each(&self, value: &Value) -> bool {
        match value {
            Value::Array(items) => items.iter().all(|item| self.matches(item)),
            other => self.matches(other),
        }
    }
}

fn equals_int(value: &Value, wanted: i64) -> bool {
    match value {
        Value::Int(number) => *number == wanted,
        Value::Float(number) => number.fract() == 0.0 && truncate(*number) == wanted,
        Value::Str(text) => text.parse() == Ok(wanted),
        _ => false,
    }
}

#[expect(clippy::float_cmp, reason = "upstream compares floats for equality")]
fn equals_float(value: &Value, wanted: f64) -> bool {
    match value {
        Value::Int(number) => wanted.fract() == 0.0 && truncate(wanted) == *number,
        Value::Float(number) => *number == wanted,
        Value::Str(text) => parse_float(text) == Some(wanted),
        _ => false,
    }
}

/// What `null` in a pattern matches: absence and every scalar's zero.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(number) => *number == 0,
        Value::Float(number) => *number == 0.0,
        Value::Str(text) => text.is_empty(),
        Value::Array(_) | Value::Map(_) => false,
    }
}
