//! Finding and setting items of a list by the values of their keys.

use compact_str::CompactString;

use super::MutateError;
use super::tree::{Id, Kind, Tree};

/// The first item whose `keys` have these `values`. The empty key stands for the item itself.
pub(super) fn find_element(tree: &Tree, list: Id, keys: &[&str], values: &[CompactString]) -> Option<Id> {
    let first = values.first().map(CompactString::as_str).unwrap_or_default();
    let mut items = tree.items(list).iter().copied();
    if keys.first().is_none_or(|key| key.is_empty()) {
        return items.find(|item| tree.text(*item) == first);
    }
    items.find(|item| {
        keys.iter()
            .zip(values)
            .all(|(key, value)| tree.field(*item, key).is_some_and(|field| tree.text(field) == *value))
    })
}

/// Puts `element` in the place of every item whose `keys` have these `values`, or at the end when there is
/// none; without an element, removes them. Items that are null or empty objects go in any case. A key
/// without a value asks only that the key is there.
pub(super) fn set_element(
    tree: &mut Tree,
    list: Id,
    element: Option<Id>,
    keys: &[&str],
    values: &[CompactString],
) -> Result<(), MutateError> {
    tree.expect(list, Kind::Seq)?;
    let keys = if keys.is_empty() { &[""] } else { keys };
    let by_member =
        !keys.first().is_none_or(|key| key.is_empty()) && !values.first().is_none_or(CompactString::is_empty);
    let mut kept = Vec::new();
    let mut placed = false;
    for item in tree.items(list).to_vec() {
        if tree.is_empty_map(item) {
            continue;
        }
        if by_member && tree.kind(item) != Kind::Map {
            kept.push(item);
        } else if !is_match(tree, item, keys, values)? {
            if !values.is_empty() {
                kept.push(item);
            }
        } else {
            placed = true;
            kept.extend(element);
        }
    }
    let element = element.filter(|element| !tree.is_null(*element));
    kept.extend(element.filter(|_| !placed));
    if let Some(items) = tree.items_mut(list) {
        *items = kept;
    }
    Ok(())
}

fn is_match(tree: &Tree, item: Id, keys: &[&str], values: &[CompactString]) -> Result<bool, MutateError> {
    // Keys beyond the values ask for nothing once one key has matched.
    let mut matched = false;
    for (position, key) in keys.iter().enumerate() {
        if let Some(value) = values.get(position) {
            matched = has(tree, item, key, value)?;
        }
        if !matched {
            return Ok(false);
        }
    }
    Ok(matched)
}

fn has(tree: &Tree, item: Id, key: &str, value: &str) -> Result<bool, MutateError> {
    if key.is_empty() {
        tree.expect(item, Kind::Scalar)?;
        return Ok(tree.text(item) == value);
    }
    tree.expect(item, Kind::Map)?;
    Ok(tree.field(item, key).is_some_and(|field| value.is_empty() || tree.text(field) == value))
}
