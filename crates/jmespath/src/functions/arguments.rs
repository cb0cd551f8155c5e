//! Arguments as the implementations want them. Types have been checked before, so what does not fit is
//! answered with something harmless, but for variadic functions, which check for themselves.

use std::borrow::Cow;

use ironhull_value::Value;

use crate::program::NodeId;
use crate::term::{Term, View, lossy};

pub(super) fn get<'t, 'a>(arguments: &'t [Term<'a>], index: usize) -> &'t Term<'a> {
    arguments.get(index).unwrap_or(const { &Term::NULL })
}

/// Text, each byte that is no part of a character replaced.
pub(super) fn text<'t>(arguments: &'t [Term<'_>], index: usize) -> Cow<'t, str> {
    match get(arguments, index).view() {
        View::Text(text) => Cow::Borrowed(text),
        View::Bytes(bytes) => Cow::Owned(lossy(bytes)),
        _ => Cow::Borrowed(""),
    }
}

/// Text as Go holds it: any bytes.
pub(super) fn bytes<'t>(arguments: &'t [Term<'_>], index: usize) -> &'t [u8] {
    match get(arguments, index).view() {
        View::Text(text) => text.as_bytes(),
        View::Bytes(bytes) => bytes,
        _ => &[],
    }
}

pub(super) fn number(arguments: &[Term<'_>], index: usize) -> f64 {
    if let View::Number(number) = get(arguments, index).view() { number } else { f64::NAN }
}

pub(super) fn items<'t>(arguments: &'t [Term<'_>], index: usize) -> &'t [Value] {
    if let View::Array(items) = get(arguments, index).view() { items } else { &[] }
}

pub(super) fn reference(arguments: &[Term<'_>], index: usize) -> Option<NodeId> {
    if let View::Reference(node) = get(arguments, index).view() { Some(node) } else { None }
}
