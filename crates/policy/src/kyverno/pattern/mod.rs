//! Patterns: `validate.pattern` and `validate.anyPattern`, as Kyverno 1.19 matches them.
//!
//! Lives here: the compiled pattern, its anchors, and the comparison of single values that conditions use for
//! ranges too. Never lives here: variables, which are replaced before a pattern is compiled.
//!
//! Where upstream goes through a Go map in random order and the order shows, here it is the order of keys.

mod anchor;
mod evaluate;
mod failure;
pub(in crate::kyverno) mod leaf;
mod metadata;
mod observe;
pub(in crate::kyverno) mod operator;
mod path;
mod source;
#[cfg(test)]
mod tests;
pub(in crate::kyverno) mod text;
pub(in crate::kyverno) mod tree;

use ironhull_value::{Path, Segment, Value};

use self::evaluate::Run;
use self::failure::Words;
use self::leaf::Leaf;
use self::observe::Nobody;
use self::path::At;
use self::tree::Node;

pub use self::anchor::{AnchorKind, parse_anchor};
pub use self::observe::{Decision, Event, Observer};
pub(super) use self::operator::is_range;

/// A pattern, ready to match resources.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub(super) root: Node,
}

/// Why a resource does not match, with upstream's words.
///
/// `skip` says that the pattern does not apply. Without it an empty path means an error, and any other one a
/// failure there; that is what upstream's callers make of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// What went wrong.
    pub message: String,
    /// Where in the resource, like `/spec/containers/0/image/`.
    pub path: String,
    /// Whether a condition or a global anchor says that the resource is not meant.
    pub skip: bool,
}

impl PatternError {
    /// The path, as far as the resource has it. Keys may have slashes in them, so that only the resource says
    /// where one ends.
    pub fn place(&self, resource: &Value) -> Path {
        let (mut path, mut value, mut rest) = (Path::root(), resource, self.path.trim_matches('/'));
        while !rest.is_empty() {
            let ends = rest.match_indices('/').map(|(end, _)| end).chain([rest.len()]);
            let next = match value {
                Value::Map(map) => ends
                    .filter_map(|end| Some((end, Segment::from(&rest[..end]), map.get(&rest[..end])?)))
                    .next_back(),
                Value::Array(items) => {
                    let end = rest.find('/').unwrap_or(rest.len());
                    let index: Option<usize> = rest[..end].parse().ok();
                    index.and_then(|index| Some((end, Segment::Index(index), items.get(index)?)))
                }
                _ => None,
            };
            let Some((end, segment, inner)) = next else { break };
            (path, value) = (path.child(segment), inner);
            rest = rest[end..].trim_start_matches('/');
        }
        path
    }
}

impl Pattern {
    /// Compiles a pattern in which no variables are left. Every value is one; what upstream refuses it refuses
    /// for each resource.
    ///
    /// Numbers count as they come: upstream reads `pattern` with whole numbers as integers, but the members of
    /// `anyPattern` with every number as a float, which [`floats`] gives.
    pub fn compile(pattern: &Value) -> Self {
        Self { root: Node::compile(pattern) }
    }

    /// Matches a resource.
    pub fn matches(&self, resource: &Value) -> Result<(), PatternError> {
        // Only what fails in the end is put into words, in a second run.
        match Run::new(&mut Nobody, Words::Unwanted).element(resource, &self.root, &At::ROOT) {
            Ok(()) => Ok(()),
            Err(_) => self.matches_observed(resource, &mut Nobody),
        }
    }

    /// The pattern as upstream leaves it behind after a resource: keys with wildcards are those of the resource.
    pub(super) fn after(&self, resource: &Value) -> Self {
        let mut observer = Nobody;
        let mut run = Run::new(&mut observer, Words::Unwanted);
        // What comes out does not matter here.
        let _ = run.element(resource, &self.root, &At::ROOT);
        Self { root: run.rewritten(&self.root) }
    }

    /// Matches a resource and tells an observer what decided on the way.
    pub fn matches_observed<O: Observer>(
        &self,
        resource: &Value,
        observer: &mut O,
    ) -> Result<(), PatternError> {
        let mut run = Run::new(observer, Words::Wanted);
        run.element(resource, &self.root, &At::ROOT).map_err(|failure| {
            let skip = failure.is_skip();
            // An anchor whose key is nowhere takes the path away, unless a negation is the reason.
            let nowhere = skip || (!failure.is_negation() && run.keys_are_missing());
            let path = if nowhere { String::new() } else { failure.path };
            PatternError { message: failure.message, path, skip }
        })
    }
}

/// Whether one value matches one scalar of a pattern, like `5` and `> 3`. A pattern that is a map asks for a
/// map, and nothing matches one that is a list.
pub fn leaf_matches(value: &Value, pattern: &Value) -> bool {
    Leaf::compile(pattern).matches(value)
}

/// A value with every number in it as a float, which is how upstream has `anyPattern`: it goes through Go's
/// `encoding/json` once more. Messages show the difference, as in `1e+06`.
pub fn floats(value: &Value) -> Value {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "Go's decoder rounds in the same way")]
        Value::Int(number) => Value::Float(*number as f64),
        Value::Array(items) => Value::Array(items.iter().map(floats).collect()),
        Value::Map(map) => map.iter().map(|(key, value)| (key.clone(), floats(value))).collect(),
        other => other.clone(),
    }
}
