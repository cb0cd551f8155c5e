//! `patchStrategicMerge`.

use ironhull_value::{Map, Value};

use super::MutateError;
use super::merge::merge;
use super::preprocess::{Stop, preprocess};
use super::schema::Schema;
use super::tree::Tree;

/// Whether a value of the resource satisfies the pattern of a condition, by Kyverno's matching of patterns.
/// Called with the value first. A scalar of either side comes as text, as Kyverno compares them here;
/// numbers within objects and lists come as floats.
pub type Conditions<'a> = &'a dyn Fn(&Value, &Value) -> bool;

/// `resource` merged with `patch`.
///
/// Where a condition outside of lists, or a global condition, does not hold, the patch is taken for an empty
/// one: the result then mostly equals the resource, which Kyverno reports as skipped. Lists that the
/// Kubernetes API merges by key are in order even then: items with equal keys become one, items that are
/// empty go.
///
/// Parts that stay as they are are shared with `resource`. Recurses as deep as the values.
pub fn strategic_merge(
    resource: &Value,
    patch: &Value,
    conditions: Conditions<'_>,
) -> Result<Value, MutateError> {
    let mut tree = Tree::default();
    let mut origin = tree.import(&whole_numbers(patch));
    match preprocess(&mut tree, origin, resource, conditions) {
        Ok(()) => {}
        Err(Stop::Condition | Stop::Global) => origin = tree.import(&Value::Map(Map::default())),
        Err(Stop::Error(error @ MutateError::Panic(_))) => return Err(error),
        Err(Stop::Error(error)) => return Err(MutateError::Preprocess(Box::new(error))),
    }
    let dest = tree.import(resource);
    let merged = merge(&mut tree, Some(dest), Some(origin), Schema::Unknown)?;
    let (root, _) = merged.ok_or(MutateError::NothingLeft)?;
    tree.export(root, Some(resource))
}

/// The patch with `1.0` as `1`, as Go writes it.
fn whole_numbers(value: &Value) -> Value {
    match value {
        Value::Float(_) => value.as_i64().map_or_else(|| value.clone(), Value::Int),
        Value::Array(items) => items.iter().map(whole_numbers).collect::<Vec<_>>().into(),
        Value::Map(map) => map.iter().map(|(key, member)| (key.clone(), whole_numbers(member))).collect(),
        other => other.clone(),
    }
}
