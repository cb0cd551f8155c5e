//! Groups of classes: what peers and subjects of policies come down to.

use smallvec::SmallVec;

use super::classes::{Class, ClassId, ClassKind, List, NamespaceId, insert, remove};
use super::compile::PolicyId;
use super::ids::{Hashed, Ids};
use super::labels::{Labels, Test, Word, Words};
use crate::algebra::AddressSet;

/// A group by number. Numbers are used again after a group is gone.
pub(crate) type GroupId = u32;

/// What describes a group. Equal descriptions are one group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Spec {
    /// Pods by namespace and labels.
    Pods(Scope, Test),
    /// Pods by namespace and account; the word is the key that the test asks for the account's name.
    Accounts(Scope, Word, Test),
    /// Nodes, and what runs in their network, by the node's labels.
    Nodes(Test),
    /// Whatever has such an address; the flag says whether pods of the pod network count.
    Addresses(Box<AddressSet>, bool),
    /// Every class that all of these describe.
    All(Box<[Spec]>),
    /// Every class that this does not describe.
    Not(Box<Spec>),
    /// Every class.
    Everything,
    /// No class.
    Nothing,
}

/// The namespaces of a group of pods.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    All,
    One(NamespaceId),
    Labelled(Box<Test>),
}

impl Scope {
    fn matches(&self, asked: &Asked<'_>) -> bool {
        match self {
            Self::All => true,
            Self::One(namespace) => asked.class.key.namespace == *namespace,
            Self::Labelled(test) => test.matches(asked.namespace, asked.words),
        }
    }
}

/// What a description is asked against.
pub(crate) struct Asked<'a> {
    pub(crate) class: &'a Class,
    /// The labels of its namespace.
    pub(crate) namespace: &'a Labels,
    pub(crate) words: &'a Words,
}

impl Spec {
    pub(crate) fn matches(&self, asked: &Asked<'_>) -> bool {
        let key = &asked.class.key;
        match self {
            Self::Pods(scope, test) => {
                matches!(key.kind, ClassKind::Pod | ClassKind::Controller)
                    && scope.matches(asked)
                    && test.matches(&key.labels, asked.words)
            }
            Self::Accounts(scope, name, test) => {
                key.kind == ClassKind::Pod
                    && scope.matches(asked)
                    && test.matches(&[(*name, key.account)], asked.words)
            }
            Self::Nodes(test) => {
                matches!(key.kind, ClassKind::Node | ClassKind::HostPod)
                    && test.matches(&key.node, asked.words)
            }
            Self::Addresses(set, pods) => {
                (*pods || key.kind != ClassKind::Pod)
                    && key.addresses.iter().any(|address| set.contains(*address))
            }
            Self::All(parts) => parts.iter().all(|part| part.matches(asked)),
            Self::Not(part) => !part.matches(asked),
            Self::Everything => true,
            Self::Nothing => false,
        }
    }
}

/// One group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) spec: Spec,
    /// Ordered.
    pub(crate) members: List,
    /// The policies whose subject it is.
    pub(crate) policies: SmallVec<[PolicyId; 2]>,
    /// How many places refer to it.
    uses: u32,
    /// Changes with every change of the members; unique for all groups and times.
    pub(crate) version: u64,
}

/// All groups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    ids: Ids,
    slots: Vec<Option<Group>>,
    free: Vec<GroupId>,
    clock: u64,
}

impl Groups {
    pub(crate) fn reserve(&mut self, policies: usize) {
        self.ids.reserve(policies);
        self.slots.reserve(policies);
    }

    pub(crate) fn get(&self, id: GroupId) -> Option<&Group> {
        self.slots.get(id as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        self.slots.get_mut(id as usize)?.as_mut()
    }

    /// Takes a group into use; `true` if it is new and has no members yet.
    pub(crate) fn add(&mut self, spec: Spec) -> (GroupId, bool) {
        let hash = Hashed::of(&spec);
        if let Some(id) = self.ids.get(hash, |id| self.get(id).is_some_and(|group| group.spec == spec)) {
            if let Some(group) = self.get_mut(id) {
                group.uses += 1;
            }
            return (id, false);
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        self.ids.insert(hash, id);
        let version = self.tick();
        if let Some(slot) = self.slots.get_mut(id as usize) {
            *slot = Some(Group { spec, members: List::new(), policies: SmallVec::new(), uses: 1, version });
        }
        (id, true)
    }

    /// Gives a group up; the group itself if nothing refers to it any more.
    pub(crate) fn release(&mut self, id: GroupId) -> Option<Group> {
        let group = self.get_mut(id)?;
        group.uses -= 1;
        if group.uses > 0 {
            return None;
        }
        let group = self.slots.get_mut(id as usize)?.take()?;
        self.ids.remove(Hashed::of(&group.spec), |own| own == id);
        self.free.push(id);
        Some(group)
    }

    /// Puts a class into a group.
    pub(crate) fn join(&mut self, id: GroupId, class: ClassId) {
        let version = self.tick();
        if let Some(group) = self.get_mut(id) {
            insert(&mut group.members, class);
            group.version = version;
        }
    }

    /// Takes a class out of a group.
    pub(crate) fn leave(&mut self, id: GroupId, class: ClassId) {
        let version = self.tick();
        if let Some(group) = self.get_mut(id) {
            remove(&mut group.members, class);
            group.version = version;
        }
    }

    /// The groups whose members hang on the labels of namespaces.
    pub(crate) fn labelled(&self) -> Vec<GroupId> {
        let of_labels = |group: &Group| mentions_namespace_labels(&group.spec);
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, group)| group.as_ref().is_some_and(of_labels))
            .filter_map(|(id, _)| u32::try_from(id).ok())
            .collect()
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}

fn mentions_namespace_labels(spec: &Spec) -> bool {
    match spec {
        Spec::Pods(Scope::Labelled(_), _) | Spec::Accounts(Scope::Labelled(_), ..) => true,
        Spec::All(parts) => parts.iter().any(mentions_namespace_labels),
        Spec::Not(part) => mentions_namespace_labels(part),
        _ => false,
    }
}
