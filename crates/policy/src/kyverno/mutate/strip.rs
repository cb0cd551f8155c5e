//! Taking the conditions out of a patch once they have been asked.

use super::MutateError;
use super::anchor::{Anchor, Modifier};
use super::preprocess::has_anchors;
use super::tree::{Id, Kind, Tree};

/// Takes the conditions out of the whole patch. Unlike deeper objects the root stays, empty or not.
pub(super) fn strip_root(tree: &mut Tree, patch: Id) -> Result<(), MutateError> {
    tree.expect(patch, Kind::Map)?;
    for key in tree.keys(patch) {
        let condition = Anchor::parse(&key).is_some_and(|anchor| anchor.modifier.is_condition());
        let Some(value) = tree.field(patch, &key) else { continue };
        if strip(tree, value, condition)? {
            tree.clear(patch, &key)?;
        }
    }
    Ok(())
}

/// Takes the conditions out of a node. True when nothing else was in it: then the node has to go, or it
/// would empty what it only asked about.
pub(super) fn strip(tree: &mut Tree, node: Id, scalar_goes: bool) -> Result<bool, MutateError> {
    match tree.kind(node) {
        Kind::Map => strip_map(tree, node),
        Kind::Seq => strip_list(tree, node),
        Kind::Scalar => Ok(scalar_goes),
    }
}

fn strip_map(tree: &mut Tree, node: Id) -> Result<bool, MutateError> {
    let mut left = false;
    for key in tree.keys(node) {
        if !Anchor::parse(&key).is_some_and(|anchor| anchor.modifier.is_condition()) {
            continue;
        }
        let Some(value) = tree.field(node, key.trim()) else { continue };
        if strip(tree, value, true)? {
            tree.clear(node, key.trim())?;
        } else {
            left = true;
        }
    }
    if left {
        for key in tree.keys(node) {
            if let Some(anchor) = Anchor::parse(&key).filter(|anchor| anchor.modifier.is_condition()) {
                tree.rename(node, key.trim(), anchor.key);
            }
        }
    }
    let mut goes = true;
    for key in tree.keys(node) {
        let Some(value) = tree.field(node, &key) else { continue };
        if strip(tree, value, false)? {
            tree.clear(node, &key)?;
        } else {
            goes = false;
        }
    }
    Ok(goes)
}

/// Items with anchors have been replaced by items for what they match, and go. Kyverno removes by the
/// position that an item had before any was removed: with several such items it removes others, or fails.
fn strip_list(tree: &mut Tree, node: Id) -> Result<bool, MutateError> {
    let items = tree.items(node).to_vec();
    for (position, item) in items.iter().enumerate() {
        if has_anchors(tree, *item, Modifier::is_active) || strip(tree, *item, false)? {
            remove(tree, node, position)?;
        }
    }
    Ok(tree.items(node).is_empty() && !items.is_empty())
}

fn remove(tree: &mut Tree, list: Id, position: usize) -> Result<(), MutateError> {
    let Some(items) = tree.items_mut(list) else { return Ok(()) };
    if position >= items.len() {
        return Err(MutateError::Panic(format!(
            "runtime error: slice bounds out of range [{}:{}]",
            position + 1,
            items.len()
        )));
    }
    items.remove(position);
    Ok(())
}
