//! Bounds on what a patch may make of a value.
//!
//! `copy` of the whole document into itself doubles it each time, and an index far beyond a list asks to
//! be filled up with nulls: without bounds a patch of a few lines takes all memory.

use super::error::{Cause, PatchError};
use crate::Value;

/// Nodes that one patch may add in all. An object of a cluster is at most a megabyte and a half of text.
const NODES: usize = 1 << 20;
/// Levels of objects and lists that an operation may reach. Everything that walks a value recurses.
pub(super) const DEPTH: usize = 512;

/// What is left of the bounds.
pub(super) struct Budget {
    nodes: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { nodes: NODES }
    }

    /// Pays for putting `value` at `depth` levels below the root.
    pub(super) fn value(&mut self, value: &Value, depth: usize) -> Result<(), PatchError> {
        self.nodes(1)?;
        if depth > DEPTH {
            return Err(PatchError::new(
                Cause::TooLarge,
                format!("the patched value would be more than {DEPTH} levels deep"),
            ));
        }
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.value(item, depth + 1)),
            Value::Map(map) => map.iter().try_for_each(|(_, member)| self.value(member, depth + 1)),
            _ => Ok(()),
        }
    }

    /// Pays for `count` nodes.
    pub(super) fn nodes(&mut self, count: usize) -> Result<(), PatchError> {
        self.nodes = self.nodes.checked_sub(count).ok_or_else(|| {
            PatchError::new(Cause::TooLarge, format!("the patch adds more than {NODES} values"))
        })?;
        Ok(())
    }
}
