//! Anchors of a strategic merge patch: what remains of the patch for this resource.
//!
//! Follows Kyverno 1.19 step by step, its surprises included, since a policy that works there must do the
//! same here.

use std::collections::HashMap;

use ironhull_value::{Key, Value};

use super::anchor::{Anchor, Modifier};
use super::tree::{Id, Kind, Node, Tree, go_text};
use super::{Conditions, MutateError, strip};

/// Why the anchors stop.
#[derive(Debug)]
pub(super) enum Stop {
    /// A condition does not hold: in a list the item is left out, elsewhere the rule.
    Condition,
    /// A global condition does not hold: the rule is left out.
    Global,
    /// Something is wrong with the patch.
    Error(MutateError),
}

impl From<MutateError> for Stop {
    fn from(error: MutateError) -> Self {
        Self::Error(error)
    }
}

/// Replaces the anchors in the patch by what they mean for `resource`.
pub(super) fn preprocess(
    tree: &mut Tree,
    patch: Id,
    resource: &Value,
    conditions: Conditions<'_>,
) -> Result<(), Stop> {
    Walk { tree, conditions, names: HashMap::new() }.node(patch, Some(resource))?;
    strip::strip_root(tree, patch)?;
    Ok(())
}

struct Walk<'a> {
    tree: &'a mut Tree,
    conditions: Conditions<'a>,
    /// Names of items of the resource that are in the patch already. All elements for one item share the
    /// node.
    names: HashMap<*const Value, Id>,
}

impl Walk<'_> {
    fn node(&mut self, pattern: Id, resource: Option<&Value>) -> Result<(), Stop> {
        match self.tree.kind(pattern) {
            Kind::Map => self.map(pattern, resource),
            Kind::Seq => self.list(pattern, resource),
            Kind::Scalar => Ok(()),
        }
    }

    fn map(&mut self, pattern: Id, resource: Option<&Value>) -> Result<(), Stop> {
        self.add_if_absent(pattern, resource)?;
        if !self.hold(pattern, resource, Modifier::Global)? {
            return Err(Stop::Global);
        }
        if !self.hold(pattern, resource, Modifier::Condition)? {
            return Err(Stop::Condition);
        }
        for key in self.tree.keys(pattern) {
            if Anchor::parse(&key).is_some_and(|anchor| anchor.modifier.is_active()) {
                continue;
            }
            if let Some(value) = self.tree.field(pattern, &key) {
                self.node(value, member(resource, &key))?;
            }
        }
        Ok(())
    }

    fn list(&mut self, pattern: Id, resource: Option<&Value>) -> Result<(), Stop> {
        match self.tree.items(pattern).first() {
            Some(first) if self.tree.kind(*first) == Kind::Map => self.list_of_maps(pattern, resource),
            _ => Ok(()),
        }
    }

    fn list_of_maps(&mut self, pattern: Id, resource: Option<&Value>) -> Result<(), Stop> {
        let elements = self.tree.items(pattern).to_vec();
        let items = resource_items(resource)?;
        for element in elements {
            if !has_anchors(self.tree, element, Modifier::is_active) {
                continue;
            }
            let global = has_anchors(self.tree, element, |modifier| modifier == Modifier::Global);
            // One copy for all items: what an add-if-absent anchor did for one of them stays done.
            let copy = self.tree.copy(element);
            let mut passed = false;
            let mut failed = false;
            for item in items {
                match self.node(copy, Some(item)) {
                    Err(Stop::Condition) => {}
                    Err(Stop::Global) => failed = true,
                    Err(error @ Stop::Error(_)) => return Err(error),
                    Ok(()) if global => passed = true,
                    Ok(()) => self.name_element(pattern, copy, item)?,
                }
            }
            if resource.is_none() {
                match self.node(copy, None) {
                    Err(Stop::Condition) => continue,
                    Err(error) => return Err(error),
                    Ok(()) => passed |= global,
                }
            }
            if failed && !passed {
                return Err(Stop::Global);
            }
        }
        Ok(())
    }

    /// Adds what the element means for one item of the resource, tied to it by name. Without a name the
    /// merge could not find the item again.
    fn name_element(&mut self, pattern: Id, element: Id, item: &Value) -> Result<(), Stop> {
        let name = match item.as_map().and_then(|map| map.get("name")) {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(items)) if items.is_empty() => return Ok(()),
            Some(Value::Map(map)) if map.is_empty() => return Ok(()),
            Some(name) => name,
        };
        let new = self.tree.copy(element);
        if strip::strip(self.tree, new, true)? {
            return Ok(());
        }
        let name = *self.names.entry(std::ptr::from_ref(name)).or_insert_with(|| self.tree.import(name));
        self.tree
            .set_field(new, &Key::new("name"), Some((name, false)))
            .map_err(|error| error.within("failed to update name in pattern"))?;
        if let Some(items) = self.tree.items_mut(pattern) {
            items.push(new);
        }
        Ok(())
    }

    /// Drops `+(x)` where the resource has `x` and makes it `x` elsewhere; the number of such anchors.
    fn add_if_absent(&mut self, pattern: Id, resource: Option<&Value>) -> Result<usize, Stop> {
        let mut count = 0;
        for key in self.tree.keys(pattern) {
            let Some(anchor) = Anchor::parse(&key).filter(|it| it.modifier == Modifier::AddIfAbsent) else {
                continue;
            };
            count += 1;
            if member(resource, anchor.key).is_some() {
                self.tree.clear(pattern, key.trim())?;
            } else {
                self.tree.rename(pattern, key.trim(), anchor.key);
            }
        }
        Ok(count)
    }

    /// Whether every condition of this kind in the object holds.
    fn hold(&mut self, pattern: Id, resource: Option<&Value>, which: Modifier) -> Result<bool, Stop> {
        for key in self.tree.keys(pattern) {
            let Some(anchor) = Anchor::parse(&key).filter(|anchor| anchor.modifier == which) else {
                continue;
            };
            let Some(found) = member(resource, anchor.key) else { return Ok(false) };
            let wanted = self.tree.field(pattern, key.trim()).ok_or_else(|| {
                MutateError::Panic("runtime error: invalid memory address or nil pointer dereference".into())
            })?;
            if self.add_if_absent(wanted, Some(found))? > 0 {
                continue;
            }
            let wanted = match self.tree.node(wanted) {
                Node::Scalar { value, .. } => Value::Str(go_text(value)),
                _ => as_decoded(&self.tree.export(wanted, None)?),
            };
            if !(self.conditions)(&as_condition(found), &wanted) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The member of an object. Unlike elsewhere, null is there.
fn member<'a>(resource: Option<&'a Value>, key: &str) -> Option<&'a Value> {
    resource?.as_map()?.get(key)
}

