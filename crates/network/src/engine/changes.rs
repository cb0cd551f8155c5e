//! Changes of a network: namespaces, nodes, workloads and policies come, change and go.

use std::sync::Arc;

use super::classes::{ClassId, ClassKey, ClassKind, NamespaceId};
use super::compile::PolicyId;
use super::groups::{Asked, GroupId};
use super::labels::Labels;
use super::network::{Network, PolicyKey, WorkloadEntry, WorkloadId};
use crate::input::{Namespace, Node, PodFacts, Workload};
use crate::policy::Policy;

impl Network {
    /// A namespace is there, or has other labels.
    pub fn set_namespace(&mut self, namespace: &Namespace) {
        let id = self.namespace(&namespace.name);
        let labels = self.namespace_labels(&namespace.name, &namespace.labels);
        self.relabel(id, labels);
    }

    /// A namespace is gone. What is left in it has a namespace with nothing but its name.
    pub fn remove_namespace(&mut self, name: &str) {
        if let Some(&id) = self.namespace_ids.get(name) {
            let labels = self.namespace_labels(name, &[]);
            self.relabel(id, labels);
        }
    }

    fn relabel(&mut self, id: NamespaceId, labels: Labels) {
        if self.namespaces[id as usize].labels == labels {
            return;
        }
        self.namespaces[id as usize].labels = labels;
        let members: Vec<ClassId> = self.classes.in_namespace(id).to_vec();
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
            labels: Box::default(),
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
        let key = (workload.namespace.clone(), workload.name.clone(), workload.kind.clone());
        let entry = WorkloadEntry { workload, classes };
        if let Some(&id) = self.workload_ids.get(&key) {
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
        self.workload_ids.insert(key, id);
        id
    }

    /// A workload is gone.
    pub fn remove_workload(&mut self, namespace: &str, name: &str, kind: &str) {
        let Some(id) = self.workload_ids.remove(&(namespace.into(), name.into(), kind.into())) else {
            return;
        };
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
        let copy = policy.object.as_ref().map_or(0, |object| object.key.copy);
        let part = policy.order.part;
        let key = (policy.kind.clone(), policy.namespace.clone(), policy.name.clone(), copy, part);
        if part == 0 {
            self.remove_parts(key.clone(), 1);
        }
        let compiled = self.compile(policy);
        let id = u32::try_from(self.policies.len()).unwrap_or(u32::MAX);
        if let Some(group) = self.groups.get_mut(compiled.subject) {
            group.policies.push(id);
        }
        self.policies.push(Some(compiled));
        if let Some(old) = self.policy_ids.insert(key, id) {
            self.drop_policy(old);
        }
        id
    }

    /// The same, of a policy that is at hand.
    pub fn forget_policy(&mut self, policy: &Policy) {
        let copy = policy.object.as_ref().map_or(0, |object| object.key.copy);
        self.remove_policy(&policy.kind, &policy.namespace, &policy.name, copy);
    }

    /// A policy is gone.
    pub fn remove_policy(&mut self, kind: &str, namespace: &str, name: &str, copy: u16) {
        self.remove_parts((kind.into(), namespace.into(), name.into(), copy, 0), 0);
    }

    /// Drops the parts of a policy from this one on.
    fn remove_parts(&mut self, mut key: PolicyKey, first: u16) {
        for part in first.. {
            key.4 = part;
            let Some(id) = self.policy_ids.remove(&key) else { break };
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
            for member in gone.members {
                if let Some(class) = self.classes.get_mut(member)
                    && let Ok(place) = class.groups.binary_search(&group)
                {
                    class.groups.remove(place);
                }
            }
        }
    }
}
