//! What mutate rules do to a resource: strategic merges with anchors, and JSON Patches.
//!
//! The semantics, and the messages, are those of Kyverno 1.19 (`pkg/engine/mutate`) with the parts of
//! kustomize and `evanphx/json-patch` that it is built on. Variables are substituted before anything here is
//! called. Nothing here changes a value in place.

mod anchor;
mod directive;
mod element;
mod error;
mod json_patch;
mod list;
mod merge;
mod outcome;
mod preprocess;
mod schema;
mod strategic;
mod strip;
mod tree;

#[cfg(test)]
mod tests;

pub use error::MutateError;
pub use json_patch::json6902;
pub use outcome::{Mutation, Outcome, mutate};
pub use strategic::{Conditions, strategic_merge};
