//! From a subject to its bindings.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ironhull_value::CompactString;

use super::{Binding, SubjectKind};
use crate::{Object, ObjectRef};

/// A subject: kind, namespace, name.
type Subject = (SubjectKind, CompactString, CompactString);
type Shard = BTreeMap<Subject, BTreeMap<ObjectRef, Arc<Object>>>;

/// The bindings of every subject, kept up to date with each delta. Sharded by subject, so that a change
/// copies a part of it.
#[derive(Clone, Debug, Default)]
pub struct SubjectIndex(BTreeMap<u8, Arc<Shard>>);

impl SubjectIndex {
    /// The bindings that name this subject itself; those of its groups are not among them.
    pub fn bindings(
        &self,
        kind: SubjectKind,
        namespace: &str,
        name: &str,
    ) -> impl Iterator<Item = &Arc<Object>> {
        let subject = (kind, CompactString::from(namespace), CompactString::from(name));
        let bindings = self.0.get(&shard_of(&subject)).and_then(|shard| shard.get(&subject));
        bindings.into_iter().flat_map(|bindings| bindings.values())
    }

    pub(crate) fn insert(&mut self, object: &Arc<Object>) {
        for subject in subjects(object) {
            let shard = Arc::make_mut(self.0.entry(shard_of(&subject)).or_default());
            shard.entry(subject).or_default().insert(object.key.clone(), object.clone());
        }
    }

    pub(crate) fn remove(&mut self, object: &Object) {
        for subject in subjects(object) {
            let Some(shard) = self.0.get_mut(&shard_of(&subject)) else { continue };
            let shard = Arc::make_mut(shard);
            let emptied = shard.get_mut(&subject).is_some_and(|bindings| {
                bindings.remove(&object.key);
                bindings.is_empty()
            });
            if emptied {
                shard.remove(&subject);
            }
        }
    }
}

fn subjects(object: &Object) -> Vec<Subject> {
    let Some(binding) = Binding::of(object) else { return Vec::new() };
    let subjects = binding.subjects.iter();
    subjects.map(|subject| (subject.kind, subject.namespace.into(), subject.name.into())).collect()
}

fn shard_of(subject: &Subject) -> u8 {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    hasher.finish().to_le_bytes()[0]
}
