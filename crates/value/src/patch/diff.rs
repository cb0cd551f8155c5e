//! The difference of two values.

use super::{JsonPatch, Operation, Pointer};
use crate::{Map, Value};

/// The operations that make `old` into `new`, in the shape of `gomodules.xyz/jsonpatch`, which is what
/// admission webhooks written in Go answer with: members are added, replaced and removed one by one; lists
/// shrink and grow at their end and their other items are compared in place; a value of another type is
/// replaced. There are no `move`, `copy` or `test` operations.
///
/// Members are named in order, removed ones last. Applying the operations to `old` gives exactly `new`.
#[must_use]
pub fn diff(old: &Value, new: &Value) -> JsonPatch {
    let mut operations = Vec::new();
    values(old, new, &Pointer::default(), &mut operations);
    JsonPatch::new(operations)
}

fn values(old: &Value, new: &Value, path: &Pointer, found: &mut Vec<Operation>) {
    match (old, new) {
        (Value::Map(old), Value::Map(new)) => members(old, new, path, found),
        (Value::Array(old), Value::Array(new)) => items(old, new, path, found),
        _ if old == new => {}
        _ => found.push(Operation::Replace { path: path.clone(), value: new.clone() }),
    }
}

fn members(old: &Map, new: &Map, path: &Pointer, found: &mut Vec<Operation>) {
    if old.is_same(new) {
        return;
    }
    for (key, value) in new.iter() {
        match old.get(key) {
            None => found.push(Operation::Add { path: path.child(key), value: value.clone() }),
            Some(before) if before == value => {}
            Some(before) => values(before, value, &path.child(key), found),
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(key)) {
        found.push(Operation::Remove { path: path.child(key) });
    }
}

fn items(old: &[Value], new: &[Value], path: &Pointer, found: &mut Vec<Operation>) {
    let step = |index: usize| path.child(&index.to_string());
    for index in (new.len()..old.len()).rev() {
        found.push(Operation::Remove { path: step(index) });
    }
    for (index, value) in new.iter().enumerate().skip(old.len()) {
        found.push(Operation::Add { path: step(index), value: value.clone() });
    }
    for (index, (before, value)) in old.iter().zip(new).enumerate() {
        if before != value {
            values(before, value, &step(index), found);
        }
    }
}
