//! The state that decisions are made from, and its changes.

use core::net::IpAddr;
use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::classes::{
    Class, ClassId, ClassKey, ClassKind, Classes, DeclaredPort, List, NamespaceId, PortsId,
};
use super::compile::{Compiled, CompiledPorts, PolicyId};
use super::groups::{Asked, GroupId, Groups, Scope, Spec};
use super::ids::{Hashed, Ids};
use super::labels::{Labels, Words};
use super::places::Places;
use super::verdict::Verdict;
use crate::Profile;
use crate::input::{Input, PodFacts, Workload};
use crate::policy::{Policy, Ports, Stage};

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
    pub(super) profile: Profile,
    pub(super) words: Words,
    pub(super) namespaces: Vec<NamespaceEntry>,
    pub(super) namespace_ids: Ids,
    pub(super) ports: Vec<Box<[DeclaredPort]>>,
    pub(super) port_ids: FxHashMap<Box<[DeclaredPort]>, PortsId>,
    pub(super) rule_ports: FxHashMap<Ports, Arc<CompiledPorts>>,
    pub(super) stages: Vec<Stage>,
    pub(super) classes: Classes,
    pub(super) groups: Groups,
    pub(super) places: Places,
    pub(super) policies: Vec<Option<Compiled>>,
    pub(super) policy_ids: Ids,
    pub(super) workloads: Vec<Option<WorkloadEntry>>,
    pub(super) free_workloads: Vec<WorkloadId>,
    pub(super) workload_ids: Ids,
    pub(super) node_labels: FxHashMap<CompactString, (Labels, Vec<IpAddr>)>,
    pub(super) node_classes: FxHashMap<CompactString, ClassId>,
    pub(super) controller: ClassId,
}

impl Network {
    /// An empty cluster.
    pub fn empty(profile: Profile) -> Self {
        let mut network = Self {
            profile,
            words: Words::default(),
            namespaces: Vec::new(),
            namespace_ids: Ids::default(),
            ports: Vec::new(),
            port_ids: FxHashMap::default(),
            rule_ports: FxHashMap::default(),
            stages: Vec::new(),
            classes: Classes::default(),
            groups: Groups::default(),
            places: Places::default(),
            policies: Vec::new(),
            policy_ids: Ids::default(),
            workloads: Vec::new(),
            free_workloads: Vec::new(),
            workload_ids: Ids::default(),
            node_labels: FxHashMap::default(),
            node_classes: FxHashMap::default(),
            controller: 0,
        };
        let namespace = network.namespace(CONTROLLER_NAMESPACE);
        let ports = network.intern_ports(Vec::new());
        let key = ClassKey {
            kind: ClassKind::Controller,
            namespace,
            labels: Labels::default(),
            ports,
            addresses: Box::default(),
            node: Labels::default(),
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
        network.places.reserve(input.namespaces.len(), input.workloads.len());
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
        let by_address = |group: &super::groups::Group| matches!(group.spec, Spec::Addresses(..));
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

    /// Takes a group into use, with its members.
    pub(super) fn group(&mut self, spec: Spec) -> GroupId {
        let (id, new) = self.groups.add(spec);
        if !new {
            return id;
        }
        let Self { groups, places, classes, namespaces, words, .. } = self;
        let Some(group) = groups.get_mut(id) else { return id };
        let mut members = places
            .enter_group(id, &group.spec)
            .unwrap_or_else(|| candidates(&group.spec, places, classes, namespaces, words));
        members.retain(|member| {
            let Some(class) = classes.get_mut(*member) else { return false };
            let namespace = &namespaces[class.key.namespace as usize].labels;
            let matches = group.spec.matches(&Asked { class, namespace, words });
            if matches {
                super::classes::insert(&mut class.groups, id);
            }
            matches
        });
        // What may be in a group is often many times what is.
        members.shrink_to_fit();
        group.members = members;
        id
    }

    pub(super) fn add_class(&mut self, key: ClassKey) -> ClassId {
        let (id, new) = self.classes.add(key);
        let Self { groups, places, classes, namespaces, words, .. } = self;
        if new && let Some(class) = classes.get_mut(id) {
            let namespace = &namespaces[class.key.namespace as usize].labels;
            let mut own = places.enter(id, &class.key);
            let asked = Asked { class, namespace, words };
            own.retain(|group| groups.get(*group).is_some_and(|group| group.spec.matches(&asked)));
            for &group in &own {
                groups.join(group, id);
            }
            own.shrink_to_fit();
            class.groups = own;
        }
        id
    }

    pub(super) fn remove_class(&mut self, id: ClassId) {
        if let Some(gone) = self.classes.remove(id) {
            self.places.leave(id, &gone.key);
            for group in gone.groups {
                self.groups.leave(group, id);
            }
        }
    }

    pub(super) fn class_key(&mut self, namespace: &str, pod: &PodFacts) -> ClassKey {
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
                node.clone_from(labels);
                // The other addresses of its node lead to it too. But a block that has only one of those says
                // nothing of connections to its own.
                if addresses.is_empty() {
                    addresses.extend(own);
                }
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

    pub(super) fn intern_ports(&mut self, ports: Vec<DeclaredPort>) -> PortsId {
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
        self.known_namespace(name).unwrap_or_else(|| {
            let labels = self.namespace_labels(name, &[]);
            self.add_namespace(name, labels)
        })
    }

    pub(super) fn known_namespace(&self, name: &str) -> Option<NamespaceId> {
        self.namespace_ids.get(Hashed::of(name), |id| {
            self.namespaces.get(id as usize).is_some_and(|namespace| namespace.name == name)
        })
    }

    pub(super) fn add_namespace(&mut self, name: &str, labels: Labels) -> NamespaceId {
        let id = u32::try_from(self.namespaces.len()).unwrap_or(u32::MAX);
        self.namespaces.push(NamespaceEntry { name: name.into(), labels });
        self.namespace_ids.insert(Hashed::of(name), id);
        id
    }

    pub(super) fn namespace_labels(
        &mut self,
        name: &str,
        labels: &[(CompactString, CompactString)],
    ) -> Labels {
        let own = labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let missing = (!labels.iter().any(|(key, _)| key == NAME_LABEL)).then_some((NAME_LABEL, name));
        self.words.labels(own.chain(missing))
    }
}

/// The classes that may be in a group which no place narrows down.
fn candidates(
    spec: &Spec,
    places: &Places,
    classes: &Classes,
    namespaces: &[NamespaceEntry],
    words: &Words,
) -> List {
    match spec {
        Spec::Pods(Scope::Labelled(wanted), _) => {
            let mut found = List::new();
            for (id, namespace) in (0u32..).zip(namespaces) {
                if wanted.matches(&namespace.labels, words) {
                    found.extend_from_slice(places.in_namespace(id));
                }
            }
            found.sort_unstable();
            found
        }
        Spec::Addresses(..) | Spec::Nodes(_) => places.with_address().into(),
        _ => classes.iter().map(|(id, _)| id).collect(),
    }
}
