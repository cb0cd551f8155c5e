//! The state that decisions are made from, and its changes.

use std::net::IpAddr;
use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::classes::{Class, ClassId, ClassKey, ClassKind, Classes, DeclaredPort, NamespaceId, PortsId};
use super::compile::{Compiled, PolicyId};
use super::groups::{Asked, GroupId, Groups, Spec, members_of};
use super::labels::{Labels, Words};
use super::verdict::Verdict;
use crate::Profile;
use crate::input::{Input, Namespace, Node, PodFacts, Workload};
use crate::policy::Policy;

/// The label that the API server gives every namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Where an ingress controller is, of which nothing is known but that it runs in the cluster. The name is
/// netpol-analyzer's.
pub(crate) const CONTROLLER_NAMESPACE: &str = "ingress-controller-ns";

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End<'a> {
    /// Pods of a class, or a node.
    Class(ClassId),
    /// An address outside of the cluster.
    Address(IpAddr),
    /// A domain name outside of the cluster.
    Name(&'a str),
}

/// A workload by number, in the order in which they came; numbers are used again.
pub type WorkloadId = u32;

/// A workload with the classes of its pods.
#[derive(Clone, Debug)]
pub struct WorkloadEntry {
    /// What it is.
    pub workload: Arc<Workload>,
    /// The class of each of its pods, in their order.
    pub classes: SmallVec<[ClassId; 1]>,
}

#[derive(Clone, Debug)]
pub(crate) struct NamespaceEntry {
    pub(crate) name: CompactString,
    pub(crate) labels: Labels,
}

/// A cluster, ready to be asked.
#[derive(Clone, Debug)]
pub struct Network {
    profile: Profile,
    pub(super) words: Words,
    pub(super) namespaces: Vec<NamespaceEntry>,
    namespace_ids: FxHashMap<CompactString, NamespaceId>,
    ports: Vec<Box<[DeclaredPort]>>,
    port_ids: FxHashMap<Box<[DeclaredPort]>, PortsId>,
    pub(super) classes: Classes,
    pub(super) groups: Groups,
    policies: Vec<Option<Compiled>>,
    policy_ids: FxHashMap<PolicyKey, PolicyId>,
    workloads: Vec<Option<WorkloadEntry>>,
    free_workloads: Vec<WorkloadId>,
    workload_ids: FxHashMap<WorkloadKey, WorkloadId>,
    node_labels: FxHashMap<CompactString, (Labels, Vec<IpAddr>)>,
    node_classes: FxHashMap<CompactString, ClassId>,
    controller: ClassId,
}

/// Kind, namespace, name, copy, part.
type PolicyKey = (CompactString, CompactString, CompactString, u16, u16);
/// Namespace, name, kind.
type WorkloadKey = (CompactString, CompactString, CompactString);

impl Network {
    /// An empty cluster.
    pub fn empty(profile: Profile) -> Self {
        let mut network = Self {
            profile,
            words: Words::default(),
            namespaces: Vec::new(),
            namespace_ids: FxHashMap::default(),
            ports: Vec::new(),
            port_ids: FxHashMap::default(),
            classes: Classes::default(),
            groups: Groups::default(),
            policies: Vec::new(),
            policy_ids: FxHashMap::default(),
            workloads: Vec::new(),
            free_workloads: Vec::new(),
            workload_ids: FxHashMap::default(),
            node_labels: FxHashMap::default(),
            node_classes: FxHashMap::default(),
            controller: 0,
        };
        let namespace = network.namespace(CONTROLLER_NAMESPACE);
        let ports = network.intern_ports(Vec::new());
        let key = ClassKey {
            kind: ClassKind::Controller,
            namespace,
            labels: Box::default(),
            ports,
            addresses: Box::default(),
            node: Box::default(),
            account: 0,
        };
        network.controller = network.add_class(key);
        network
    }

    /// A whole cluster.
    pub fn new(input: &Input, profile: Profile) -> Self {
        let mut network = Self::empty(profile);
        network.workloads.reserve(input.workloads.len());
        network.workload_ids.reserve(input.workloads.len());
        network.policies.reserve(input.policies.len());
        network.policy_ids.reserve(input.policies.len());
        network.namespaces.reserve(input.namespaces.len());
        network.namespace_ids.reserve(input.namespaces.len());
        network.classes.reserve(input.workloads.len());
        network.groups.reserve(input.policies.len());
        for namespace in &input.namespaces {
            network.set_namespace(namespace);
        }
        for node in &input.nodes {
            network.set_node(node);
        }
        for workload in &input.workloads {
            network.set_workload(Arc::clone(workload));
        }
        for policy in &input.policies {
            network.set_policy(Arc::clone(policy));
        }
        network
    }

    /// Whose reading is followed.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The class that stands for an ingress controller that is not among the objects.
    pub fn controller(&self) -> ClassId {
        self.controller
    }

