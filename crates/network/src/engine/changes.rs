//! Changes of a network: namespaces, nodes, workloads and policies come, change and go.

use std::sync::Arc;

use super::classes::{ClassId, ClassKey, ClassKind, NamespaceId};
use super::compile::PolicyId;
use super::groups::{Asked, GroupId};
use super::ids::Hashed;
use super::labels::Labels;
use super::network::{Network, WorkloadEntry, WorkloadId};
use crate::input::{Namespace, Node, PodFacts, Workload};
use crate::policy::Policy;

impl Network {
    /// A namespace is there, or has other labels.
    pub fn set_namespace(&mut self, namespace: &Namespace) {
        let labels = self.namespace_labels(&namespace.name, &namespace.labels);
        match self.known_namespace(&namespace.name) {
            Some(id) => self.relabel(id, labels),
            None => {
                self.add_namespace(&namespace.name, labels);
            }
        }
    }

    /// A namespace is gone. What is left in it has a namespace with nothing but its name.
    pub fn remove_namespace(&mut self, name: &str) {
        if let Some(id) = self.known_namespace(name) {
            let labels = self.namespace_labels(name, &[]);
            self.relabel(id, labels);
        }
    }

    fn relabel(&mut self, id: NamespaceId, labels: Labels) {
        if self.namespaces[id as usize].labels == labels {
            return;
        }
        self.namespaces[id as usize].labels = labels;
        let members: Vec<ClassId> = self.places.in_namespace(id).to_vec();
        if members.is_empty() {
            return;
        }
        for group in self.groups.labelled() {
            for &member in &members {
                self.settle(member, group);
            }
        }
    }

    /// Puts a class into a group or takes it out, as the group's description says.
    fn settle(&mut self, id: ClassId, group: GroupId) {
        let (Some(class), Some(found)) = (self.classes.get(id), self.groups.get(group)) else { return };
        let namespace = &self.namespaces[class.key.namespace as usize].labels;
        let wanted = found.spec.matches(&Asked { class, namespace, words: &self.words });
        let place = class.groups.binary_search(&group);
        match (wanted, place) {
            (true, Err(place)) => {
                if let Some(class) = self.classes.get_mut(id) {
                    class.groups.insert(place, group);
                }
                self.groups.join(group, id);
            }
            (false, Ok(place)) => {
                if let Some(class) = self.classes.get_mut(id) {
                    class.groups.remove(place);
                }
                self.groups.leave(group, id);
            }
            _ => {}
        }
    }

