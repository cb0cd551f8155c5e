//! Reading fields with their types, as Go's decoder reads them into the API structs.

use ironhull_value::{Path, Segment, Type, Value};

use crate::{Expected, Invalid};

/// A type error on its way up from the field to the root.
///
/// The path is collected only then, so that reading a good pod costs nothing for it.
#[derive(Debug)]
pub(crate) struct Mismatch {
    expected: Expected,
    found: Type,
    /// Innermost first.
    trail: Vec<Segment>,
}

impl Mismatch {
    /// The error that callers see, with the path from the root.
    pub(crate) fn into_invalid(self) -> Invalid {
        let path: Path = self.trail.into_iter().rev().collect();
        Invalid { path, expected: self.expected, found: self.found }
    }
}

/// What reading gives. The error is boxed to keep the good case small.
pub(crate) type Read<T> = Result<T, Box<Mismatch>>;

/// Adds the step at which an error happened.
pub(crate) trait Within {
    fn within<S: Into<Segment>>(self, step: S) -> Self;
}

impl<T> Within for Read<T> {
    #[inline]
    fn within<S: Into<Segment>>(self, step: S) -> Self {
        self.map_err(|mut mismatch| {
            mismatch.trail.push(step.into());
            mismatch
        })
    }
}

/// Calls `each` with every member of an object that is not null. Null is an empty object.
#[inline]
pub(crate) fn members<'a>(
    value: &'a Value,
    mut each: impl FnMut(&'a str, &'a Value) -> Read<()>,
) -> Read<()> {
    match value {
        Value::Map(map) => {
            for (key, value) in map.entries() {
                if !value.is_null() {
                    each(key.as_str(), value).within(key.as_str())?;
                }
            }
            Ok(())
        }
        Value::Null => Ok(()),
        other => mismatch(Expected::Object, other),
    }
}

/// Calls `each` with every item of a list, nulls included: Go decodes a null item to an empty struct or an
/// empty text, and does not drop it.
#[inline]
pub(crate) fn items<'a>(
    value: &'a Value,
    mut each: impl FnMut(usize, &'a Value) -> Read<()>,
) -> Read<&'a [Value]> {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                each(index, item).within(index)?;
            }
            Ok(items)
        }
        Value::Null => Ok(&[]),
        other => mismatch(Expected::List, other),
    }
}

/// An object, of which nothing inside matters.
#[inline]
pub(crate) fn object(value: &Value) -> Read<()> {
    members(value, |_, _| Ok(()))
}

/// Text. Null is an empty text.
#[inline]
pub(crate) fn string(value: &Value) -> Read<&str> {
    match value {
        Value::Str(text) => Ok(text),
        Value::Null => Ok(""),
        other => mismatch(Expected::String, other),
    }
}

/// A truth value.
#[inline]
pub(crate) fn boolean(value: &Value) -> Read<bool> {
    match value {
        Value::Bool(value) => Ok(*value),
        other => mismatch(Expected::Boolean, other),
    }
}

/// A whole number within 64 bits.
#[inline]
pub(crate) fn int64(value: &Value) -> Read<i64> {
    match value {
        Value::Int(value) => Ok(*value),
        other => other.as_i64().map_or_else(|| mismatch(Expected::Int64, other), Ok),
    }
}

/// A whole number within 32 bits.
#[inline]
pub(crate) fn int32(value: &Value) -> Read<i32> {
    let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
    number.map_or_else(|| mismatch(Expected::Int32, value), Ok)
}

/// The member `key` of an object whose types were checked before; empty when it is absent.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cold]
fn mismatch<T>(expected: Expected, found: &Value) -> Read<T> {
    Err(Box::new(Mismatch { expected, found: found.kind(), trail: Vec::new() }))
}
