//! How a part of a pattern fails, and what is read out of the text of a failure.

use std::fmt::{self, Arguments, Write as _};

use ironhull_value::{Type, Value};
use smallvec::SmallVec;

use super::path::At;
use crate::kyverno::go_text::{GoText, type_name};

const CONDITION: &str = "conditional anchor mismatch";
const GLOBAL: &str = "global anchor mismatch";
const NEGATION: &str = "negation anchor matched in resource";

/// Whether failures say what went wrong. Most failures are skips of items in a list, and of a resource that
/// matches in the end nobody reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Wanted,
    Unwanted,
}

/// An error on its way up.
#[derive(Debug)]
pub(super) struct Failure {
    /// Upstream's words; empty unless they are wanted.
    pub(super) message: String,
    /// Where upstream says that it was; empty unless words are wanted.
    pub(super) path: String,
    origin: Origin,
}

/// What kind of Go error it is upstream, which decides how it is recognised there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Made of a text. Upstream has no other way than to search it for the words of anchors, so a value of the
    /// resource with these words in it makes a skip there too.
    Text {
        skip: bool,
        negation: bool,
    },
    /// Several skips, put together.
    Skips,
    Condition,
    Global,
    Negation,
}

impl Failure {
    pub(super) fn leaf(words: Words, at: &At<'_>, found: &Value, wanted: &Value) -> Self {
        let (found, wanted) = (GoText(found), GoText(wanted));
        Self::text(words, at, format_args!("resource value '{found}' does not match '{wanted}' at path {at}"))
    }

    pub(super) fn not_a_map(words: Words, at: &At<'_>, found: Type) -> Self {
        let (wanted, found) = (type_name(Type::Map), type_name(found));
        let start = "pattern and resource have different structures";
        Self::text(words, at, format_args!("{start}. Path: {at}. Expected {wanted}, found {found}"))
    }

    pub(super) fn not_an_array(words: Words, at: &At<'_>) -> Self {
        let end = "resource does not satisfy the expected overlay pattern";
        Self::text(words, at, format_args!("validation rule failed at path {at}, {end}"))
    }

    pub(super) fn empty_pattern(words: Words, at: &At<'_>) -> Self {
        Self::text(words, at, format_args!("pattern Array empty"))
    }

    pub(super) fn too_short(words: Words, at: &At<'_>, found: usize, wanted: usize) -> Self {
        let start = "validate Array failed, array length mismatch";
        let message =
            format_args!("{start}, resource Array len is {found} and pattern Array len is {wanted}");
        // Upstream does not say where.
        Self { path: String::new(), ..Self::text(words, at, message) }
    }

    pub(super) fn absent(words: Words, at: &At<'_>, key: &str) -> Self {
        Self::text(words, at, format_args!("{at}/{key} not found"))
    }

    pub(super) fn existence_pattern(words: Words, at: &At<'_>, found: Type) -> Self {
        let end = "Pattern has to be of list to compare against resource";
        Self::text(words, at, format_args!("invalid pattern type {}: {end}", type_name(found)))
    }

    pub(super) fn existence_item(words: Words, at: &At<'_>) -> Self {
        let end = "Pattern has to be of type map to compare against items in resource";
        // Of the list, and not of the item that is meant.
        Self::text(words, at, format_args!("invalid pattern type {}: {end}", type_name(Type::Array)))
    }

    pub(super) fn existence_resource(words: Words, at: &At<'_>, found: Type) -> Self {
        let end = "Existence ^ () anchor can be used only on list/array type resource";
        Self::text(words, at, format_args!("invalid resource type {}: {end}", type_name(found)))
    }

    pub(super) fn nothing_exists(words: Words, at: &At<'_>) -> Self {
        Self::text(words, at, format_args!("existence anchor validation failed at path {at}"))
    }

    pub(super) fn negated(words: Words, at: &At<'_>) -> Self {
        Self::anchor(words, at, Origin::Negation, format_args!("{NEGATION}: {at} is not allowed"))
    }

    pub(super) fn no_condition_key(words: Words, at: &At<'_>) -> Self {
        let end = "conditional anchor key doesn't exist in the resource";
        Self::anchor(words, at, Origin::Condition, format_args!("{CONDITION}: {end}"))
    }

    pub(super) fn in_condition(self, words: Words) -> Self {
        self.inside(words, Origin::Condition, CONDITION)
    }

    pub(super) fn in_global(self, words: Words) -> Self {
        self.inside(words, Origin::Global, GLOBAL)
    }

    fn inside(self, words: Words, origin: Origin, prefix: &str) -> Self {
        if words == Words::Unwanted {
            return Self { origin, ..self };
        }
        Self { message: format!("{prefix}: {}", self.message), origin, ..self }
    }

    fn anchor(words: Words, at: &At<'_>, origin: Origin, message: Arguments<'_>) -> Self {
        let (message, path) = written(words, at, message);
        Self { message, path, origin }
    }

    fn text(words: Words, at: &At<'_>, message: Arguments<'_>) -> Self {
        let mut searched = Searched::default();
        let _ = searched.write_fmt(message);
        let skip = searched.contains(CONDITION) || searched.contains(GLOBAL);
        let negation = searched.contains(NEGATION);
        Self::anchor(words, at, Origin::Text { skip, negation }, message)
    }

    /// Whether the pattern does not apply.
    pub(super) fn is_skip(&self) -> bool {
        matches!(
            self.origin,
            Origin::Condition | Origin::Global | Origin::Skips | Origin::Text { skip: true, .. }
        )
    }

    /// Whether a negation is the reason.
    pub(super) fn is_negation(&self) -> bool {
        matches!(self.origin, Origin::Negation | Origin::Text { negation: true, .. })
    }
}

/// Skips among the anchors of a map or the items of a list.
#[derive(Debug, Default)]
pub(super) struct Skips {
    messages: Vec<String>,
    /// Whether there is any.
    pub(super) any: bool,
    /// Whether there is one that is not put together of others: one from an anchor right here.
    pub(super) own: bool,
}

impl Skips {
    pub(super) fn add(&mut self, words: Words, skip: Failure) {
        self.any = true;
        self.own |= skip.origin != Origin::Skips;
        if words == Words::Wanted {
            self.messages.push(skip.message);
        }
    }

    /// All of them as one.
    pub(super) fn together(self, words: Words, at: &At<'_>) -> Failure {
        Failure::anchor(words, at, Origin::Skips, format_args!("{}", self.messages.join("; ")))
    }
}

fn written(words: Words, at: &At<'_>, message: Arguments<'_>) -> (String, String) {
    match words {
        Words::Wanted => (message.to_string(), at.to_string()),
        Words::Unwanted => (String::new(), String::new()),
    }
}

/// A message that is only searched: on the stack, unless it is long.
#[derive(Default)]
struct Searched(SmallVec<[u8; 256]>);

impl Searched {
    fn contains(&self, words: &str) -> bool {
        memchr::memmem::find(&self.0, words.as_bytes()).is_some()
    }
}

impl fmt::Write for Searched {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
