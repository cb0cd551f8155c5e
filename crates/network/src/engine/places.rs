//! Where classes and groups meet: who could be in a new group, and where a new class could belong.

use std::hash::Hash;

use super::classes::{ClassId, ClassKey, ClassKind, List, NamespaceId, insert, remove};
use super::groups::{GroupId, Scope, Spec};
use super::ids::{Hashed, Ids};
use super::labels::Word;

/// The classes and groups at one place, ordered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Here {
    pub(crate) classes: List,
    pub(crate) groups: List,
}

/// Places in the order in which they came, as what belongs together mostly comes together.
#[derive(Clone, Debug)]
struct ByLabel<K> {
    ids: Ids,
    places: Vec<(K, Here)>,
}

/// All places. A class is at its namespace and at each of its labels, there and anywhere. A group is at one
/// label that its members must have, at the namespace that they must be in, or anywhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    namespaces: Vec<Here>,
    labels: ByLabel<(NamespaceId, Word, Word)>,
    labels_anywhere: ByLabel<(Word, Word)>,
    /// No class is here.
    anywhere: Here,
    /// Everything that is not a pod of the pod network, and pods whose address is known.
    with_address: List,
}

impl<K> Default for ByLabel<K> {
    fn default() -> Self {
        Self { ids: Ids::default(), places: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash> ByLabel<K> {
    fn at(&mut self, key: K) -> &mut Here {
        let hash = Hashed::of(key);
        let is = |place: u32| self.places.get(place as usize).is_some_and(|(own, _)| *own == key);
        let place = self.ids.get(hash, is).unwrap_or_else(|| {
            let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
            self.ids.insert(hash, place);
            self.places.push((key, Here::default()));
            place
        });
        &mut self.places[place as usize].1
    }
}

impl Places {
    pub(crate) fn reserve(&mut self, namespaces: usize, pods: usize) {
        self.namespaces.reserve(namespaces);
        self.labels.places.reserve(pods);
    }

    /// Adds a class; the groups that it may be in, ordered.
    pub(crate) fn enter(&mut self, id: ClassId, key: &ClassKey) -> List {
        let mut groups = self.anywhere.groups.clone();
        self.at_class(key, |here| {
            insert(&mut here.classes, id);
            groups.extend_from_slice(&here.groups);
        });
        if has_address(key) {
            insert(&mut self.with_address, id);
        }
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Takes a class out.
    pub(crate) fn leave(&mut self, id: ClassId, key: &ClassKey) {
        self.at_class(key, |here| remove(&mut here.classes, id));
        if has_address(key) {
            remove(&mut self.with_address, id);
        }
    }

    /// Adds a group; the classes that may be in it, ordered, unless no place narrows them down.
    pub(crate) fn enter_group(&mut self, id: GroupId, spec: &Spec) -> Option<List> {
        let mut classes = List::new();
        let narrow = self.at_group(spec, |here| {
            insert(&mut here.groups, id);
            classes.extend_from_slice(&here.classes);
        });
        classes.sort_unstable();
        classes.dedup();
        narrow.then_some(classes)
    }

    /// Takes a group out.
    pub(crate) fn leave_group(&mut self, id: GroupId, spec: &Spec) {
        self.at_group(spec, |here| remove(&mut here.groups, id));
    }

    pub(crate) fn in_namespace(&self, namespace: NamespaceId) -> &[ClassId] {
        self.namespaces.get(namespace as usize).map_or(&[], |here| &here.classes)
    }

    pub(crate) fn with_address(&self) -> &[ClassId] {
        &self.with_address
    }

    fn at_class(&mut self, key: &ClassKey, mut visit: impl FnMut(&mut Here)) {
        for &(label, value) in &key.labels {
            visit(self.labels.at((key.namespace, label, value)));
            visit(self.labels_anywhere.at((label, value)));
        }
        visit(self.namespace(key.namespace));
    }

    /// Whether the places narrow down who is in the group.
    fn at_group(&mut self, spec: &Spec, mut visit: impl FnMut(&mut Here)) -> bool {
        let Spec::Pods(scope, test) = spec else {
            visit(&mut self.anywhere);
            return false;
        };
        match (scope, test.required()) {
            (Scope::One(namespace), Some((label, values))) => {
                for &value in values {
                    visit(self.labels.at((*namespace, label, value)));
                }
            }
            (_, Some((label, values))) => {
                for &value in values {
                    visit(self.labels_anywhere.at((label, value)));
                }
            }
            (Scope::One(namespace), None) => visit(self.namespace(*namespace)),
            (_, None) => {
                visit(&mut self.anywhere);
                return false;
            }
        }
        true
    }

    fn namespace(&mut self, id: NamespaceId) -> &mut Here {
        let place = id as usize;
        if self.namespaces.len() <= place {
            self.namespaces.resize_with(place + 1, Here::default);
        }
        &mut self.namespaces[place]
    }
}

fn has_address(key: &ClassKey) -> bool {
    key.kind != ClassKind::Pod || !key.addresses.is_empty()
}
