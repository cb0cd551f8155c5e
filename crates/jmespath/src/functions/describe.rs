//! Terms as Go's `%v` prints them, which upstream's messages show.

use ironhull_value::Value;

use crate::go::number;
use crate::term::{Term, View, lossy};

/// A message need not be longer, nor a tree deeper.
const LENGTH: usize = 64 << 10;
const DEPTH: usize = 100;

/// `%v`: `map[a:1 b:[x y]]`, `<nil>`.
pub(super) fn describe(term: &Term<'_>) -> String {
    let mut text = String::new();
    match term {
        Term::Ref(value) => write(&mut text, value, DEPTH),
        Term::Own(value) => write(&mut text, value, DEPTH),
        other => text = describe_scalar(other),
    }
    text
}

fn describe_scalar(term: &Term<'_>) -> String {
    match term.view() {
        View::Number(number) => number::general(number),
        View::GoInt(number) => number.to_string(),
        View::Bytes(bytes) => lossy(bytes),
        View::Reference(_) => "{expression}".into(),
        _ => "<nil>".into(),
    }
}

fn write(into: &mut String, value: &Value, depth: usize) {
    let Some(depth) = depth.checked_sub(1).filter(|_| into.len() < LENGTH) else {
        into.push('…');
        return;
    };
    match value {
        Value::Null => into.push_str("<nil>"),
        Value::Bool(value) => into.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => into.push_str(&number::general(number::to_float(*number))),
        Value::Float(number) => into.push_str(&number::general(*number)),
        Value::Str(text) => into.push_str(text),
        Value::Array(items) => {
            into.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    into.push(' ');
                }
                write(into, item, depth);
            }
            into.push(']');
        }
        Value::Map(map) => {
            into.push_str("map[");
            for (index, (key, item)) in map.iter().enumerate() {
                if index > 0 {
                    into.push(' ');
                }
                into.push_str(key);
                into.push(':');
                write(into, item, depth);
            }
            into.push(']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_printed_as_in_go() {
        let value = crate::go::json::decode(r#"{"b": [1, 1000000, "x y", null], "a": {"c": true}}"#).unwrap();
        assert_eq!(describe(&Term::Ref(&value)), "map[a:map[c:true] b:[1 1e+06 x y <nil>]]");
    }
}
