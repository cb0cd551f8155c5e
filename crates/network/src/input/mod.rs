//! What the engine is built from: namespaces, workloads with their pods, nodes and policies.

mod from_world;

use core::net::IpAddr;
use std::sync::Arc;

use compact_str::CompactString;
use ironhull_world::Object;

pub(crate) use self::from_world::{Home, namespace, node, workload_at};
pub use self::from_world::{namespace_of, workloads_of_object};
use crate::algebra::Protocol;
use crate::policy::{Policy, Problem, Staged};

/// A cluster, as far as the network is concerned.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The namespaces that have an object. The others exist too, with nothing but the label of their name.
    pub namespaces: Vec<Namespace>,
    /// Everything that runs pods.
    pub workloads: Vec<Arc<Workload>>,
    /// The nodes that have an object.
    pub nodes: Vec<Node>,
    /// The policies.
    pub policies: Vec<Arc<Policy>>,
    /// Policies that are not enforced yet.
    pub staged: Vec<Staged>,
    /// What was wrong with them.
    pub problems: Vec<Problem>,
}

impl Input {
    /// The cluster as it would be with the staged policies enforced.
    #[must_use]
    pub fn with_staged(mut self) -> Self {
        let staged = std::mem::take(&mut self.staged);
        let replaces = |policy: &Policy, staged: &Staged| {
            let new = &staged.policy;
            policy.kind == new.kind && policy.namespace == new.namespace && policy.name == new.name
        };
        self.policies.retain(|policy| !staged.iter().any(|staged| replaces(policy, staged)));
        self.policies.extend(
            staged.into_iter().filter(|staged| !staged.deletes).map(|staged| Arc::new(staged.policy)),
        );
        self
    }
}

/// Labels, in no order.
pub type LabelList = Vec<(CompactString, CompactString)>;

/// A namespace.
#[derive(Clone, Debug, Default)]
pub struct Namespace {
    /// Its name.
    pub name: CompactString,
    /// Its labels; the one of its name is added when it is missing, as the API server does.
    pub labels: LabelList,
    /// The object, where there is one.
    pub object: Option<Arc<Object>>,
}

/// A node.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Its name.
    pub name: CompactString,
    /// Its labels.
    pub labels: LabelList,
    /// Its internal and external addresses.
    pub addresses: Vec<IpAddr>,
}

/// What runs pods: a Deployment, a Job, a Pod that nobody owns.
#[derive(Clone, Debug, Default)]
pub struct Workload {
    /// The object, where there is one.
    pub object: Option<Arc<Object>>,
    /// The namespace.
    pub namespace: CompactString,
    /// The name.
    pub name: CompactString,
    /// The kind.
    pub kind: CompactString,
    /// Whether it runs, or may run, more than one pod.
    pub many: bool,
    /// Its pods: the template, or one entry for each pod that is known.
    pub pods: Vec<PodFacts>,
}

impl Workload {
    /// `namespace/name[Kind]`, as netpol-analyzer writes it.
    pub fn title(&self) -> String {
        format!("{}/{}[{}]", self.namespace, self.name, self.kind)
    }
}

/// What policies can tell pods apart by.
#[derive(Clone, Debug, Default)]
pub struct PodFacts {
    /// The pod's own name; empty for a template.
    pub name: CompactString,
    /// Its labels.
    pub labels: LabelList,
    /// The ports of its containers.
    pub ports: Vec<ContainerPort>,
    /// Whether it runs in its node's network.
    pub host_network: bool,
    /// Its addresses, where known.
    pub addresses: Vec<IpAddr>,
    /// Its node, where known.
    pub node: CompactString,
    /// The addresses of its node, where known.
    pub host_addresses: Vec<IpAddr>,
    /// Whether it has ended, so that it has no address any more. Only netpol-analyzer looks at such pods.
    pub finished: bool,
    /// The account it runs as.
    pub service_account: CompactString,
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerPort {
    /// Its name; empty if it has none.
    pub name: CompactString,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number.
    pub number: u16,
    /// Whether the container is an init container that keeps running.
    pub sidecar: bool,
}
