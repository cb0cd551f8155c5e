//! Changes to objects, and what they make of a policy.

use std::sync::Arc;

use ironhull_value::{Key, Map, Path, Segment, Value};
use ironhull_world::{Object, ObjectRef, Origin};

use crate::policy::{Context, Policy, ReadPolicies, read_object};

/// A change to one object, or a new one.
#[derive(Clone, Debug)]
pub enum Change {
    /// The object with these edits, made one after the other.
    Edit(Arc<Object>, Vec<ValueEdit>),
    /// A new object.
    Create(Value),
}

/// One edit.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueEdit {
    /// The way from the root of the object.
    pub path: Path,
    /// What to do there.
    pub op: Op,
}

/// What to do at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Put this value there; mappings on the way are made.
    Set(Value),
    /// Put this into the list there, before the item of this number; the list is made if it is not there.
    Insert(usize, Value),
    /// Take away what is there.
    Remove,
}

impl Change {
    /// The object after the change.
    pub fn result(&self) -> Option<Object> {
        match self {
            Self::Edit(object, edits) => {
                let mut value = object.value.clone();
                for edit in edits {
                    value = edited(&value, edit.path.segments(), &edit.op)?;
                }
                Some(Object { value, ..Object::clone(object) })
            }
            Self::Create(value) => {
                let text = |keys: &[&str]| value.dig_str(keys).unwrap_or_default();
                let (group, version) = text(&["apiVersion"]).split_once('/')?;
                let key = ObjectRef {
                    group: group.into(),
                    kind: text(&["kind"]).into(),
                    namespace: text(&["metadata", "namespace"]).into(),
                    name: text(&["metadata", "name"]).into(),
                    copy: 0,
                };
                Some(Object { key, version: version.into(), value: value.clone(), origin: Origin::Request })
            }
        }
    }

    /// The policies that the object is read as after the change, in order. None if it would have a problem
    /// that it had not.
    pub(super) fn policies(&self, context: &Context) -> Option<Vec<Arc<Policy>>> {
        let read = |object: &Arc<Object>| {
            let mut read = ReadPolicies::default();
            read_object(object, context, &mut read);
            read
        };
        let before = match self {
            Self::Edit(object, _) => read(object).problems.len(),
            Self::Create(_) => 0,
        };
        let after = read(&Arc::new(self.result()?));
        (after.problems.len() <= before && !after.policies.is_empty()).then_some(after.policies)
    }
}

fn edited(value: &Value, path: &[Segment], op: &Op) -> Option<Value> {
    let Some((first, rest)) = path.split_first() else {
        return match op {
            Op::Set(new) => Some(new.clone()),
            Op::Insert(place, item) => {
                let mut items = value.as_array().map(<[Value]>::to_vec).unwrap_or_default();
                if *place > items.len() || !(value.is_null() || value.as_array().is_some()) {
                    return None;
                }
                items.insert(*place, item.clone());
                Some(Value::from(items))
            }
            Op::Remove => None,
        };
    };
    let removes = rest.is_empty() && *op == Op::Remove;
    match first {
        Segment::Key(key) => {
            if !(value.is_null() || value.as_map().is_some()) {
                return None;
            }
            let mut entries: Vec<(Key, Value)> =
                value.as_map().map(|map| map.entries().to_vec()).unwrap_or_default();
            let place = entries.iter().position(|(own, _)| own.as_str() == key.as_str());
            if removes {
                entries.remove(place?);
            } else if let Some(place) = place {
                entries[place].1 = edited(&entries[place].1, rest, op)?;
            } else {
                entries.push((Key::new(key), edited(&Value::Null, rest, op)?));
            }
            Some(Value::Map(entries.into_iter().collect::<Map>()))
        }
        Segment::Index(index) => {
            let mut items = value.as_array()?.to_vec();
            let item = items.get(*index)?;
            if removes {
                items.remove(*index);
            } else {
                items[*index] = edited(item, rest, op)?;
            }
            Some(Value::from(items))
        }
    }
}
