//! Changes to a [`Value`](crate::Value): JSON Pointer (RFC 6901), JSON Patch (RFC 6902), JSON Merge Patch
//! (RFC 7386), and the difference of two values as a JSON Patch.
//!
//! Nothing is changed in place. A patched value shares every sub-tree that the patch does not reach.

mod apply;
mod budget;
mod diff;
mod edit;
mod error;
mod index;
mod merge;
mod operation;
mod pointer;
mod walk;

#[cfg(test)]
mod tests;

pub use diff::diff;
pub use error::{Cause, PatchError};
pub use merge::merge_patch;
pub use operation::{Dialect, JsonPatch, Operation};
pub use pointer::{Pointer, PointerError};
