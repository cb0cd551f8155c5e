//! The snapshot.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use ironhull_value::{CompactString, Selector, SelectorError};

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
    /// A cluster is watched, and of these kinds every object is known at this moment. Of all others nothing
    /// is known.
    Watched {
        /// Group and kind.
        kinds: Vec<(CompactString, CompactString)>,
    },
}

/// The objects of one cluster at one revision. Cloning shares everything; [`apply`](Self::apply) makes the
/// next snapshot in time proportional to the change.
///
/// A shard is the objects of one kind in one namespace, ordered by name. A change copies the list of
/// references of its shard, which is short even in a large cluster, and shares all others; iteration has the
/// same order everywhere.
#[derive(Clone, Debug, Default)]
pub struct World {
    revision: u64,
    completeness: Completeness,
    catalog: Arc<Catalog>,
    carriers: Arc<Carriers>,
    /// Sorted by group and kind. A cluster has a few hundred kinds, so this list is copied on a change.
    kinds: Vec<KindShards>,
    subjects: SubjectIndex,
}

/// Objects of one kind and namespace.
#[derive(Debug, Default)]
struct Shard {
    /// By name and copy.
    objects: BTreeMap<(CompactString, u16), Arc<Object>>,
    /// What the objects select, compiled at the first question and thrown away with a change.
    selectors: OnceLock<Vec<Compiled>>,
}

/// The selector of an object of the shard; an error where it cannot be read.
type Compiled = Result<Selector, SelectorError>;

impl Clone for Shard {
    /// A clone is made to be changed, so it starts without what is derived.
    fn clone(&self) -> Self {
        Self { objects: self.objects.clone(), selectors: OnceLock::new() }
    }
}

impl Shard {
    fn insert(&mut self, object: &Arc<Object>) -> Option<Arc<Object>> {
        self.selectors = OnceLock::new();
        self.objects.insert((object.key.name.clone(), object.key.copy), object.clone())
    }

    fn remove(&mut self, key: &ObjectRef) -> Option<Arc<Object>> {
        self.selectors = OnceLock::new();
        self.objects.remove(&(key.name.clone(), key.copy))
    }
}

#[derive(Clone, Debug)]
struct KindShards {
    group: CompactString,
    kind: CompactString,
    namespaces: Arc<BTreeMap<CompactString, Arc<Shard>>>,
}

