//! Who made whom.

use std::sync::Arc;

use ironhull_value::Value;

use crate::{GroupKind, Object, World};

impl World {
    /// The controller that made `object`, if it is in this world.
    pub fn controller_of(&self, object: &Object) -> Option<&Arc<Object>> {
        let owners = object.value.dig_items(&["metadata", "ownerReferences"]);
        let owner =
            owners.iter().find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))?;
        let text = |field: &str| owner.get(field).and_then(Value::as_str);
        let (api_version, kind, name) = (text("apiVersion")?, text("kind")?, text("name")?);
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let kind = GroupKind::new(group, kind);
        self.get(kind, object.namespace(), name).or_else(|| self.get(kind, "", name))
    }

    /// The end of the chain of controllers above `object`; the object itself when nobody in this world
    /// made it.
    pub fn top_owner<'w>(&'w self, object: &'w Arc<Object>) -> &'w Arc<Object> {
        let mut top = object;
        // A chain is Pod, ReplicaSet, Deployment and perhaps a custom kind; the bound ends cycles.
        for _ in 0..8 {
            match self.controller_of(top) {
                Some(owner) => top = owner,
                None => break,
            }
        }
        top
    }
}