fn resource_items(resource: Option<&Value>) -> Result<&[Value], MutateError> {
    match resource {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => {
            let mut tree = Tree::default();
            let id = tree.import(other);
            tree.expect(id, Kind::Seq).map(|()| &[][..])
        }
    }
}

/// Scalars are compared as texts.
fn as_condition(value: &Value) -> Value {
    match value {
        Value::Array(_) | Value::Map(_) => as_decoded(value),
        scalar => Value::Str(go_text(scalar)),
    }
}

/// As Go's JSON decoder gives it to the matching: every number is a float.
fn as_decoded(value: &Value) -> Value {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "that is what Go's decoder does")]
        Value::Int(number) => Value::Float(*number as f64),
        Value::Array(items) => items.iter().map(as_decoded).collect::<Vec<_>>().into(),
        Value::Map(map) => map.iter().map(|(key, member)| (key.clone(), as_decoded(member))).collect(),
        other => other.clone(),
    }
}

/// Whether there is such an anchor in the pattern, however deep. A text that looks like a condition counts,
/// whatever kind is asked for.
pub(super) fn has_anchors(tree: &Tree, pattern: Id, wanted: fn(Modifier) -> bool) -> bool {
    match tree.node(pattern) {
        Node::Scalar { value, .. } => {
            Anchor::parse(&go_text(value)).is_some_and(|anchor| anchor.modifier.is_condition())
        }
        Node::Seq(items) => items.iter().any(|item| has_anchors(tree, *item, wanted)),
        Node::Map(entries) => entries.iter().any(|(key, _)| {
            Anchor::parse(key).is_some_and(|anchor| wanted(anchor.modifier))
                // Of two members with this name the first speaks for both.
                || tree.field(pattern, key).is_some_and(|member| {
                    !tree.is_nothing(member) && has_anchors(tree, member, wanted)
                })
        }),
    }
}
