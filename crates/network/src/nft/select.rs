//! Whom policies mean: by labels, straight from the input, and as addresses.

use core::net::IpAddr;

use rustc_hash::FxHashMap;

use crate::algebra::{AddressSet, Cidr};
use crate::input::{ContainerPort, Input, LabelList};
use crate::policy::{LabelMatch, Namespaces, Peer, Policy};

/// A pod of the pod network.
pub(super) struct Pod<'i> {
    namespace: &'i str,
    labels: &'i LabelList,
    account: &'i str,
    /// The ports that its containers declare.
    pub(super) ports: &'i [ContainerPort],
    /// Its addresses.
    pub(super) addresses: &'i [IpAddr],
}

/// The input, laid out for selection.
pub(super) struct Cluster<'i> {
    /// The pods; those of a node's network are their node and not here.
    pub(super) pods: Vec<Pod<'i>>,
    /// The policies in the order in which they are asked.
    pub(super) policies: Vec<&'i Policy>,
    namespaces: FxHashMap<&'i str, &'i LabelList>,
    nodes: Vec<(&'i LabelList, &'i [IpAddr])>,
}

impl<'i> Cluster<'i> {
    pub(super) fn of(input: &'i Input) -> Self {
        let pods = input
            .workloads
            .iter()
            .flat_map(|workload| workload.pods.iter().map(move |pod| (workload, pod)))
            .filter(|(_, pod)| !pod.host_network)
            .map(|(workload, pod)| Pod {
                namespace: &workload.namespace,
                labels: &pod.labels,
                account: &pod.service_account,
                ports: &pod.ports,
                addresses: &pod.addresses,
            })
            .collect();
        let mut policies: Vec<&Policy> = input.policies.iter().map(|policy| &**policy).collect();
        policies.sort_by(|a, b| a.order.compare(&b.order));
        Self {
            pods,
            policies,
            namespaces: input.namespaces.iter().map(|one| (one.name.as_str(), &one.labels)).collect(),
            nodes: input.nodes.iter().map(|node| (&node.labels, node.addresses.as_slice())).collect(),
        }
    }

    /// All addresses of pods, by the word that nft has for the family.
    pub(super) fn addresses_by_family(&self) -> [(&'static str, Vec<IpAddr>); 2] {
        let of = |v4: bool| {
            let addresses = self.pods.iter().flat_map(|pod| pod.addresses.iter().copied());
            addresses.filter(|address| address.is_ipv4() == v4).collect()
        };
        [("ip", of(true)), ("ip6", of(false))]
    }

    /// Whether a policy with this subject applies to a pod.
    pub(super) fn selects(&self, subject: &Peer, pod: &Pod<'_>) -> bool {
        match subject {
            Peer::Everything => true,
            Peer::Pods { namespaces, pods } => {
                self.in_namespaces(namespaces, pod.namespace) && pods.matches(&|key| get(pod.labels, key))
            }
            Peer::Accounts { namespaces, accounts } => {
                let account = |key: &str| (key == Peer::ACCOUNT_NAME).then_some(pod.account);
                self.in_namespaces(namespaces, pod.namespace) && accounts.matches(&account)
            }
            Peer::Addresses { set, .. } => pod.addresses.iter().any(|address| set.contains(*address)),
            Peer::All(parts) => parts.iter().all(|part| self.selects(part, pod)),
            Peer::Not(part) => !self.selects(part, pod),
            Peer::Nodes(_) | Peer::Names(_) | Peer::World => false,
        }
    }

    /// The addresses of the ends that a peer describes.
    pub(super) fn addresses(&self, peer: &Peer) -> AddressSet {
        match peer {
            Peer::Everything => AddressSet::all(),
            Peer::Pods { .. } | Peer::Accounts { .. } => {
                let selected = self.pods.iter().filter(|pod| self.selects(peer, pod));
                set_of(selected.flat_map(|pod| pod.addresses))
            }
            Peer::Addresses { set, .. } => set.clone(),
            Peer::Nodes(labels) => {
                let selected = self.nodes.iter().filter(|(own, _)| labels.matches(&|key| get(own, key)));
                set_of(selected.flat_map(|(_, addresses)| addresses.iter()))
            }
            Peer::Names(_) => AddressSet::none(),
            Peer::All(parts) => {
                parts.iter().fold(AddressSet::all(), |all, part| all.intersection(&self.addresses(part)))
            }
            Peer::Not(part) => AddressSet::all().difference(&self.addresses(part)),
            Peer::World => {
                let pods = self.pods.iter().flat_map(|pod| pod.addresses);
                let nodes = self.nodes.iter().flat_map(|(_, addresses)| addresses.iter());
                AddressSet::all().difference(&set_of(pods.chain(nodes)))
            }
        }
    }

    fn in_namespaces(&self, wanted: &Namespaces, name: &str) -> bool {
        let matches = |labels: &LabelMatch| {
            labels.matches(&|key| {
                let own = self.namespaces.get(name).and_then(|labels| get(labels, key));
                // The API server gives every namespace the label of its name.
                own.or_else(|| (key == "kubernetes.io/metadata.name").then(|| self.name_of(name)).flatten())
            })
        };
        match wanted {
            Namespaces::All => true,
            Namespaces::One(own) => own == name,
            Namespaces::Labelled(labels) => matches(labels),
        }
    }

    /// The same name, living as long as the input.
    fn name_of(&self, name: &str) -> Option<&'i str> {
        self.pods.iter().map(|pod| pod.namespace).find(|own| *own == name)
    }
}

fn get<'l>(labels: &'l LabelList, key: &str) -> Option<&'l str> {
    labels.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
}

/// A set of single addresses.
pub(super) fn set_of<'a>(addresses: impl Iterator<Item = &'a IpAddr>) -> AddressSet {
    addresses.fold(AddressSet::none(), |set, address| set.union(&AddressSet::of(&Cidr::new(*address, 128))))
}
