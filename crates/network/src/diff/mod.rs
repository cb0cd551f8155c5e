//! What changed between two clusters: which connections were added, removed or altered, and which edit did
//! it.
//!
//! [`diff`] compares; [`Diff::explain`] looks for the causes, which costs more; [`write()`] writes.

mod cause;
pub(crate) mod cells;
mod edits;
pub(crate) mod format;
mod picture;

use core::net::IpAddr;

pub use self::cause::{Decider, Why};
pub use self::edits::{Edit, EditKind, EditOf};
pub use self::format::{Headings, write};
pub use self::picture::picture;
use crate::algebra::Conns;
use crate::engine::{ClassId, Network, Solver, Verdict};
use crate::entry::Entries;
use crate::input::Input;

/// One of the two clusters.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// All objects.
    pub world: &'a ironhull_world::World,
    /// What the network is made from.
    pub input: &'a Input,
    /// The network.
    pub network: &'a Network,
    /// What lets traffic in.
    pub entries: &'a Entries,
}

/// An end of changed connections.
#[derive(Clone, Debug, PartialEq)]
pub struct Party {
    /// `shop/web[Deployment]`, `10.0.0.0-10.255.255.255[External]`, `{ingress-controller}`.
    pub title: String,
    /// What it is.
    pub kind: PartyKind,
    /// A class that stands for it in the old cluster; none outside of the cluster, and where it is not.
    pub old: Option<ClassId>,
    /// The same in the new cluster.
    pub new: Option<ClassId>,
}

/// What an end is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PartyKind {
    /// A workload: namespace, and `namespace/name[Kind]` without what tells its pods apart.
    Workload {
        /// The namespace.
        namespace: String,
        /// The title of the whole workload.
        whole: String,
        /// Whether the workload is in the old cluster.
        in_old: bool,
        /// Whether it is in the new cluster.
        in_new: bool,
    },
    /// A node.
    Node,
    /// An ingress controller that is not among the objects.
    Controller,
    /// Addresses outside, first and last.
    Addresses(IpAddr, IpAddr),
    /// A domain name outside.
    Name(String),
}

/// What happened to the connections of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Some before and some after, but not the same.
    Changed,
    /// None before.
    Added,
    /// None after.
    Removed,
    /// The same are allowed; what cannot be told is not the same.
    Unsure,
}

impl Kind {
    /// The word in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Unsure => "unsure",
        }
    }
}

/// A pair of ends whose connections are not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// Where connections start: place in [`Diff::parties`].
    pub from: u32,
    /// Where they end.
    pub to: u32,
    /// What was allowed.
    pub old: Verdict,
    /// What is allowed.
    pub new: Verdict,
}

impl Change {
    /// The connections of which the two clusters say different things.
    pub fn delta(&self) -> Conns {
        let apart = |a: &Conns, b: &Conns| a.difference(b).union(&b.difference(a));
        apart(&self.old.allowed, &self.new.allowed).union(&apart(&self.old.unknown, &self.new.unknown))
    }
}

/// All differences.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// The ends that changes name.
    pub parties: Vec<Party>,
    /// The changes, in no particular order.
    pub changes: Vec<Change>,
    /// What was edited; empty until [`Diff::explain`].
    pub edits: Vec<Edit>,
    /// The causes, one entry a change; empty until [`Diff::explain`].
    pub why: Vec<Why>,
}

impl Diff {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The ends of a change.
    pub fn ends(&self, change: &Change) -> (&Party, &Party) {
        (&self.parties[change.from as usize], &self.parties[change.to as usize])
    }

    /// Finds what was edited, and for each change which edits are behind it.
    pub fn explain(&mut self, old: &Side<'_>, new: &Side<'_>) {
        self.edits = edits::between(old, new);
        self.why = cause::find(self, old, new);
    }
}

/// Compares two clusters.
pub fn diff(old: &Side<'_>, old_solver: &mut Solver, new: &Side<'_>, new_solver: &mut Solver) -> Diff {
    cells::compare(old, old_solver, new, new_solver)
}
