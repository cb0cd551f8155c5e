//! What somebody demands of the network, checked: `NetworkAssertion` of `ironhull.dev/v1alpha1`.
//!
//! [`read()`] takes the demands from objects, [`check()`] asks the engine about each. A demand that does not
//! hold comes with one connection that shows it, the rule that decides that connection, and the smallest
//! change that was found; one of which it cannot be told whether it holds is no pass.

mod check;
mod fresh;
mod path;
mod picture;
mod read;
mod select;
mod why;

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::Path;
use ironhull_world::Object;

pub use self::check::{Checked, Failure, Outcome, check};
pub use self::picture::picture;
pub use self::read::read;
pub use self::why::findings;
use crate::algebra::{AddressSet, Conns};
use crate::policy::{Direction, LabelMatch};

/// The group of the kind.
pub const GROUP: &str = "ironhull.dev";
/// The version that is read.
pub const VERSION: &str = "v1alpha1";
/// The kind.
pub const KIND: &str = "NetworkAssertion";

/// One demand.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Its name; `assertion 3` where it has none.
    pub name: CompactString,
    /// The object that holds it.
    pub object: Arc<Object>,
    /// The way to it.
    pub path: Path,
    /// What is demanded.
    pub demand: Demand,
}

/// What is demanded.
#[derive(Clone, Debug)]
pub enum Demand {
    /// None of these connections may be made.
    Deny(Flow),
    /// All of them may be made.
    Allow(Flow),
    /// Nobody else may make them.
    Only(Flow),
    /// Pods with different values of a label, their own or their namespace's, may not connect.
    Isolated {
        /// The label.
        by: CompactString,
        /// Among these pods.
        of: Pods,
    },
    /// Policies select every pod, in these directions.
    Protected {
        /// The directions.
        directions: Vec<Direction>,
        /// These pods.
        of: Pods,
    },
    /// Pods that are not there yet, and are not like others that are, are not connected to these.
    NoExposureToNew {
        /// Towards these pods, from them, or both.
        directions: Vec<Direction>,
        /// These pods.
        of: Pods,
    },
}

/// Connections from some ends to others.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Where they start.
    pub from: Ends,
    /// Where they end.
    pub to: Ends,
    /// Which ones.
    pub conns: Conns,
    /// Over other workloads too.
    pub transitive: bool,
}

/// Ends of connections.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// Pods; `None` for none.
    pub pods: Option<Pods>,
    /// Addresses outside of the cluster.
    pub external: AddressSet,
    /// What comes in through Ingresses, Routes, Gateways and the ports of Services.
    pub ingress: bool,
}

/// Pods, by the labels of their namespaces and their own.
#[derive(Clone, Debug)]
pub struct Pods {
    /// The namespaces; they have the label `kubernetes.io/metadata.name`.
    pub namespaces: LabelMatch,
    /// The pods in them.
    pub pods: LabelMatch,
}

impl Pods {
    /// All pods.
    pub fn all() -> Self {
        Self { namespaces: LabelMatch::everything(), pods: LabelMatch::everything() }
    }
}
