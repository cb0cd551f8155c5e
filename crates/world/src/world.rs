//! The snapshot.

use std::sync::Arc;

use imbl::OrdMap;
use ironhull_value::CompactString;

use crate::carriers::Carriers;
use crate::rbac::SubjectIndex;
use crate::{Catalog, GroupKind, Object, ObjectRef, Pod, kinds};

/// A change to a world.
#[derive(Clone, Debug)]
pub enum Delta {
    /// An object is new or has changed.
    Upsert(Arc<Object>),
    /// An object is gone.
    Delete(ObjectRef),
    /// Everything is gone; what follows is a new listing.
    Reset,
}

/// Whether an object that is not in the world is known not to exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// Files may be a part of what is applied: what is absent may exist elsewhere.
    #[default]
    Partial,
    /// A cluster was listed. The kinds named here could not be.
    Listed {
        /// Kinds that were refused or failed, as group and kind.
        except: Vec<(CompactString, CompactString)>,
    },
}

/// The objects of one cluster at one revision. Cloning shares everything; [`apply`](Self::apply) makes the
/// next snapshot in time proportional to the change.
///
/// Each kind is one persistent ordered map by namespace and name, so that a namespace is a range of it and
/// iteration has the same order everywhere.
#[derive(Clone, Debug, Default)]
pub struct World {
    revision: u64,
    completeness: Completeness,
    catalog: Arc<Catalog>,
    carriers: Arc<Carriers>,
    /// Sorted by group and kind. A cluster has a few hundred kinds, so this list is copied on a change.
    shards: Vec<Shard>,
    subjects: SubjectIndex,
}

type Place = (CompactString, CompactString, u16);

#[derive(Clone, Debug)]
struct Shard {
    group: CompactString,
    kind: CompactString,
    objects: OrdMap<Place, Arc<Object>>,
}

impl Shard {
    fn kind(&self) -> GroupKind<'_> {
        GroupKind::new(&self.group, &self.kind)
    }
}

impl World {
    /// An empty world.
    pub fn new(completeness: Completeness, carriers: Carriers) -> Self {
        Self { completeness, carriers: Arc::new(carriers), ..Self::default() }
    }

    /// A world of files: objects of the same identity are all kept, as copies.
    pub fn from_files(objects: impl IntoIterator<Item = Object>, carriers: Carriers) -> Self {
        let mut world = Self::new(Completeness::Partial, carriers);
        for mut object in objects {
            while world.object(&object.key).is_some() && object.key.copy < u16::MAX {
                object.key.copy += 1;
            }
            world.upsert(&Arc::new(object));
        }
        world.revision = 1;
        world
    }

    /// The next snapshot.
    #[must_use]
    pub fn apply(&self, deltas: impl IntoIterator<Item = Delta>) -> Self {
        let mut next = self.clone();
        next.revision += 1;
        for delta in deltas {
            match delta {
                Delta::Upsert(object) => next.upsert(&object),
                Delta::Delete(key) => next.remove(&key),
                Delta::Reset => {
                    next.shards.clear();
                    next.subjects = SubjectIndex::default();
                }
            }
        }
        next
    }

    /// The number of this snapshot.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The kinds that are known.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The bindings of each RBAC subject.
    pub fn subjects(&self) -> &SubjectIndex {
        &self.subjects
    }

    /// Whether the absence of an object of `kind` means that it does not exist: in a listed cluster. In
    /// files never.
    pub fn is_complete(&self, kind: GroupKind<'_>) -> bool {
        match &self.completeness {
            Completeness::Partial => false,
            Completeness::Listed { except } => {
                !except.iter().any(|(group, name)| group == kind.group && name == kind.kind)
            }
        }
    }

    /// The object with this key.
    pub fn object(&self, key: &ObjectRef) -> Option<&Arc<Object>> {
        let place = (key.namespace.clone(), key.name.clone(), key.copy);
        self.shard(key.group_kind())?.objects.get(&place)
    }

    /// The object of this identity; of several copies in files the first.
    pub fn get(&self, kind: GroupKind<'_>, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        self.shard(kind)?.objects.get(&(namespace.into(), name.into(), 0))
    }

