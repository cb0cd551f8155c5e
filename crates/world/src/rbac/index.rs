//! From a subject to its bindings.

use std::sync::Arc;

use imbl::OrdMap;
use ironhull_value::CompactString;

use super::{Binding, SubjectKind};
use crate::{Object, ObjectRef};

type Entry = (SubjectKind, CompactString, CompactString, ObjectRef);

/// The bindings of every subject, kept up to date with each delta.
#[derive(Clone, Debug, Default)]
pub struct SubjectIndex(OrdMap<Entry, Arc<Object>>);

impl SubjectIndex {
    /// The bindings that name this subject itself; those of its groups are not among them.
    pub fn bindings(
        &self,
        kind: SubjectKind,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = &Arc<Object>> {
        let wanted = (kind, CompactString::from(namespace), CompactString::from(name));
        let from = (wanted.0, wanted.1.clone(), wanted.2.clone(), first());
        self.0
            .range(from..)
            .take_while(move |((kind, namespace, name, _), _)| {
                (*kind, namespace, name) == (wanted.0, &wanted.1, &wanted.2)
            })
            .map(|(_, binding)| binding)
    }

    pub(crate) fn insert(&mut self, object: &Arc<Object>) {
        for entry in entries(object) {
            self.0.insert(entry, object.clone());
        }
    }

    pub(crate) fn remove(&mut self, object: &Object) {
        for entry in entries(object) {
            self.0.remove(&entry);
        }
    }
}

fn entries(object: &Object) -> Vec<Entry> {
    let Some(binding) = Binding::of(object) else { return Vec::new() };
    let subjects = binding.subjects.iter();
    subjects
        .map(|subject| (subject.kind, subject.namespace.into(), subject.name.into(), object.key.clone()))
        .collect()
}

/// Sorts before every key of an object.
fn first() -> ObjectRef {
    let empty = CompactString::default;
    ObjectRef { group: empty(), kind: empty(), namespace: empty(), name: empty(), copy: 0 }
}
