//! Lists that merge by the keys of their items. Items of the patch come first.

use compact_str::CompactString;
use ironhull_value::Key;

use super::MutateError;
use super::directive::{Directive, directive};
use super::element::{find_element, set_element};
use super::merge::{Merged, merge, new_list};
use super::schema::Schema;
use super::tree::{Id, Kind, Tree};

/// The values of the keys of one item, empty where it has none.
type Values = Vec<CompactString>;

/// Merges two lists, of which at least one is there. Without `keys` items are texts and their own keys.
pub(super) fn merge_list(
    tree: &mut Tree,
    dest: Option<Id>,
    origin: Option<Id>,
    keys: &[&str],
    element: Schema,
) -> Result<Merged, MutateError> {
    let Some(dest) = choose(tree, dest, origin)? else { return Ok(None) };
    let all = values_of_all(tree, dest, origin, keys);
    let keys = if keys.is_empty() { &[""] } else { keys };
    Ok(Some((merge_items(tree, dest, origin, keys, all, element)?, false)))
}

fn choose(tree: &mut Tree, dest: Option<Id>, origin: Option<Id>) -> Result<Option<Id>, MutateError> {
    let Some(dest) = dest.filter(|dest| !tree.is_null(*dest)) else { return Ok(origin) };
    if origin.is_some_and(|origin| tree.is_null(origin)) {
        return Ok(None);
    }
    Ok(match directive(tree, origin)? {
        Directive::Delete => None,
        Directive::Replace => origin,
        Directive::Merge => Some(dest),
    })
}

fn values_of_all(tree: &Tree, dest: Id, origin: Option<Id>, keys: &[&str]) -> Vec<Values> {
    let mut all: Vec<Values> = Vec::new();
    for list in origin.into_iter().chain([dest]) {
        for item in tree.items(list) {
            let values = if keys.is_empty() { vec![tree.text(*item)] } else { values_of(tree, *item, keys) };
            if !all.contains(&values) {
                all.push(values);
            }
        }
    }
    all
}

fn values_of(tree: &Tree, item: Id, keys: &[&str]) -> Values {
    let field = |key: &&str| tree.field(item, key).filter(|field| !tree.is_nothing(*field));
    keys.iter().map(|key| field(key).map(|field| tree.text(field)).unwrap_or_default()).collect()
}

fn merge_items(
    tree: &mut Tree,
    dest: Id,
    origin: Option<Id>,
    keys: &[&str],
    mut all: Vec<Values>,
    element: Schema,
) -> Result<Id, MutateError> {
    if keys.len() > 1 {
        unify(&mut all);
    }
    let merged = new_list(tree);
    let used = used_keys(&all, keys);
    for values in &all {
        let values = used_values(values, keys, &used);
        let item = item_for(tree, dest, &used, &values);
        let change = origin.and_then(|origin| item_for(tree, origin, &used, &values));
        let result = merge(tree, item, change, element)?;
        let Some((result, _)) = result.filter(|(result, _)| !tree.is_empty_map(*result)) else {
            for _ in &used {
                set_element(tree, dest, None, &used, &values)?;
            }
            continue;
        };
        for (key, value) in used.iter().zip(&values) {
            if !key.is_empty() && !value.is_empty() && tree.field(result, key).is_none() {
                let value = tree.scalar(value);
                tree.set_field(result, &Key::new(key), Some((value, false)))?;
            }
        }
        set_element(tree, merged, Some(result), &used, &values)?;
    }
    if all.is_empty() {
        return Ok(dest);
    }
    append(tree, merged, dest, &used)?;
    Ok(merged)
}

/// The item with these values: by the keys that have one, or by all where none has.
fn item_for(tree: &Tree, list: Id, keys: &[&str], values: &[CompactString]) -> Option<Id> {
    let one = [values.to_vec()];
    let used = used_keys(&one, keys);
    find_element(tree, list, &used, &used_values(values, keys, &used))
}

/// The keys that any item has a value for, or all where none has.
fn used_keys<'a>(all: &[Values], keys: &[&'a str]) -> Vec<&'a str> {
    let is_used = |position: usize| {
        all.iter().any(|values| values.get(position).is_some_and(|value| !value.is_empty()))
    };
    let used: Vec<_> =
        keys.iter().enumerate().filter(|(position, _)| is_used(*position)).map(|(_, key)| *key).collect();
    if used.is_empty() { keys.to_vec() } else { used }
}

fn used_values(values: &[CompactString], keys: &[&str], used: &[&str]) -> Values {
    keys.iter().zip(values).filter(|(key, _)| used.contains(key)).map(|(_, value)| value.clone()).collect()
}

/// Takes items for the same when they differ only in keys that one of them leaves open: a port with a
/// protocol and the same port without.
fn unify(all: &mut [Values]) {
    for a in 0..all.len() {
        // The item is compared as it was when its turn came, though it may have been unified since.
        let Some(one) = all.get(a).cloned() else { continue };
        for b in 0..all.len() {
            let Some(both) = all.get(b).and_then(|other| common(&one, other)) else { continue };
            for position in [a, b] {
                if let Some(values) = all.get_mut(position) {
                    values.clone_from(&both);
                }
            }
        }
    }
}

fn common(one: &Values, other: &Values) -> Option<Values> {
    let mut agree = false;
    let mut both = Vec::with_capacity(one.len());
    for (a, b) in one.iter().zip(other) {
        agree |= a == b;
        if a != b && !a.is_empty() && !b.is_empty() {
            return None;
        }
        both.push(if a.is_empty() { b.clone() } else { a.clone() });
    }
    agree.then_some(both)
}

/// Adds the items of `from` to `list`, in the place of those with the same keys. An item without the only
/// key drives out what was there before it, as it does in kustomize.
fn append(tree: &mut Tree, list: Id, from: Id, keys: &[&str]) -> Result<(), MutateError> {
    for item in tree.items(from).to_vec() {
        if keys.first().is_none_or(|key| key.is_empty()) {
            let text = tree.text(item);
            set_element(tree, list, Some(item), &[""], &[text])?;
            continue;
        }
        tree.expect(item, Kind::Map)?;
        let mut values = Values::new();
        for key in keys {
            match tree.field(item, key) {
                Some(field) => values.push(tree.text(field)),
                None => {
                    if let Some(items) = tree.items_mut(list) {
                        items.push(item);
                    }
                }
            }
        }
        if keys.len() > 1 {
            set_element(tree, list, None, keys, &values)?;
        }
        set_element(tree, list, Some(item), keys, &values)?;
    }
    Ok(())
}
