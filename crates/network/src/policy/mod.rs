//! Policies of every generation, read into one form.
//!
//! Everything the engine knows about a policy is in [`Policy`]: whom it selects, what its rules do in each
//! direction, and where it stands among the others. What was not understood is a [`Problem`] with the way
//! to it, and leaves a rule behind that is not certain: it narrows what may be called allowed, and never
//! widens it.

mod admin;
pub mod calico;
mod cilium;
mod cluster;
mod context;
mod endpoints;
pub mod labels;
mod order;
mod read;
pub(crate) mod reader;
mod v1;

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::Path;
use ironhull_world::Object;

pub(crate) use self::context::labels_of;
pub use self::context::{Context, referred_kinds};
pub use self::labels::LabelMatch;
pub use self::order::{Order, Stage};
pub use self::read::{Problem, ReadPolicies, Staged, is_policy_kind, kind_name, policy_kinds, read_object};
use crate::algebra::{AddressSet, Conns, Protocol};

/// A direction, seen from the pods that a policy selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Towards the selected pods.
    Ingress,
    /// From the selected pods.
    Egress,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    /// `Ingress` or `Egress`, as `policyTypes` writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }

    /// `ingress` or `egress`, as the fields are called.
    pub fn field(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// One policy object.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The object, where it came from one: evidence for every answer.
    pub object: Option<Arc<Object>>,
    /// The kind, as users know it.
    pub kind: CompactString,
    /// The namespace; empty for the ones of the whole cluster.
    pub namespace: CompactString,
    /// The name.
    pub name: CompactString,
    /// When it is asked.
    pub order: Order,
    /// Whom it selects.
    pub subject: Peer,
    /// Whether `subject` is all that is known. If not, the policy may or may not apply to each of them.
    pub certain_subject: bool,
    /// What it says of traffic towards the selected pods; `None` if nothing at all.
    pub ingress: Option<Side>,
    /// What it says of traffic from the selected pods; `None` if nothing at all.
    pub egress: Option<Side>,
}

impl Policy {
    /// What it says of one direction.
    pub fn side(&self, direction: Direction) -> Option<&Side> {
        match direction {
            Direction::Ingress => self.ingress.as_ref(),
            Direction::Egress => self.egress.as_ref(),
        }
    }

    /// `namespace/name`, or the name of a cluster-wide policy.
    pub fn full_name(&self) -> String {
        if self.namespace.is_empty() {
            self.name.to_string()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }
}

/// One direction of a policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// Whether being selected cuts off whatever no rule of the stage allows.
    pub isolates: bool,
    /// The rules in order.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What happens to the connections it matches.
    pub action: Action,
    /// The other end: any of these. None of them matches nothing.
    pub peers: Vec<Peer>,
    /// The destination ports.
    pub ports: Ports,
    /// Whether the rule is all understood. One that is not may or may not match what it says: what hangs on
    /// it is unknown.
    pub certain: bool,
    /// The way from the object's root to the rule.
    pub path: Path,
    /// Its name, where the API gives it one.
    pub name: CompactString,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The connection may be made; nothing else is asked.
    Allow,
    /// It may not; nothing else is asked.
    Deny,
    /// The next stage decides.
    Pass,
}

impl Action {
    /// The word for messages.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Allow => "allows",
            Self::Deny => "denies",
            Self::Pass => "passes",
        }
    }
}

/// An end of a connection, as a policy describes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Peer {
    /// Whatever it is.
    Everything,
    /// Pods in the pod network, by namespace and labels.
    Pods {
        /// The namespaces.
        namespaces: Namespaces,
        /// The pods in them.
        pods: LabelMatch,
    },
    /// Pods in the pod network, by namespace and by the account they run as.
    Accounts {
        /// The namespaces.
        namespaces: Namespaces,
        /// A condition on the one label [`Peer::ACCOUNT_NAME`], which stands for the account's name.
        accounts: LabelMatch,
    },
    /// Addresses. Whether they stand for pods too is the profile's matter, unless `pods` says so.
    Addresses {
        /// The addresses.
        set: AddressSet,
        /// Pods with such an address are meant in any profile.
        pods: bool,
    },
    /// Nodes of the cluster, and what runs in their network, by the nodes' labels.
    Nodes(LabelMatch),
    /// Domain names; `*.` in front stands for one or more labels.
    Names(Vec<CompactString>),
    /// Every end that all of these describe.
    All(Vec<Peer>),
    /// Every end that this does not describe.
    Not(Box<Peer>),
    /// Everything outside the cluster.
    World,
}

impl Peer {
    /// The key under which [`Peer::Accounts`] asks for the name of the account.
    pub const ACCOUNT_NAME: &str = "name";

    /// Whatever one of these describes.
    pub(crate) fn any(mut peers: Vec<Self>) -> Self {
        if peers.len() == 1 {
            return peers.remove(0);
        }
        let none = peers.into_iter().map(|peer| Self::Not(Box::new(peer))).collect();
        Self::Not(Box::new(Self::All(none)))
    }

    /// All pods of all namespaces.
    pub fn all_pods() -> Self {
        Self::Pods { namespaces: Namespaces::All, pods: LabelMatch::everything() }
    }
}

/// Namespaces, as a peer describes them.
#[derive(Clone, Debug, PartialEq)]
pub enum Namespaces {
    /// All of them.
    All,
    /// The one of this name: the policy's own.
    One(CompactString),
    /// Those with such labels.
    Labelled(LabelMatch),
}

/// The ports of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Ports {
    /// Any of these; `None` is every connection.
    pub only: Option<Vec<PortMatch>>,
    /// And none of these.
    pub except: Vec<PortMatch>,
}

impl Ports {
    /// Every connection.
    pub fn all() -> Self {
        Self::default()
    }

    /// Any of these.
    pub fn only(ports: Vec<PortMatch>) -> Self {
        Self { only: Some(ports), except: Vec::new() }
    }

    /// Whether the answer hangs on the names that the destination gives its ports.
    pub fn has_names(&self) -> bool {
        self.only.iter().flatten().chain(&self.except).any(|port| matches!(port, PortMatch::Named { .. }))
    }
}

/// One item of a rule's ports.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PortMatch {
    /// These connections.
    Numbers(Conns),
    /// The port that the destination calls so.
    Named {
        /// With this protocol; `None` is whichever the destination says.
        protocol: Option<Protocol>,
        /// The name.
        name: CompactString,
    },
}
