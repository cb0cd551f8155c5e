//! RFC 7386: JSON Merge Patch.

use crate::{MapBuilder, Value};

/// `target` with the merge patch applied: `null` members of the patch remove, objects merge, everything
/// else replaces. A list is replaced as a whole.
///
/// Never fails; what the patch does not name is shared with `target`. Recurses as deep as the patch.
#[must_use]
pub fn merge_patch(target: &Value, patch: &Value) -> Value {
    let Value::Map(patch) = patch else { return patch.clone() };
    let target = target.as_map();
    let mut merged = MapBuilder::default();
    for (key, value) in target.iter().flat_map(|map| map.iter()) {
        if !patch.contains_key(key) {
            merged.insert(key.clone(), value.clone());
        }
    }
    for (key, value) in patch.iter().filter(|(_, value)| !value.is_null()) {
        let old = target.and_then(|map| map.get(key)).unwrap_or(&Value::Null);
        merged.insert(key.clone(), merge_patch(old, value));
    }
    Value::Map(merged.finish())
}