impl KindShards {
    fn kind(&self) -> GroupKind<'_> {
        GroupKind::new(&self.group, &self.kind)
    }

    fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.namespaces.values().flat_map(|shard| shard.objects.values())
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
                    next.kinds.clear();
                    next.subjects = SubjectIndex::default();
                }
            }
        }
        next
    }

    /// The same objects, with another meaning of absence. To be followed by [`apply`](Self::apply), which
    /// counts the revision.
    #[must_use]
    pub fn with_completeness(mut self, completeness: Completeness) -> Self {
        self.completeness = completeness;
        self
    }

    /// What the absence of an object means.
    pub fn completeness(&self) -> &Completeness {
        &self.completeness
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
            Completeness::Watched { kinds } => {
                kinds.iter().any(|(group, name)| group == kind.group && name == kind.kind)
            }
        }
    }

    /// The object with this key.
    pub fn object(&self, key: &ObjectRef) -> Option<&Arc<Object>> {
        let shards = self.shards(key.group_kind())?;
        shards.namespaces.get(&key.namespace)?.objects.get(&(key.name.clone(), key.copy))
    }

    /// The object of this identity; of several copies in files the first.
    pub fn get(&self, kind: GroupKind<'_>, namespace: &str, name: &str) -> Option<&Arc<Object>> {
        self.shards(kind)?.namespaces.get(namespace)?.objects.get(&(name.into(), 0))
    }

    /// All objects of a kind, by namespace and name.
    pub fn of_kind<'w>(&'w self, kind: GroupKind<'_>) -> impl Iterator<Item = &'w Arc<Object>> + use<'w> {
        self.shards(kind).into_iter().flat_map(KindShards::objects)
    }

    /// The objects of a kind in one namespace, by name.
    pub fn of_kind_in<'w>(
        &'w self,
        kind: GroupKind<'_>,
        namespace: &str,
    ) -> impl Iterator<Item = &'w Arc<Object>> + use<'w> {
        let shard = self.shards(kind).and_then(|shards| shards.namespaces.get(namespace));
        shard.into_iter().flat_map(|shard| shard.objects.values())
    }

    /// The objects of a kind in one namespace, each with what it selects by `read`. That is compiled once
    /// for each snapshot of the namespace, so `read` must be the same for a kind each time.
    pub(crate) fn selecting_in<'w>(
        &'w self,
        kind: GroupKind<'_>,
        namespace: &str,
        read: fn(&Object) -> Compiled,
    ) -> impl Iterator<Item = (&'w Arc<Object>, &'w Compiled)> + use<'w> {
        let shard = self.shards(kind).and_then(|shards| shards.namespaces.get(namespace));
        shard.into_iter().flat_map(move |shard| {
            let objects = || shard.objects.values();
            let compiled = shard.selectors.get_or_init(|| objects().map(|object| read(object)).collect());
            objects().zip(compiled)
        })
    }

    /// All objects, by kind, namespace and name.
    pub fn objects(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.kinds.iter().flat_map(KindShards::objects)
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.kinds.iter().flat_map(|kind| kind.namespaces.values()).map(|shard| shard.objects.len()).sum()
    }

    /// Number of objects of a kind, in one namespace or in all. In time proportional to the namespaces.
    pub fn count_of(&self, kind: GroupKind<'_>, namespace: Option<&str>) -> usize {
        let Some(shards) = self.shards(kind) else { return 0 };
        match namespace {
            Some(namespace) => shards.namespaces.get(namespace).map_or(0, |shard| shard.objects.len()),
            None => shards.namespaces.values().map(|shard| shard.objects.len()).sum(),
        }
    }

    /// Whether there is no object.
    pub fn is_empty(&self) -> bool {
        self.objects().next().is_none()
    }

    /// The kinds that have objects.
    pub fn kinds(&self) -> impl Iterator<Item = GroupKind<'_>> {
        self.kinds.iter().filter(|kind| kind.objects().next().is_some()).map(KindShards::kind)
    }

    /// Objects that carry pods and that nothing else in the world controls: of a Deployment with its
    /// ReplicaSets and Pods only the Deployment.
    pub fn workloads(&self) -> impl Iterator<Item = &Arc<Object>> {
        let kinds = self.carriers.kinds();
        let kinds: Vec<_> = kinds.into_iter().filter_map(|kind| self.shards(kind)).collect();
        kinds.into_iter().flat_map(KindShards::objects).filter(|object| self.controller_of(object).is_none())
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

    fn shards(&self, kind: GroupKind<'_>) -> Option<&KindShards> {
        let index = self.kinds.binary_search_by(|shards| shards.kind().cmp(&kind)).ok()?;
        self.kinds.get(index)
    }

    fn upsert(&mut self, object: &Arc<Object>) {
        let key = &object.key;
        if key.is(kinds::CUSTOM_RESOURCE_DEFINITION) {
            Arc::make_mut(&mut self.catalog).learn(&object.value);
        }
        let index = match self.kinds.binary_search_by(|shards| shards.kind().cmp(&key.group_kind())) {
            Ok(index) => index,
            Err(index) => {
                let (group, kind) = (key.group.clone(), key.kind.clone());
                self.kinds.insert(index, KindShards { group, kind, namespaces: Arc::default() });
                index
            }
        };
        let namespaces = Arc::make_mut(&mut self.kinds[index].namespaces);
        let shard = Arc::make_mut(namespaces.entry(key.namespace.clone()).or_default());
        if let Some(old) = shard.insert(object) {
            self.subjects.remove(&old);
        }
        self.subjects.insert(object);
    }

    fn remove(&mut self, key: &ObjectRef) {
        let Ok(index) = self.kinds.binary_search_by(|shards| shards.kind().cmp(&key.group_kind())) else {
            return;
        };
        let namespaces = Arc::make_mut(&mut self.kinds[index].namespaces);
        let Some(shard) = namespaces.get_mut(&key.namespace) else { return };
        let shard = Arc::make_mut(shard);
        if let Some(old) = shard.remove(key) {
            self.subjects.remove(&old);
        }
        if shard.objects.is_empty() {
            namespaces.remove(&key.namespace);
        }
    }
}
