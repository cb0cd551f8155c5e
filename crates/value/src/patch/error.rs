//! What can go wrong with a patch.

/// What went wrong, for programs; the message of [`PatchError`] is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The patch itself is not written as the RFC wants it.
    Malformed,
    /// Something on the way, or the thing itself, is not there.
    Missing,
    /// A step into a list is no index of it.
    InvalidIndex,
    /// A step leads through something that is neither an object nor a list.
    NotAContainer,
    /// A `test` operation did not hold.
    TestFailed,
    /// The operation cannot be done at all: moving a value into itself, removing the whole document.
    Impossible,
    /// The patched value would be too deep or too large.
    TooLarge,
}

/// Why a JSON Patch cannot be read or applied. The messages are those of `evanphx/json-patch`, which
/// Kyverno and the API server show to users, except where that library has none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatchError {
    cause: Cause,
    operation: Option<usize>,
    message: String,
}

impl PatchError {
    pub(super) fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, operation: None, message: message.into() }
    }

    pub(super) fn missing(message: impl std::fmt::Display) -> Self {
        Self::new(Cause::Missing, format!("{message}: missing value"))
    }

    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(Cause::Malformed, message)
    }

    pub(super) fn not_a_container() -> Self {
        Self::new(Cause::NotAContainer, "invalid state detected")
    }

    /// The same error with text in front of it.
    pub(super) fn within(mut self, context: impl std::fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    pub(super) fn at(mut self, operation: usize) -> Self {
        self.operation = Some(operation);
        self
    }

    /// What kind of error this is.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The position of the operation in the patch, from 0, where one is to blame.
    pub fn operation(&self) -> Option<usize> {
        self.operation
    }
}
