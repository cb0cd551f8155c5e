//! The tree itself.

use std::sync::Arc;

use compact_str::CompactString;

use crate::{Key, Map, Path, Segment};

/// A JSON value as the Kubernetes API machinery holds it: immutable, cheap to clone, integers exact
/// within 64 signed bits and floats beyond (as `apimachinery`'s JSON decoder does).
///
/// Strings of up to 24 bytes are stored in place, which is most of them in a manifest.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`, which in an API object mostly means the same as absent.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer within `i64`.
    Int(i64),
    /// Any other number; never NaN or infinite.
    Float(f64),
    /// Text.
    Str(CompactString),
    /// A list.
    Array(Arc<[Value]>),
    /// An object.
    Map(Map),
}

// Half the memory of a large world is this type; it must not grow unnoticed.
const _: () = assert!(size_of::<Value>() == 24);

/// The type of a [`Value`], for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A whole number
    Int,
    /// A number with a fraction or beyond 64 bits
    Float,
    /// Text
    Str,
    /// A list
    Array,
    /// An object
    Map,
}

impl Type {
    /// The word a user knows: `null`, `boolean`, `integer`, `number`, `string`, `array`, `object`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Int => "integer",
            Self::Float => "number",
            Self::Str => "string",
            Self::Array => "array",
            Self::Map => "object",
        }
    }
}

impl Value {
    /// What kind of value this is.
    pub fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Float(_) => Type::Float,
            Self::Str(_) => Type::Str,
            Self::Array(_) => Type::Array,
            Self::Map(_) => Type::Map,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The integer, if this is one, or a float without a fraction within range.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                reason = "the range is checked on the same line"
            )]
            Self::Float(value)
                if value.fract() == 0.0 && *value >= i64::MIN as f64 && *value < i64::MAX as f64 =>
            {
                Some(*value as i64)
            }
            _ => None,
        }
    }

    /// The number, if this is one; integers beyond 2^53 lose their last digits.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "documented above")]
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The items, if this is a list.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The entries, if this is an object.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The member `key` of an object. `null` members count as absent, as they do for the API server.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(key)).filter(|value| !value.is_null())
    }

    /// The item at `index` of a list.
    pub fn item(&self, index: usize) -> Option<&Value> {
        self.as_array().and_then(|items| items.get(index))
    }

    /// Follows object members from here; `null` on the way counts as absent.
    pub fn dig(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The string at the end of [`dig`](Self::dig).
    pub fn dig_str(&self, keys: &[&str]) -> Option<&str> {
        self.dig(keys).and_then(Self::as_str)
    }

    /// Items of the list at the end of [`dig`](Self::dig); an absent list is empty.
    pub fn dig_items(&self, keys: &[&str]) -> &[Value] {
        self.dig(keys).and_then(Self::as_array).unwrap_or_default()
    }

    /// What `path` leads to.
    pub fn at(&self, path: &Path) -> Option<&Value> {
        path.segments().iter().try_fold(self, |value, segment| match segment {
            Segment::Key(key) => value.as_map().and_then(|map| map.get(key)),
            Segment::Index(index) => value.item(*index),
        })
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::Array(items.into())
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl FromIterator<(Key, Value)> for Value {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(entries: I) -> Self {
        Self::Map(entries.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_members_count_as_absent() {
        let value: Value = serde_json::from_str(r#"{"a": null, "b": {"c": 1}}"#).unwrap();
        assert_eq!(value.get("a"), None);
        assert_eq!(value.dig(&["b", "c"]), Some(&Value::Int(1)));
        assert!(value.as_map().unwrap().contains_key("a"));
    }

    #[test]
    fn the_last_of_equal_keys_stays() {
        let value: Value = serde_json::from_str(r#"{"b": 1, "a": 2, "b": 3}"#).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), r#"{"a":2,"b":3}"#);
    }

    #[test]
    fn large_maps_are_searched() {
        let map: Map = (0..100).map(|n| (Key::new(&format!("k{n}")), Value::Int(n))).collect();
        for n in 0..100 {
            assert_eq!(map.get(&format!("k{n}")), Some(&Value::Int(n)));
        }
        assert_eq!(map.get("k100"), None);
    }
}
