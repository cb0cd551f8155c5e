//! A network that follows a cluster: changes of objects become changes of classes and policies.

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::Value;
use ironhull_world::{Object, ObjectRef, World, kinds};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::Profile;
use crate::engine::Network;
use crate::input::{Home, namespace, node, workload_at, workloads_of_object};
use crate::policy::{Context, Problem, ReadPolicies, is_policy_kind, read_object, referred_kinds};

/// A network that is kept up to date: [`update`](Live::update) after a change gives what
/// [`new`](Live::new) would give of the changed snapshot.
#[derive(Clone, Debug)]
pub struct Live {
    network: Network,
    /// The workload that each pod was put into.
    pods: FxHashMap<ObjectRef, Home>,
    /// The workloads that each other object is.
    templates: FxHashMap<ObjectRef, Vec<Home>>,
    /// What each workload is put together from.
    parts: FxHashMap<Home, Parts>,
    /// What each object owns: it moves when the object comes or goes.
    owned: FxHashMap<Owner, FxHashSet<ObjectRef>>,
    owners: FxHashMap<ObjectRef, Owner>,
    policies: FxHashMap<ObjectRef, Vec<PolicyName>>,
    problems: FxHashMap<ObjectRef, Vec<Problem>>,
}

/// Namespace, kind, name.
type Owner = (CompactString, CompactString, CompactString);
/// Kind, namespace, name.
type PolicyName = (CompactString, CompactString, CompactString);

#[derive(Clone, Debug, Default)]
struct Parts {
    pods: BTreeSet<ObjectRef>,
    templates: BTreeSet<ObjectRef>,
}

impl Live {
    /// Reads a whole snapshot.
    pub fn new(world: &World, profile: Profile) -> Self {
        let mut live = Self {
            network: Network::empty(profile),
            pods: FxHashMap::default(),
            templates: FxHashMap::default(),
            parts: FxHashMap::default(),
            owned: FxHashMap::default(),
            owners: FxHashMap::default(),
            policies: FxHashMap::default(),
            problems: FxHashMap::default(),
        };
        let all: Vec<ObjectRef> = world.objects().map(|object| object.key.clone()).collect();
        live.update(world, &all);
        live
    }

    /// The network as of the last change.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What is wrong with the policies, in the order of the objects' names.
    pub fn problems(&self) -> Vec<&Problem> {
        let mut all: Vec<(&ObjectRef, &Vec<Problem>)> = self.problems.iter().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all.into_iter().flat_map(|(_, problems)| problems).collect()
    }

    /// Takes over what the snapshot says of these objects: they are new, changed, or gone.
    pub fn update(&mut self, world: &World, changed: &[ObjectRef]) {
        let mut stale: FxHashSet<Home> = FxHashSet::default();
        let mut policies: FxHashSet<ObjectRef> = FxHashSet::default();
        let mut context_changed = false;
        for key in changed {
            let object = world.object(key);
            if key.is(kinds::NAMESPACE) {
                match object {
                    Some(object) => self.network.set_namespace(&namespace(object)),
                    None => self.network.remove_namespace(&key.name),
                }
                context_changed = true;
            } else if key.is(kinds::NODE) {
                match object {
                    Some(object) => self.network.set_node(&node(object)),
                    None => self.network.remove_node(&key.name),
                }
            } else if is_policy_kind(&key.group, &key.kind) {
                policies.insert(key.clone());
            } else {
                context_changed |= referred_kinds().contains(&key.group_kind());
                self.moved(world, key, &mut stale, 0);
            }
        }
        for home in stale {
            self.assemble(world, &home);
        }
        if context_changed {
            policies.extend(self.policies.keys().filter(|key| needs_context(key)).cloned());
        }
        self.set_policies(world, policies);
    }

