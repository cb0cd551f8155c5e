//! What can go wrong.

use std::fmt;

use ironhull_value::Key;

/// Why a text is no expression.
///
/// Displayed as the message. In [`Dialect::Kyverno`](crate::Dialect::Kyverno) that is upstream's text, with
/// its prefix `SyntaxError: ` where upstream has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Bytes from the start of the expression to the place that cannot be read.
    pub offset: usize,
    /// One sentence.
    pub message: String,
    /// What kind of mistake.
    pub kind: Mistake,
}

/// The kinds of mistakes that are found before anything is evaluated. But for the first and the last they are
/// found in the standard dialect only; Kyverno's reports them at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// It is not of the grammar.
    Syntax,
    /// There is no such function.
    UnknownFunction,
    /// Too many or too few arguments.
    InvalidArity,
    /// A constant argument of the wrong type.
    InvalidType,
    /// A slice with a step of 0.
    InvalidValue,
    /// Longer or more deeply nested than this crate reads.
    TooLarge,
}

/// Why an evaluation has no result.
///
/// Displayed as the message, which in Kyverno's dialect is upstream's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A key that does not exist, in Kyverno's dialect.
    #[error("Unknown key \"{0}\" in path")]
    NotFound(Key),
    /// An argument of the wrong type.
    #[error("{0}")]
    InvalidType(String),
    /// Too many or too few arguments.
    #[error("{0}")]
    InvalidArity(String),
    /// There is no such function.
    #[error("unknown function: {0}")]
    UnknownFunction(String),
    /// A value that the operation has no use for, like a slice with a step of 0.
    #[error("{0}")]
    InvalidValue(String),
    /// A function that failed.
    #[error("{0}")]
    Function(String),
    /// A limit was reached; the evaluation was ended.
    #[error("{0}")]
    Limit(Limit),
    /// A root variable could not be loaded.
    #[error("{0}")]
    Scope(String),
    /// The expression needs a clock, randomness or names of the network, and the caller gave none.
    #[error("{0} is not available here")]
    Unavailable(&'static str),
}

impl Error {
    /// Whether Kyverno's dialect may swallow this, as it does with most errors to the left of `[]`, `.*` and
    /// `[?…]`. Only what upstream knows can be swallowed.
    pub(crate) fn is_swallowed(&self) -> bool {
        !matches!(self, Self::Limit(_) | Self::Scope(_) | Self::Unavailable(_))
    }
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::steps`](crate::Limits::steps)
    Steps,
    /// [`Limits::bytes`](crate::Limits::bytes)
    Bytes,
    /// [`Limits::depth`](crate::Limits::depth)
    Depth,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "the expression takes more steps than the limit allows",
            Self::Bytes => "the expression makes more data than the limit allows",
            Self::Depth => "the data is nested more deeply than the limit allows",
        })
    }
}
