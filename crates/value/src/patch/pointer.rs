//! RFC 6901: how one value within another is named.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;

use crate::Value;

/// A JSON Pointer as it was written, `/spec/containers/0`. The empty text names the whole value.
///
/// Only [`Pointer::parse`] checks the syntax; a pointer of a patch that was read leniently may hold any
/// text, which then leads nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pointer(CompactString);

/// Why a text is no JSON Pointer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// Neither empty nor starting with a slash.
    #[error("a JSON Pointer is empty or starts with '/': {0:?}")]
    NoSlash(String),
    /// A tilde that is followed by neither 0 nor 1.
    #[error("in a JSON Pointer '~' is followed by 0 or 1: {0:?}")]
    BadEscape(String),
}

impl Pointer {
    /// Reads a pointer by the grammar of RFC 6901.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        if !text.is_empty() && !text.starts_with('/') {
            return Err(PointerError::NoSlash(text.to_owned()));
        }
        if text.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1'])) {
            return Err(PointerError::BadEscape(text.to_owned()));
        }
        Ok(Self(text.into()))
    }

    pub(super) fn unchecked(text: impl Into<CompactString>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this names the whole value.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps as they are written, still escaped. What stands before the first slash is no step.
    pub(super) fn raw_tokens(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').skip(1)
    }

    /// The steps, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.raw_tokens().map(unescape)
    }

    /// This pointer and one more step.
    #[must_use]
    pub fn child(&self, token: &str) -> Self {
        let mut text = self.0.clone();
        text.push('/');
        text.push_str(&escape(token));
        Self(text)
    }

    /// What this pointer names in `value`. `null` is a value like any other here.
    pub fn resolve<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        if self.0.is_empty() {
            return Some(value);
        }
        if !self.0.starts_with('/') {
            return None;
        }
        self.tokens().try_fold(value, |value, token| match value {
            Value::Map(map) => map.get(&token),
            Value::Array(items) => items.get(super::index::strict(&token)?),
            _ => None,
        })
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(super) fn unescape(token: &str) -> Cow<'_, str> {
    if !token.contains('~') {
        return token.into();
    }
    // This order keeps "~01" from becoming a slash.
    token.replace("~1", "/").replace("~0", "~").into()
}

fn escape(token: &str) -> Cow<'_, str> {
    if !token.contains(['~', '/']) {
        return token.into();
    }
    token.replace('~', "~0").replace('/', "~1").into()
}
