//! What is judged.

use ironhull_value::{Path, Value};

use crate::{Expected, Invalid};

/// A pod, or a pod template, by reference.
#[derive(Clone, Copy, Debug)]
pub struct PodRef<'a> {
    /// `metadata`; of it only annotations matter. Null when absent.
    pub metadata: &'a Value,
    /// `spec`. Null when absent, which is an empty spec.
    pub spec: &'a Value,
}

impl<'a> PodRef<'a> {
    /// The pod with this metadata and spec.
    pub fn new(metadata: &'a Value, spec: &'a Value) -> Self {
        Self { metadata, spec }
    }

    /// The pod that `object` is: a Pod, or a pod template, which has the same two members.
    ///
    /// # Errors
    /// If `object` is no object.
    pub fn of(object: &'a Value) -> Result<Self, Invalid> {
        let Value::Map(map) = object else {
            return Err(Invalid { path: Path::root(), expected: Expected::Object, found: object.kind() });
        };
        let member = |key| map.get(key).unwrap_or(&Value::Null);
        Ok(Self { metadata: member("metadata"), spec: member("spec") })
    }
}
