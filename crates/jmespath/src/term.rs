//! What an expression computes with.

use std::borrow::Cow;

use ironhull_value::{Map, Value};

use crate::go::number;
use crate::input::Scope;
use crate::program::NodeId;

/// A value on the way, borrowed where it can be.
#[derive(Clone)]
pub(crate) enum Term<'a> {
    /// Part of the input or a literal.
    Ref(&'a Value),
    /// Made on the way.
    Own(Value),
    /// A computed number, which unlike one in a tree may be infinite or not a number.
    Number(f64),
    /// What `compare` answers in Kyverno's dialect: an `int` of Go, which is not equal to any number of
    /// JSON and nothing to calculate with.
    GoInt(i64),
    /// Text of Go that is not UTF-8, which only decoding makes.
    Bytes(Vec<u8>),
    /// `&expression`
    Reference(NodeId),
    /// The root, not yet asked for as a whole.
    Root(&'a dyn Scope),
}

/// A term to look at.
#[derive(Clone, Copy)]
pub(crate) enum View<'t> {
    Null,
    Bool(bool),
    Number(f64),
    GoInt(i64),
    Text(&'t str),
    Bytes(&'t [u8]),
    Array(&'t [Value]),
    Map(&'t Map),
    Reference(NodeId),
}

impl<'a> Term<'a> {
    pub(crate) const NULL: Self = Self::Ref(&Value::Null);

    pub(crate) fn bool(value: bool) -> Self {
        Self::Own(Value::Bool(value))
    }

    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self::Own(Value::from(text.as_ref()))
    }

    /// The whole of the root counts as null here: it must have been asked for before anyone looks.
    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::Ref(value) => View::of(value),
            Self::Own(value) => View::of(value),
            Self::Number(number) => View::Number(*number),
            Self::GoInt(number) => View::GoInt(*number),
            Self::Bytes(bytes) => View::Bytes(bytes),
            Self::Reference(node) => View::Reference(*node),
            Self::Root(_) => View::Null,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.view(), View::Null)
    }

    /// What the specification calls false: null, `false`, and everything empty.
    pub(crate) fn is_false(&self) -> bool {
        match self.view() {
            View::Null => true,
            View::Bool(value) => !value,
            View::Text(text) => text.is_empty(),
            View::Array(items) => items.is_empty(),
            View::Map(map) => map.is_empty(),
            View::Bytes(bytes) => bytes.is_empty(),
            View::Number(_) | View::GoInt(_) | View::Reference(_) => false,
        }
    }

    /// An element of a list, borrowed for as long as the list is.
    pub(crate) fn item(&self, index: usize) -> Option<Term<'a>> {
        match self {
            Self::Ref(value) => value.item(index).map(Term::Ref),
            Self::Own(value) => value.item(index).cloned().map(Term::Own),
            _ => None,
        }
    }

    /// A member of an object, with `null` members.
    pub(crate) fn member(&self, key: &str) -> Option<Term<'a>> {
        match self {
            Self::Ref(value) => value.as_map()?.get(key).map(Term::Ref),
            Self::Own(value) => value.as_map()?.get(key).cloned().map(Term::Own),
            _ => None,
        }
    }

    /// The member at a place among the sorted entries.
    pub(crate) fn member_at(&self, index: usize) -> Option<Term<'a>> {
        match self {
            Self::Ref(value) => value.as_map()?.entries().get(index).map(|(_, value)| Term::Ref(value)),
            Self::Own(value) => {
                value.as_map()?.entries().get(index).map(|(_, value)| Term::Own(value.clone()))
            }
            _ => None,
        }
    }

    /// The term as part of a tree. `None` for a number that JSON has no notation for.
    pub(crate) fn into_value(self) -> Option<Value> {
        match self {
            Self::Ref(value) => Some(value.clone()),
            Self::Own(value) => Some(value),
            Self::Number(number) => from_number(number),
            Self::GoInt(number) => Some(Value::Int(number)),
            Self::Bytes(bytes) => Some(Value::from(lossy(&bytes).as_str())),
            // Encoded as JSON, upstream's type for it has no fields.
            Self::Reference(_) => Some(Value::Map(Map::default())),
            Self::Root(_) => Some(Value::Null),
        }
    }

    /// [`into_value`](Self::into_value), borrowed where it can be.
    pub(crate) fn into_cow(self) -> Option<Cow<'a, Value>> {
        match self {
            Self::Ref(value) => Some(Cow::Borrowed(value)),
            other => other.into_value().map(Cow::Owned),
        }
    }
}

impl<'t> View<'t> {
    pub(crate) fn of(value: &'t Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(number) => Self::Number(number::to_float(*number)),
            Value::Float(number) => Self::Number(*number),
            Value::Str(text) => Self::Text(text),
            Value::Array(items) => Self::Array(items),
            Value::Map(map) => Self::Map(map),
        }
    }
}

/// A number of a tree: an integer where it is whole and fits. Negative zero stays a float, because Go prints
/// its sign.
pub(crate) fn from_number(number: f64) -> Option<Value> {
    if !number.is_finite() {
        return None;
    }
    let whole = number::to_int(number);
    #[expect(clippy::float_cmp, reason = "this asks whether the conversion was exact")]
    let is_exact = number::to_float(whole) == number && whole != i64::MIN;
    let is_negative_zero = whole == 0 && number.is_sign_negative();
    Some(if is_exact && !is_negative_zero { Value::Int(whole) } else { Value::Float(number) })
}

/// Each byte that is not part of a character becomes U+FFFD, as in Go.
pub(crate) fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
