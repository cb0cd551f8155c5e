//! Single changes to objects and lists, each giving a new one that shares its members with the old.

use crate::{Key, Map, Value};

/// The object with `key` set.
pub(super) fn with_member(map: &Map, key: &str, value: Value) -> Value {
    let mut entries = Vec::with_capacity(map.len() + 1);
    entries.extend_from_slice(map.entries());
    if let Some(entry) = map.index_of(key).and_then(|found| entries.get_mut(found)) {
        entry.1 = value;
    } else {
        let place = entries.partition_point(|(candidate, _)| candidate.as_str() < key);
        entries.insert(place, (Key::new(key), value));
    }
    Value::Map(Map::from_sorted(entries))
}

/// The object without `key`.
pub(super) fn without_member(map: &Map, key: &str) -> Value {
    let entries = map.entries().iter().filter(|(candidate, _)| candidate.as_str() != key);
    Value::Map(Map::from_sorted(entries.cloned().collect()))
}

/// The list with the item at `index`, which exists, set.
pub(super) fn with_item(items: &[Value], index: usize, value: Value) -> Value {
    let mut items = items.to_vec();
    if let Some(item) = items.get_mut(index) {
        *item = value;
    }
    items.into()
}

/// The list with one more item before `index`, which is at most its length.
pub(super) fn with_inserted(items: &[Value], index: usize, value: Value) -> Value {
    let (before, after) = items.split_at_checked(index).unwrap_or((items, &[]));
    let mut all = Vec::with_capacity(items.len() + 1);
    all.extend_from_slice(before);
    all.push(value);
    all.extend_from_slice(after);
    all.into()
}

/// The list without the item at `index`.
pub(super) fn without_item(items: &[Value], index: usize) -> Value {
    let kept = items.iter().enumerate().filter(|(position, _)| *position != index);
    kept.map(|(_, item)| item.clone()).collect::<Vec<_>>().into()
}