    /// An object that is a pod, has a template, or owns something of that sort came, changed or went.
    fn moved(&mut self, world: &World, key: &ObjectRef, stale: &mut FxHashSet<Home>, depth: u8) {
        if let Some(home) = self.pods.remove(key) {
            self.parts.entry(home.clone()).or_default().pods.remove(key);
            stale.insert(home);
        }
        for home in self.templates.remove(key).into_iter().flatten() {
            self.parts.entry(home.clone()).or_default().templates.remove(key);
            stale.insert(home);
        }
        if let Some(owner) = self.owners.remove(key)
            && let Some(owned) = self.owned.get_mut(&owner)
        {
            owned.remove(key);
        }
        if let Some(object) = world.object(key) {
            self.place(world, key, object, stale);
        }
        // What it owns may belong elsewhere now. Chains are short; the bound ends cycles.
        let name = (key.namespace.clone(), key.kind.clone(), key.name.clone());
        if depth < 8 {
            for owned in self.owned.get(&name).cloned().into_iter().flatten() {
                self.moved(world, &owned, stale, depth + 1);
            }
        }
    }

    fn place(&mut self, world: &World, key: &ObjectRef, object: &Arc<Object>, stale: &mut FxHashSet<Home>) {
        if let Some(owner) = owner_of(object) {
            self.owned.entry(owner.clone()).or_default().insert(key.clone());
            self.owners.insert(key.clone(), owner);
        }
        if key.is(kinds::POD) {
            let home = Home::of_pod(world, object);
            self.parts.entry(home.clone()).or_default().pods.insert(key.clone());
            self.pods.insert(key.clone(), home.clone());
            stale.insert(home);
            return;
        }
        // As in a whole snapshot, what a controller in it made is not shown beside the controller.
        if world.controller_of(object).is_some() {
            return;
        }
        let homes: Vec<Home> = workloads_of_object(world, object).iter().map(Home::of).collect();
        for home in &homes {
            self.parts.entry(home.clone()).or_default().templates.insert(key.clone());
            stale.insert(home.clone());
        }
        if !homes.is_empty() {
            self.templates.insert(key.clone(), homes);
        }
    }

    /// Puts one workload together anew.
    fn assemble(&mut self, world: &World, home: &Home) {
        let parts = self.parts.get(home).cloned().unwrap_or_default();
        let objects = |keys: &BTreeSet<ObjectRef>| -> Vec<Arc<Object>> {
            keys.iter().filter_map(|key| world.object(key).cloned()).collect()
        };
        let (pods, templates) = (objects(&parts.pods), objects(&parts.templates));
        let (pods, templates): (Vec<_>, Vec<_>) = (pods.iter().collect(), templates.iter().collect());
        match workload_at(world, home, &pods, &templates) {
            Some(workload) => {
                self.network.set_workload(Arc::new(workload));
            }
            None => {
                self.network.remove_workload(&home.namespace, &home.name, &home.kind);
                self.parts.remove(home);
            }
        }
    }

    fn set_policies(&mut self, world: &World, keys: FxHashSet<ObjectRef>) {
        // What the richer APIs refer to is only looked for where there is such a policy.
        let context = if keys.iter().any(needs_context) { Context::of(world) } else { Context::default() };
        for key in keys {
            for (kind, namespace, name) in self.policies.remove(&key).into_iter().flatten() {
                self.network.remove_policy(&kind, &namespace, &name, key.copy);
            }
            self.problems.remove(&key);
            let Some(object) = world.object(&key) else { continue };
            let mut read = ReadPolicies::default();
            read_object(object, &context, &mut read);
            let names = read
                .policies
                .iter()
                .map(|policy| (policy.kind.clone(), policy.namespace.clone(), policy.name.clone()))
                .collect();
            for policy in read.policies {
                self.network.set_policy(policy);
            }
            self.policies.insert(key.clone(), names);
            if !read.problems.is_empty() {
                self.problems.insert(key, read.problems);
            }
        }
    }
}

/// Whether reading a policy takes more than the policy.
fn needs_context(key: &ObjectRef) -> bool {
    !matches!(key.group.as_str(), "networking.k8s.io" | "policy.networking.k8s.io")
}

/// The controller that an object names.
fn owner_of(object: &Object) -> Option<Owner> {
    let owners = object.value.dig_items(&["metadata", "ownerReferences"]);
    let is_controller = |owner: &&Value| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let owner = owners.iter().find(is_controller)?;
    Some((object.key.namespace.clone(), owner.dig_str(&["kind"])?.into(), owner.dig_str(&["name"])?.into()))
}
