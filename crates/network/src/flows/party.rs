//! What an end of a flow turned out to be.

use core::net::IpAddr;

use compact_str::CompactString;

use crate::input::Input;

/// An end of a flow, brought to what is known of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A workload: its place in the workloads of [`super::Resolved::input`].
    Workload(usize),
    /// The node on which the other end runs. It always reaches its own pods: this is how probes work.
    OwnNode(Vec<IpAddr>),
    /// A node of the cluster, or something in its network, by its addresses; none if they are not known.
    Node {
        /// Its name, or what is there: `kube-apiserver`.
        name: CompactString,
        /// Its addresses, ordered.
        addresses: Vec<IpAddr>,
    },
    /// An address outside of the cluster.
    Address(IpAddr),
    /// All addresses from one to another.
    Range(IpAddr, IpAddr),
    /// A domain name, of which no address is known.
    Name(CompactString),
    /// An ingress controller that is not among the objects.
    Controller,
}

impl Party {
    /// How it is shown: `shop/web[Deployment]`, `203.0.113.7`, `node-1[Node]`.
    pub fn title(&self, input: &Input) -> String {
        match self {
            Self::Workload(index) => {
                input.workloads.get(*index).map_or_else(String::new, |workload| workload.title())
            }
            Self::OwnNode(_) => "the pod's own node".to_owned(),
            Self::Node { name, addresses } => match (name.as_str(), addresses.first()) {
                ("", Some(address)) => format!("{address}[Node]"),
                ("", None) => "a node".to_owned(),
                (name, _) => format!("{name}[Node]"),
            },
            Self::Address(address) => address.to_string(),
            Self::Range(first, last) => format!("{first}-{last}"),
            Self::Name(name) => format!("{name}[Name]"),
            Self::Controller => "{ingress-controller}".to_owned(),
        }
    }

    /// The addresses by which a policy can name it, if it must be named so.
    pub fn addresses(&self) -> Vec<(IpAddr, IpAddr)> {
        match self {
            Self::OwnNode(addresses) | Self::Node { addresses, .. } => {
                addresses.iter().map(|one| (*one, *one)).collect()
            }
            Self::Address(address) => vec![(*address, *address)],
            Self::Range(first, last) => vec![(*first, *last)],
            Self::Workload(_) | Self::Name(_) | Self::Controller => Vec::new(),
        }
    }
}

/// A flow with an end of which it is not known what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The file of flows, counted from 0.
    pub file: usize,
    /// The line, from 1.
    pub line: u32,
    /// How often it was seen.
    pub count: u64,
    /// What is not known.
    pub reason: String,
}