    /// A class.
    pub fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id)
    }

    /// One more than the highest number of a class.
    pub fn class_bound(&self) -> usize {
        self.classes.bound()
    }

    /// The workloads, in the order of their numbers.
    pub fn workloads(&self) -> impl Iterator<Item = (WorkloadId, &WorkloadEntry)> {
        (0u32..).zip(&self.workloads).filter_map(|(id, entry)| Some((id, entry.as_ref()?)))
    }

    /// A workload.
    pub fn workload(&self, id: WorkloadId) -> Option<&WorkloadEntry> {
        self.workloads.get(id as usize)?.as_ref()
    }

    /// The nodes that have an object, with their classes.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, ClassId)> {
        self.node_classes.iter().map(|(name, class)| (name.as_str(), *class))
    }

    /// The policies, in the order of their numbers.
    pub fn policies(&self) -> impl Iterator<Item = (PolicyId, &Arc<Policy>)> {
        (0u32..).zip(&self.policies).filter_map(|(id, policy)| Some((id, &policy.as_ref()?.policy)))
    }

    /// A policy.
    pub fn policy(&self, id: PolicyId) -> Option<&Arc<Policy>> {
        self.compiled(id).map(|compiled| &compiled.policy)
    }

    /// The classes that a policy selects, ordered.
    pub fn selected(&self, id: PolicyId) -> &[ClassId] {
        let group = self.compiled(id).and_then(|policy| self.groups.get(policy.subject));
        group.map_or(&[], |group| group.members.as_slice())
    }

    /// The namespaces that are known, by name, with their labels.
    pub fn namespaces(&self) -> impl Iterator<Item = (&str, Vec<(&str, &str)>)> {
        self.namespaces.iter().filter(|namespace| namespace.name != CONTROLLER_NAMESPACE).map(|namespace| {
            let labels =
                namespace.labels.iter().map(|&(key, value)| (self.words.text(key), self.words.text(value)));
            (namespace.name.as_str(), labels.collect())
        })
    }

    /// The namespace of a class.
    pub fn namespace_of(&self, class: ClassId) -> &str {
        self.class(class).map_or("", |class| &self.namespaces[class.key.namespace as usize].name)
    }

    /// The labels of a class's pods.
    pub fn labels_of(&self, class: ClassId) -> Vec<(&str, &str)> {
        let labels = self.class(class).map(|class| &class.key.labels);
        labels
            .into_iter()
            .flat_map(|labels| labels.iter())
            .map(|&(key, value)| (self.words.text(key), self.words.text(value)))
            .collect()
    }

    /// The addresses of a class: of a node, and of pods where the profile looks at them.
    pub fn addresses_of(&self, class: ClassId) -> &[IpAddr] {
        self.class(class).map_or(&[], |class| &class.key.addresses)
    }

    /// The ports that a class's pods declare, as policies can name them: name, protocol, number.
    pub fn ports_declared(&self, class: ClassId) -> &[DeclaredPort] {
        self.declared(self.ports_of(class))
    }

    pub(crate) fn compiled(&self, id: PolicyId) -> Option<&Compiled> {
        self.policies.get(id as usize)?.as_ref()
    }

    pub(crate) fn ports_of(&self, class: ClassId) -> PortsId {
        self.classes.get(class).map_or(0, |class| class.key.ports)
    }

    pub(crate) fn declared(&self, ports: PortsId) -> &[DeclaredPort] {
        self.ports.get(ports as usize).map_or(&[], |ports| ports)
    }

    pub(super) fn all_ports(&self) -> std::ops::Range<PortsId> {
        0..u32::try_from(self.ports.len()).unwrap_or(u32::MAX)
    }

    /// A verdict as the profile sees it.
    pub(super) fn seen_by_profile(&self, verdict: Verdict) -> Verdict {
        if self.profile.knows_other_protocols() {
            return verdict;
        }
        Verdict {
            allowed: verdict.allowed.without_opinion_on_other(),
            unknown: verdict.unknown.without_opinion_on_other(),
        }
    }

    /// Whether no policy tells two classes apart.
    pub fn alike(&self, a: ClassId, b: ClassId) -> bool {
        if a == b {
            return true;
        }
        let (Some(a), Some(b)) = (self.classes.get(a), self.classes.get(b)) else { return false };
        a.key.kind == b.key.kind
            && a.groups == b.groups
            && (a.key.ports == b.key.ports || !self.names_ports())
    }

    /// Whether any policy names a port.
    fn names_ports(&self) -> bool {
        let sides = self.policies.iter().flatten().flat_map(|policy| policy.sides.iter().flatten());
        sides.flat_map(|side| &side.rules).any(|rule| rule.ports.has_names())
    }

    /// Whether a class is in a group. For ends that are asked for one by one.
    pub(crate) fn is_member(&self, class: ClassId, group: GroupId) -> bool {
        self.classes.get(class).is_some_and(|class| class.groups.binary_search(&group).is_ok())
    }

    /// Whether a node is in a group because of what it is, its addresses aside.
    pub(super) fn is_node_member(&self, class: ClassId, group: GroupId) -> bool {
        let by_address = |group: &super::groups::Group| matches!(*group.spec, Spec::Addresses(..));
        self.groups.get(group).is_some_and(|group| !by_address(group))
            && self.classes.get(class).is_some_and(|class| class.groups.binary_search(&group).is_ok())
    }

    /// The node that has an address.
    pub fn node_with(&self, address: IpAddr) -> Option<ClassId> {
        if self.profile.is_netpol_analyzer() {
            return None;
        }
        let of =
            |class: &ClassId| self.class(*class).is_some_and(|class| class.key.addresses.contains(&address));
        self.node_classes.values().copied().find(of)
    }

    // Changes.

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

    /// Takes a group into use, with its members.
    pub(super) fn group(&mut self, spec: Spec) -> GroupId {
        let (id, new) = self.groups.add(spec);
        if !new {
            return id;
        }
        let Some(group) = self.groups.get(id) else { return id };
        let members = members_of(&group.spec, &self.classes, &self.namespaces, &self.words);
        for &member in &members {
            if let Some(class) = self.classes.get_mut(member) {
                super::classes::insert(&mut class.groups, id);
            }
        }
        if let Some(group) = self.groups.get_mut(id) {
            group.members = members;
        }
        id
    }

    fn add_class(&mut self, key: ClassKey) -> ClassId {
        let (id, new) = self.classes.add(key);
        if new && let Some(class) = self.classes.get(id) {
            let namespace = &self.namespaces[class.key.namespace as usize].labels;
            let asked = Asked { class, namespace, words: &self.words };
            let groups: Vec<GroupId> = self
                .groups
                .candidates(class)
                .into_iter()
                .filter(|&group| self.groups.get(group).is_some_and(|group| group.spec.matches(&asked)))
                .collect();
            for &group in &groups {
                self.groups.join(group, id);
            }
            if let Some(class) = self.classes.get_mut(id) {
                class.groups = groups.into();
            }
        }
        id
    }

    fn remove_class(&mut self, id: ClassId) {
        if let Some(gone) = self.classes.remove(id) {
            for group in gone.groups {
                self.groups.leave(group, id);
            }
        }
    }

    fn class_key(&mut self, namespace: &str, pod: &PodFacts) -> ClassKey {
        let host = pod.host_network && !self.profile.host_network_pods_are_pods();
        let sidecars = self.profile.sidecar_ports_have_names();
        let mut ports: Vec<DeclaredPort> = pod
            .ports
            .iter()
            .filter(|port| !port.name.is_empty() && (sidecars || !port.sidecar))
            .map(|port| (port.name.clone(), port.protocol, port.number))
            .collect();
        if !self.profile.is_netpol_analyzer() {
            // There the first one of a name is taken, so that the order is part of the answer.
            ports.sort_unstable();
            ports.dedup();
        }
        let mut addresses: Vec<IpAddr> = Vec::new();
        let mut node = Labels::default();
        if host || self.profile.ip_blocks_match_pods() || self.profile == Profile::Cilium {
            addresses.extend(&pod.addresses);
        }
        if host {
            // To everyone else such a pod is its node, and nothing that it declares has a name there.
            ports.clear();
            addresses.extend(&pod.host_addresses);
            let by_address = || {
                self.node_labels
                    .values()
                    .find(|(_, own)| own.iter().any(|address| addresses.contains(address)))
            };
            if let Some((labels, own)) = self.node_labels.get(&pod.node).or_else(by_address) {
                node = labels.clone();
                addresses.extend(own);
            }
        }
        addresses.sort_unstable();
        addresses.dedup();
        ClassKey {
            kind: if host { ClassKind::HostPod } else { ClassKind::Pod },
            namespace: self.namespace(namespace),
            labels: self.words.labels(pod.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
            ports: self.intern_ports(ports),
            addresses: addresses.into(),
            node,
            account: self.words.intern(&pod.service_account),
        }
    }

    fn intern_ports(&mut self, ports: Vec<DeclaredPort>) -> PortsId {
        let ports = ports.into_boxed_slice();
        if let Some(&id) = self.port_ids.get(&ports) {
            return id;
        }
        let id = u32::try_from(self.ports.len()).unwrap_or(u32::MAX);
        self.ports.push(ports.clone());
        self.port_ids.insert(ports, id);
        id
    }

    /// The number of a namespace; one that has no object has the label of its name.
    pub(super) fn namespace(&mut self, name: &str) -> NamespaceId {
        if let Some(&id) = self.namespace_ids.get(name) {
            return id;
        }
        let labels = self.namespace_labels(name, &[]);
        let id = u32::try_from(self.namespaces.len()).unwrap_or(u32::MAX);
        self.namespaces.push(NamespaceEntry { name: name.into(), labels });
        self.namespace_ids.insert(name.into(), id);
        id
    }

    fn namespace_labels(&mut self, name: &str, labels: &[(CompactString, CompactString)]) -> Labels {
        let own = labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let missing = (!labels.iter().any(|(key, _)| key == NAME_LABEL)).then_some((NAME_LABEL, name));
        self.words.labels(own.chain(missing))
    }
}
