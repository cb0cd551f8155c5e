//! Values as Go writes them into a message: `%v`, `fmt.Sprint` and `%T`.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter, Write as _};

use ironhull_value::{Type, Value};

use super::go_number::write_shortest;

/// A value as `%v` writes it: `map[a:1 b:[x y]]`, `<nil>`, strings without quotes, floats as `%g`.
///
/// Source: Go's `fmt` package; maps are sorted by key there as well.
#[derive(Clone, Copy, Debug)]
pub struct GoText<'a>(pub &'a Value);

impl Display for GoText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("<nil>"),
            Value::Bool(value) => Display::fmt(value, f),
            Value::Int(value) => Display::fmt(value, f),
            Value::Float(value) => write_shortest(f, *value),
            Value::Str(text) => f.write_str(text),
            Value::Array(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_char(' ')?;
                    }
                    Display::fmt(&GoText(item), f)?;
                }
                f.write_char(']')
            }
            Value::Map(map) => {
                f.write_str("map[")?;
                for (index, (key, value)) in map.iter().enumerate() {
                    if index > 0 {
                        f.write_char(' ')?;
                    }
                    write!(f, "{key}:{}", GoText(value))?;
                }
                f.write_char(']')
            }
        }
    }
}

/// What `fmt.Sprint` makes of one value; text is borrowed.
pub fn sprint(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Str(text) => Cow::Borrowed(text),
        other => Cow::Owned(GoText(other).to_string()),
    }
}

/// The Go type of a decoded JSON value, as `%T` writes it.
pub fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::Null => "<nil>",
        Type::Bool => "bool",
        Type::Int => "int64",
        Type::Float => "float64",
        Type::Str => "string",
        Type::Array => "[]interface {}",
        Type::Map => "map[string]interface {}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_in_go() {
        for (json, expected) in [
            ("null", "<nil>"),
            ("true", "true"),
            ("-7", "-7"),
            ("1000000", "1000000"),
            ("1000000.0", "1e+06"),
            ("123456.0", "123456"),
            ("1234567.5", "1.2345675e+06"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-0.5", "-0.5"),
            ("1e21", "1e+21"),
            ("1e100", "1e+100"),
            (r#""a b""#, "a b"),
            ("[]", "[]"),
            (r#"["a", 1, null]"#, "[a 1 <nil>]"),
            (r#"{"b": [1.5], "a": {"x": ""}}"#, "map[a:map[x:] b:[1.5]]"),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(GoText(&value).to_string(), expected, "{json}");
            assert_eq!(sprint(&value), expected, "{json}");
        }
    }
}
