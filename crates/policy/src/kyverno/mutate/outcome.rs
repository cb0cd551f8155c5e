//! One mutation of one resource, and what Kyverno says of it.

use ironhull_value::Value;

use crate::kyverno::json;

use super::{Conditions, MutateError, json6902, strategic_merge};

/// What a rule, or one step of its `foreach`, does to a resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mutation<'a> {
    /// `patchStrategicMerge`.
    Strategic(&'a Value),
    /// `patchesJson6902`, the text.
    Json6902(&'a str),
}

impl<'a> Mutation<'a> {
    /// The mutation of a rule with these members. A strategic merge goes first; the JSON Patch of a rule that
    /// has both is ignored.
    pub fn new(strategic: Option<&'a Value>, json6902: &'a str) -> Result<Self, MutateError> {
        match strategic.filter(|patch| !patch.is_null()) {
            Some(patch) => Ok(Self::Strategic(patch)),
            None if json6902.is_empty() => Err(MutateError::Empty),
            None => Ok(Self::Json6902(json6902)),
        }
    }
}

/// What became of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The rule passed, and this is the resource now.
    Patched(Value),
    /// The rule is skipped: the patch changes nothing.
    Unchanged,
}

impl Outcome {
    /// The message of the rule's result. Kyverno's reports have its own sentence for what was patched.
    pub fn message(&self) -> &'static str {
        match self {
            Self::Patched(_) => "resource patched",
            Self::Unchanged => "no patches applied",
        }
    }
}

/// Applies a mutation. Every error makes the rule an error, with the error's text as its message.
pub fn mutate(
    resource: &Value,
    mutation: Mutation<'_>,
    conditions: Conditions<'_>,
) -> Result<Outcome, MutateError> {
    let patched = match mutation {
        Mutation::Strategic(patch) => strategic_merge(resource, patch, conditions),
        Mutation::Json6902(patch) => json6902(resource, patch),
    };
    let patched = patched.map_err(|error| MutateError::Patch(Box::new(error)))?;
    // Where there is no resource, upstream has nothing that the outcome could be equal to.
    let is_there = resource.as_map().is_none_or(|map| !map.is_empty());
    if is_there && (patched == *resource || json::write(&patched) == json::write(resource)) {
        return Ok(Outcome::Unchanged);
    }
    if patched.dig_str(&["kind"]).is_none_or(str::is_empty) {
        let text = serde_json::to_string(&patched).unwrap_or_default();
        return Err(MutateError::NoObject(format!("Object 'Kind' is missing in '{text}'")));
    }
    Ok(Outcome::Patched(patched))
}
