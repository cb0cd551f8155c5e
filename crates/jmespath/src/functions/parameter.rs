//! What a function takes.

use ironhull_value::Value;

use crate::term::{Term, View};

/// One parameter of a function: any of some types.
#[derive(Clone, Copy, Debug)]
pub struct Parameter(pub(crate) &'static [Type]);

/// A type of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Any,
    Number,
    String,
    Array,
    Object,
    ArrayNumber,
    ArrayString,
    Reference,
}

impl Parameter {
    /// The names of the types, as the specification writes them: `number`, `array[string]`, `expref` …
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|kind| kind.name()).collect()
    }

    /// Whether this takes an expression (`&name`) and nothing else.
    pub fn is_reference(&self) -> bool {
        self.0 == [Type::Reference]
    }

    pub(crate) fn accepts_reference(self) -> bool {
        self.0.contains(&Type::Reference)
    }

    pub(crate) fn accepts_value(self, value: &Value) -> bool {
        self.accepts(&Term::Ref(value))
    }

    /// Whether a term is of one of the types. In Go an expression is `any` as well.
    pub(crate) fn accepts(self, term: &Term<'_>) -> bool {
        self.0.iter().any(|kind| kind.accepts(term))
    }
}

impl Type {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
            Self::ArrayNumber => "array[number]",
            Self::ArrayString => "array[string]",
            Self::Reference => "expref",
        }
    }

    fn accepts(self, term: &Term<'_>) -> bool {
        let all = |items: &[Value], accept: fn(&Value) -> bool| items.iter().all(accept);
        match (self, term.view()) {
            (Self::Any, _)
            | (Self::Number, View::Number(_))
            | (Self::String, View::Text(_) | View::Bytes(_))
            | (Self::Array, View::Array(_))
            | (Self::Object, View::Map(_))
            | (Self::Reference, View::Reference(_)) => true,
            (Self::ArrayNumber, View::Array(items)) => {
                all(items, |item| matches!(item, Value::Int(_) | Value::Float(_)))
            }
            (Self::ArrayString, View::Array(items)) => all(items, |item| matches!(item, Value::Str(_))),
            _ => false,
        }
    }
}