    /// A node is there, or has changed.
    pub fn set_node(&mut self, node: &Node) {
        self.remove_node(&node.name);
        let labels = self.words.labels(node.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        self.node_labels.insert(node.name.clone(), (labels.clone(), node.addresses.clone()));
        let key = ClassKey {
            kind: ClassKind::Node,
            // Nodes have no namespace; no group of pods asks for theirs.
            namespace: 0,
            labels: Labels::default(),
            ports: 0,
            addresses: node.addresses.clone().into(),
            node: labels,
            account: self.words.intern(&node.name),
        };
        let class = self.add_class(key);
        self.node_classes.insert(node.name.clone(), class);
        // Pods in the node's network carry its labels and addresses.
        let runs_there = |pod: &PodFacts| pod.host_network && pod.node == node.name;
        let here = self.workloads().filter(|(_, entry)| entry.workload.pods.iter().any(runs_there));
        for workload in here.map(|(_, entry)| Arc::clone(&entry.workload)).collect::<Vec<_>>() {
            self.set_workload(workload);
        }
    }

    /// A node is gone.
    pub fn remove_node(&mut self, name: &str) {
        self.node_labels.remove(name);
        if let Some(class) = self.node_classes.remove(name) {
            self.remove_class(class);
        }
    }

    /// A workload is there, or has changed. One of the same namespace, name and kind is replaced.
    pub fn set_workload(&mut self, mut workload: Arc<Workload>) -> WorkloadId {
        if !self.profile.is_netpol_analyzer() && workload.pods.iter().any(|pod| pod.finished) {
            Arc::make_mut(&mut workload).pods.retain(|pod| !pod.finished);
        }
        let classes = workload
            .pods
            .iter()
            .map(|pod| {
                let key = self.class_key(&workload.namespace, pod);
                self.add_class(key)
            })
            .collect();
        let hash = Hashed::of(workload_key(&workload));
        let known = self.workload_ids.get(hash, |id| self.is_workload(id, workload_key(&workload)));
        let entry = WorkloadEntry { workload, classes };
        if let Some(id) = known {
            // The new pods came first, so that a class that stays is never taken apart.
            if let Some(old) = self.workloads.get_mut(id as usize).and_then(|slot| slot.replace(entry)) {
                for class in old.classes {
                    self.remove_class(class);
                }
            }
            return id;
        }
        let id = self.free_workloads.pop().unwrap_or_else(|| {
            self.workloads.push(None);
            u32::try_from(self.workloads.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(slot) = self.workloads.get_mut(id as usize) {
            *slot = Some(entry);
        }
        self.workload_ids.insert(hash, id);
        id
    }

    /// A workload is gone.
    pub fn remove_workload(&mut self, namespace: &str, name: &str, kind: &str) {
        let key = (namespace, name, kind);
        let hash = Hashed::of(key);
        let Some(id) = self.workload_ids.get(hash, |id| self.is_workload(id, key)) else { return };
        self.workload_ids.remove(hash, |own| own == id);
        if let Some(old) = self.workloads.get_mut(id as usize).and_then(Option::take) {
            for class in old.classes {
                self.remove_class(class);
            }
        }
        self.free_workloads.push(id);
    }

    /// A policy is there, or has changed. One of the same kind, namespace and name is replaced: by its first
    /// part with all of its parts, so that the parts of one object are set in their order.
    pub fn set_policy(&mut self, policy: Arc<Policy>) -> PolicyId {
        let key = PolicyKey::of(&policy);
        let hash = Hashed::of(key);
        let old = self.policy_ids.get(hash, |id| self.is_policy(id, key));
        let id = u32::try_from(self.policies.len()).unwrap_or(u32::MAX);
        if let Some(old) = old {
            self.policy_ids.remove(hash, |own| own == old);
            if key.part == 0 {
                self.remove_parts(key, 1);
            }
        }
        self.policy_ids.insert(hash, id);
        let compiled = self.compile(policy);
        if let Some(group) = self.groups.get_mut(compiled.subject) {
            group.policies.push(id);
        }
        self.policies.push(Some(compiled));
        // Last, so that groups that stay are not made anew.
        if let Some(old) = old {
            self.drop_policy(old);
        }
        id
    }

    /// The same, of a policy that is at hand.
    pub fn forget_policy(&mut self, policy: &Policy) {
        self.remove_parts(PolicyKey::of(policy), 0);
    }

    /// A policy is gone.
    pub fn remove_policy(&mut self, kind: &str, namespace: &str, name: &str, copy: u16) {
        self.remove_parts(PolicyKey { kind, namespace, name, copy, part: 0 }, 0);
    }

    /// Drops the parts of a policy from this one on.
    fn remove_parts(&mut self, mut key: PolicyKey<'_>, first: u16) {
        for part in first.. {
            key.part = part;
            let hash = Hashed::of(key);
            let Some(id) = self.policy_ids.get(hash, |id| self.is_policy(id, key)) else { break };
            self.policy_ids.remove(hash, |own| own == id);
            self.drop_policy(id);
        }
    }

    fn drop_policy(&mut self, id: PolicyId) {
        let Some(old) = self.policies.get_mut(id as usize).and_then(Option::take) else { return };
        if let Some(group) = self.groups.get_mut(old.subject) {
            group.policies.retain(|policy| *policy != id);
        }
        for group in old.groups() {
            let Some(gone) = self.groups.release(group) else { continue };
            self.places.leave_group(group, &gone.spec);
            for member in gone.members {
                if let Some(class) = self.classes.get_mut(member)
                    && let Ok(place) = class.groups.binary_search(&group)
                {
                    class.groups.remove(place);
                }
            }
        }
    }

    fn is_workload(&self, id: WorkloadId, key: WorkloadKey<'_>) -> bool {
        self.workload(id).is_some_and(|entry| workload_key(&entry.workload) == key)
    }

    fn is_policy(&self, id: PolicyId, key: PolicyKey<'_>) -> bool {
        self.policy(id).is_some_and(|policy| PolicyKey::of(policy) == key)
    }
}

/// Namespace, name, kind.
type WorkloadKey<'a> = (&'a str, &'a str, &'a str);

fn workload_key(workload: &Workload) -> WorkloadKey<'_> {
    (&workload.namespace, &workload.name, &workload.kind)
}

/// What makes a policy the same as another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PolicyKey<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    copy: u16,
    part: u16,
}

impl<'a> PolicyKey<'a> {
    fn of(policy: &'a Policy) -> Self {
        Self {
            kind: &policy.kind,
            namespace: &policy.namespace,
            name: &policy.name,
            copy: policy.object.as_ref().map_or(0, |object| object.key.copy),
            part: policy.order.part,
        }
    }
}
