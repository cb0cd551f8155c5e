//! Classes of pods that no policy can tell apart.

use compact_str::CompactString;
use core::net::IpAddr;
use smallvec::SmallVec;

use super::ids::{Hashed, Ids};
use super::labels::{Labels, Word};
use crate::algebra::Protocol;

/// A class by number. Numbers are used again after a class is gone.
pub type ClassId = u32;

/// A namespace by number.
pub(crate) type NamespaceId = u32;

/// The named and unnamed ports of pods, by number.
pub(crate) type PortsId = u32;

/// An ordered list of numbers. Most have few.
pub(crate) type List = SmallVec<[u32; 4]>;

/// What a class consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClassKind {
    /// Pods in the pod network.
    Pod,
    /// Pods in their node's network: to others they are the node.
    HostPod,
    /// A node.
    Node,
    /// An ingress controller that is not among the objects: some pod of the cluster.
    Controller,
}

/// A declared port: name, protocol, number.
pub(crate) type DeclaredPort = (CompactString, Protocol, u16);

/// What makes pods alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClassKey {
    pub(crate) kind: ClassKind,
    pub(crate) namespace: NamespaceId,
    pub(crate) labels: Labels,
    pub(crate) ports: PortsId,
    /// Only where the profile looks at the addresses of pods.
    pub(crate) addresses: Box<[IpAddr]>,
    /// Only of pods in the node's network, and of nodes: the node's labels.
    pub(crate) node: Labels,
    pub(crate) account: Word,
}

/// Pods that no policy can tell apart.
#[derive(Clone, Debug)]
pub struct Class {
    pub(crate) key: ClassKey,
    /// How many pods, or templates of pods, there are.
    pub(crate) count: u32,
    /// The groups it is in, ordered.
    pub(crate) groups: List,
}

impl Class {
    /// What it consists of.
    pub fn kind(&self) -> ClassKind {
        self.key.kind
    }

    /// The addresses of its pods, where the profile looks at them.
    pub fn addresses(&self) -> &[IpAddr] {
        &self.key.addresses
    }
}

/// All classes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Classes {
    ids: Ids,
    slots: Vec<Option<Class>>,
    free: Vec<ClassId>,
}

impl Classes {
    pub(crate) fn reserve(&mut self, pods: usize) {
        self.slots.reserve(pods);
    }

    pub(crate) fn get(&self, id: ClassId) -> Option<&Class> {
        self.slots.get(id as usize)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: ClassId) -> Option<&mut Class> {
        self.slots.get_mut(id as usize)?.as_mut()
    }

    /// One more than the highest number in use.
    pub(crate) fn bound(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ClassId, &Class)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(id, class)| Some((u32::try_from(id).ok()?, class.as_ref()?)))
    }

    /// Counts one more pod of this sort; `true` if it is the first.
    pub(crate) fn add(&mut self, key: ClassKey) -> (ClassId, bool) {
        let hash = Hashed::of(&key);
        if let Some(id) = self.ids.get(hash, |id| self.get(id).is_some_and(|class| class.key == key)) {
            if let Some(class) = self.get_mut(id) {
                class.count += 1;
            }
            return (id, false);
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        self.ids.insert(hash, id);
        if let Some(slot) = self.slots.get_mut(id as usize) {
            *slot = Some(Class { key, count: 1, groups: List::new() });
        }
        (id, true)
    }

    /// Counts one less; the class itself if it was the last.
    pub(crate) fn remove(&mut self, id: ClassId) -> Option<Class> {
        let class = self.get_mut(id)?;
        class.count -= 1;
        if class.count > 0 {
            return None;
        }
        let class = self.slots.get_mut(id as usize)?.take()?;
        self.ids.remove(Hashed::of(&class.key), |own| own == id);
        self.free.push(id);
        Some(class)
    }
}

/// Puts a number into an ordered list.
pub(crate) fn insert(list: &mut List, id: ClassId) {
    match list.last() {
        Some(&last) if last >= id => {
            if let Err(place) = list.binary_search(&id) {
                list.insert(place, id);
            }
        }
        _ => list.push(id),
    }
}

/// Takes a number out of an ordered list.
pub(crate) fn remove(list: &mut List, id: ClassId) {
    if let Ok(place) = list.binary_search(&id) {
        list.remove(place);
    }
}
