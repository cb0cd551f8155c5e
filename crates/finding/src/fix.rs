//! What would make a finding go away.

use ironhull_value::{Path, Value};

/// Whether a fix can be applied without looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It cannot change how the workload behaves.
    Safe,
    /// It may: somebody has to try it.
    Unsafe,
    /// Only a person can do it.
    Manual,
}

/// A change to an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The field.
    pub path: Path,
    /// What happens to it.
    pub kind: EditKind,
}

/// The kinds of changes.
#[derive(Clone, Debug, PartialEq)]
pub enum EditKind {
    /// The field gets this value; parents are made as needed.
    Set(Value),
    /// The field goes away.
    Remove,
}

/// A remedy.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// One sentence in the imperative.
    pub summary: String,
    /// How careful to be.
    pub safety: Safety,
    /// The changes; empty for a manual fix.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Set one field. `safety` is never [`Safety::Manual`].
    pub fn set(path: Path, value: impl Into<Value>, safety: Safety) -> Self {
        let value = value.into();
        let shown = match &value {
            Value::Str(text) => text.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            _ => "the value below".to_owned(),
        };
        Self {
            summary: format!("Set {path} to {shown}"),
            safety,
            edits: vec![Edit { path, kind: EditKind::Set(value) }],
        }
    }

    /// Remove one field.
    pub fn remove(path: Path, safety: Safety) -> Self {
        Self { summary: format!("Remove {path}"), safety, edits: vec![Edit { path, kind: EditKind::Remove }] }
    }

    /// Something that only a person can do.
    pub fn manual(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), safety: Safety::Manual, edits: Vec::new() }
    }
}
