//! `In`, `AnyIn`, `AllIn` and their opposites.

use std::borrow::Cow;

use ironhull_value::{Value, wildcard_match};

use crate::kyverno::go_json::{Strings, strings};
use crate::kyverno::go_text::sprint;
use crate::kyverno::pattern::{is_range, leaf_matches};

type Texts<'a> = Vec<Cow<'a, str>>;

/// A key that is a map or null is in nothing, and not out of anything either.
enum Key<'a> {
    One(Cow<'a, str>),
    /// Upstream's `In` and `NotIn` stop the whole process at an item that is no text. Here such an item counts
    /// as its text, which is what the operators that took their place do.
    List(Texts<'a>),
}

fn key(key: &Value) -> Option<Key<'_>> {
    Some(match key {
        Value::Null | Value::Map(_) => return None,
        Value::Array(items) => Key::List(texts(items)),
        scalar => Key::One(sprint(scalar)),
    })
}

pub(super) fn holds_in(found: &Value, value: &Value) -> bool {
    match key(found) {
        Some(Key::One(key)) => plain_contains(&key, value) == Some(true),
        Some(Key::List(keys)) => plain_list(&keys, value, true) == Some(true),
        None => false,
    }
}

pub(super) fn holds_not_in(found: &Value, value: &Value) -> bool {
    match key(found) {
        Some(Key::One(key)) => plain_contains(&key, value) == Some(false),
        Some(Key::List(keys)) => plain_list(&keys, value, false) == Some(true),
        None => false,
    }
}

pub(super) fn holds_any_in(found: &Value, value: &Value) -> bool {
    match key(found) {
        Some(Key::One(key)) => contains(&key, value) == Some(true),
        Some(Key::List(keys)) => List::of(&keys, value, true).is_some_and(|list| match list {
            List::Same => true,
            List::Range(range) => keys.iter().any(|key| in_range(key, &range)),
            List::Texts(texts) => keys.iter().any(|key| is_among(key, &texts)),
        }),
        None => false,
    }
}

pub(super) fn holds_any_not_in(found: &Value, value: &Value) -> bool {
    match key(found) {
        Some(Key::One(key)) => contains(&key, value) == Some(false),
        Some(Key::List(keys)) => List::of(&keys, value, true).is_some_and(|list| match list {
            List::Same => false,
            // Upstream negates the range by its text, also where the first `-` is a sign.
            List::Range(range) => {
                let outside = range.replacen('-', "!-", 1);
                keys.iter().any(|key| in_range(key, &outside))
            }
            List::Texts(texts) => !keys.iter().all(|key| is_among(key, &texts)),
        }),
        None => false,
    }
}

pub(super) fn holds_all_in(found: &Value, value: &Value) -> bool {
    match key(found) {
        Some(Key::One(key)) => contains(&key, value) == Some(true),
        Some(Key::List(keys)) => List::of(&keys, value, false).is_some_and(|list| match list {
            List::Same => true,
            List::Range(range) => keys.iter().all(|key| in_range(key, &range)),
            List::Texts(texts) => keys.iter().all(|key| is_among(key, &texts)),
        }),
        None => false,
    }
}

pub(super) fn holds_all_not_in(found: &Value, value: &Value) -> bool {
    match key(found) {
        Some(Key::One(key)) => contains(&key, value) == Some(false),
        Some(Key::List(keys)) => List::of(&keys, value, false).is_some_and(|list| match list {
            List::Same => false,
            List::Range(range) => !keys.iter().any(|key| in_range(key, &range)),
            List::Texts(texts) => !keys.iter().any(|key| is_among(key, &texts)),
        }),
        None => false,
    }
}

/// What a list of keys is held against.
enum List<'a> {
    /// A text that is the only key.
    Same,
    Range(Cow<'a, str>),
    Texts(Texts<'a>),
}

impl<'a> List<'a> {
    /// None for a value that upstream does not take. Only the `Any…` operators take a single number or truth
    /// value.
    fn of(keys: &[Cow<'_, str>], value: &'a Value, scalars: bool) -> Option<Self> {
        Some(match value {
            Value::Array(items) => Self::Texts(texts(items)),
            Value::Str(text) if matches!(keys, [only] if *only == **text) => Self::Same,
            Value::Str(text) if is_range(text) => Self::Range(Cow::Borrowed(text)),
            Value::Str(text) => Self::Texts(json_or_itself(text)?),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) if scalars => Self::Texts(vec![sprint(value)]),
            _ => return None,
        })
    }
}

/// Whether one key is in the value; none for a value that upstream does not take.
fn contains(key: &str, value: &Value) -> Option<bool> {
    match value {
        Value::Array(items) => Some(items.iter().any(|item| matches_either(key, &sprint(item)))),
        Value::Str(text) if wildcard_match(text, key) => Some(true),
        Value::Str(text) if is_range(text) => Some(in_range(key, text)),
        Value::Str(text) => Some(json_or_itself(text)?.iter().any(|item| item == key)),
        _ => None,
    }
}

/// The same for `In` and `NotIn`, which know no ranges, and no text but a JSON list or a wildcard.
fn plain_contains(key: &str, value: &Value) -> Option<bool> {
    match value {
        Value::Array(items) => Some(items.iter().any(|item| matches_either(key, &sprint(item)))),
        Value::Str(text) if wildcard_match(text, key) => Some(true),
        Value::Str(text) => match strings(text) {
            Strings::List(items) => Some(items.iter().any(|item| item == key)),
            Strings::Other | Strings::NotJson => None,
        },
        _ => None,
    }
}

/// Whether every key is in the value, or, if not `wanted`, some key is not. A value that equals the only key
/// answers both with yes, as upstream does.
fn plain_list(keys: &[Cow<'_, str>], value: &Value, wanted: bool) -> Option<bool> {
    let items: Texts<'_> = match value {
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map(Cow::Borrowed)).collect::<Option<_>>()?
        }
        Value::Str(text) if matches!(keys, [only] if *only == **text) => return Some(true),
        Value::Str(text) => match strings(text) {
            Strings::List(items) => items.into_iter().map(Cow::Owned).collect(),
            Strings::Other | Strings::NotJson => return None,
        },
        _ => return None,
    };
    Some(keys.iter().all(|key| items.contains(key)) == wanted)
}

/// The items of a JSON list of strings, or the text itself if it is no JSON; none for other JSON.
fn json_or_itself(text: &str) -> Option<Texts<'_>> {
    match strings(text) {
        Strings::List(items) => Some(items.into_iter().map(Cow::Owned).collect()),
        Strings::NotJson => Some(vec![Cow::Borrowed(text)]),
        Strings::Other => None,
    }
}

fn texts(items: &[Value]) -> Texts<'_> {
    items.iter().map(sprint).collect()
}

fn is_among(key: &str, items: &[Cow<'_, str>]) -> bool {
    items.iter().any(|item| matches_either(key, item))
}

/// Wildcards count on both sides.
fn matches_either(one: &str, other: &str) -> bool {
    wildcard_match(one, other) || wildcard_match(other, one)
}

fn in_range(key: &str, range: &str) -> bool {
    leaf_matches(&Value::from(key), &Value::from(range))
}
