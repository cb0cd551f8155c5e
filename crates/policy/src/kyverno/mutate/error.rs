//! Why a mutation is an error.

use compact_str::CompactString;
use ironhull_value::{Key, PatchError};

/// Why a resource cannot be mutated. The texts are Kyverno's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MutateError {
    /// The rule has neither a strategic merge nor a JSON Patch.
    #[error("empty mutate rule")]
    Empty,
    /// The patch cannot be applied, for the reason within.
    #[error("failed to patch resource: {0}")]
    Patch(Box<MutateError>),
    /// The anchors of a strategic merge make no sense for the resource.
    #[error("failed to preProcess rule: {0}")]
    Preprocess(Box<MutateError>),
    /// An object where a list is wanted, or the like.
    #[error("wrong node kind: expected {expected} but got {found}: node contents:\n{contents}\n")]
    WrongKind {
        /// What is wanted, in words of YAML.
        expected: &'static str,
        /// What is there.
        found: &'static str,
        /// What is there, in flow style.
        contents: String,
    },
    /// `$patch` says something else than `merge`, `replace` or `delete`.
    #[error("unknown patch strategy '{0}'")]
    UnknownDirective(String),
    /// A directive was looked for in a scalar.
    #[error("no implemented strategic merge patch strategy for '{0}'")]
    NoDirective(CompactString),
    /// The merge leaves no object: the patch is null, or asks to delete the whole.
    #[error("filter cannot create or delete objects")]
    NothingLeft,
    /// A key is in an object twice, once perhaps as an anchor.
    #[error("yaml: unmarshal errors:\n  mapping key \"{0}\" already defined")]
    Duplicate(Key),
    /// Kyverno itself would panic.
    #[error("{0}")]
    Panic(String),
    /// Another error, and what was being done.
    #[error("{0}: {1}")]
    Within(&'static str, Box<MutateError>),
    /// The text of a JSON Patch is not YAML.
    #[error("failed to convert patchesJSON6902 to JSON: {0}")]
    NotYaml(String),
    /// A JSON Patch is not written as it should be.
    #[error("failed to decode patches: {0}")]
    Decode(String),
    /// A JSON Patch does not fit the resource.
    #[error(transparent)]
    Json(#[from] PatchError),
    /// What the patch leaves is no Kubernetes object.
    #[error("failed to unmarshal patched resource: {0}")]
    NoObject(String),
}

impl MutateError {
    pub(super) fn within(self, context: &'static str) -> Self {
        Self::Within(context, Box::new(self))
    }

    /// The first key that is there twice.
    pub(super) fn duplicate<'a>(keys: impl Iterator<Item = &'a Key>) -> Self {
        let mut keys: Vec<_> = keys.collect();
        keys.sort();
        let twice = keys.windows(2).find_map(|pair| match pair {
            [a, b] if a == b => Some(*a),
            _ => None,
        });
        Self::Duplicate(twice.cloned().unwrap_or_else(|| Key::new("")))
    }
}