    /// All objects of a kind, by namespace and name.
    pub fn of_kind<'w>(&'w self, kind: GroupKind<'_>) -> impl Iterator<Item = &'w Arc<Object>> + use<'w> {
        self.shard(kind).into_iter().flat_map(|shard| shard.objects.values())
    }

    /// The objects of a kind in one namespace, by name.
    pub fn of_kind_in<'w>(
        &'w self,
        kind: GroupKind<'_>,
        namespace: &str,
    ) -> impl Iterator<Item = &'w Arc<Object>> + use<'w> {
        let namespace = CompactString::from(namespace);
        self.shard(kind).into_iter().flat_map(move |shard| {
            let from: Place = (namespace.clone(), CompactString::default(), 0);
            let namespace = namespace.clone();
            shard
                .objects
                .range(from..)
                .take_while(move |((ns, ..), _)| *ns == namespace)
                .map(|(_, object)| object)
        })
    }

    /// All objects, by kind, namespace and name.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.shards.iter().flat_map(|shard| shard.objects.values())
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.objects.len()).sum()
    }

    /// Whether there is no object.
    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.objects.is_empty())
    }

    /// The kinds that have objects.
    pub fn kinds(&self) -> impl Iterator<Item = GroupKind<'_>> {
        self.shards.iter().filter(|shard| !shard.objects.is_empty()).map(Shard::kind)
    }

    /// Objects that carry pods and that nothing else in the world controls: of a Deployment with its
    /// ReplicaSets and Pods only the Deployment.
    pub fn workloads(&self) -> impl Iterator<Item = &Arc<Object>> {
        let kinds = self.carriers.kinds();
        let kinds: Vec<_> = kinds.into_iter().filter_map(|kind| self.shard(kind)).collect();
        kinds
            .into_iter()
            .flat_map(|shard| shard.objects.values())
            .filter(|object| self.controller_of(object).is_none())
    }

    /// The [`workloads`](Self::workloads) of one namespace.
    pub fn workloads_in<'w>(&'w self, namespace: &str) -> impl Iterator<Item = &'w Arc<Object>> {
        let namespace = namespace.to_owned();
        let kinds = self.carriers.kinds();
        kinds
            .into_iter()
            .flat_map(move |kind| self.of_kind_in(kind, &namespace))
            .filter(|object| self.controller_of(object).is_none())
    }

    /// The pods that an object carries.
    pub fn pods_of<'w>(&'w self, object: &'w Object) -> Vec<Pod<'w>> {
        Pod::all(object, &self.carriers)
    }

    /// Where pods are looked for.
    pub fn carriers(&self) -> &Carriers {
        &self.carriers
    }

    fn shard(&self, kind: GroupKind<'_>) -> Option<&Shard> {
        let index = self.shards.binary_search_by(|shard| shard.kind().cmp(&kind)).ok()?;
        self.shards.get(index)
    }

    fn upsert(&mut self, object: &Arc<Object>) {
        let key = &object.key;
        if key.is(kinds::CUSTOM_RESOURCE_DEFINITION) {
            Arc::make_mut(&mut self.catalog).learn(&object.value);
        }
        let index = match self.shards.binary_search_by(|shard| shard.kind().cmp(&key.group_kind())) {
            Ok(index) => index,
            Err(index) => {
                let (group, kind) = (key.group.clone(), key.kind.clone());
                self.shards.insert(index, Shard { group, kind, objects: OrdMap::new() });
                index
            }
        };
        let place = (key.namespace.clone(), key.name.clone(), key.copy);
        if let Some(old) = self.shards[index].objects.insert(place, object.clone()) {
            self.subjects.remove(&old);
        }
        self.subjects.insert(object);
    }

    fn remove(&mut self, key: &ObjectRef) {
        let Ok(index) = self.shards.binary_search_by(|shard| shard.kind().cmp(&key.group_kind())) else {
            return;
        };
        let place = (key.namespace.clone(), key.name.clone(), key.copy);
        if let Some(old) = self.shards[index].objects.remove(&place) {
            self.subjects.remove(&old);
        }
    }
}
