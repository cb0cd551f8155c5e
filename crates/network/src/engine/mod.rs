//! Decides connections.
//!
//! Pods that no policy can tell apart are one [`Class`]: namespace, labels, ports, and addresses where these
//! matter. What a policy says of peers is a *group* of classes; groups are shared by all policies that
//! describe the same peers, found through indexes by label, and kept up to date as pods, namespaces and
//! policies come and go. What a class may do in one direction is a *row*: one verdict for every class that
//! some rule names, a default for the rest, and the verdicts for addresses and domain names as ranges. Rows
//! are computed when they are asked for, once for all classes that the same policies select.
//!
//! - [`Network`]: classes, groups and policies, with changes
//! - [`Solver`]: rows and the meeting of both directions
//! - `decide`: the stages, for the rules that match one pair
//!
//! Nothing here is specific to one policy API; [`crate::policy`] is where they differ.

mod ask;
mod changes;
mod classes;
mod compile;
mod decide;
mod families;
mod groups;
mod ids;
mod labels;
mod make;
mod matching;
mod network;
mod places;
mod row;
mod solver;
mod steps;
mod verdict;

pub use self::ask::{Ask, RuleId};
pub use self::classes::{Class, ClassId, ClassKind};
pub use self::compile::PolicyId;
pub use self::decide::{Decision, IpFamily, Step};
pub use self::matching::Matching;
pub(crate) use self::network::CONTROLLER_NAMESPACE;
pub use self::network::{End, Network, WorkloadEntry, WorkloadId};
pub use self::row::Row;
pub use self::solver::Solver;
pub use self::verdict::{Verdict, VerdictId};

/// The number of the verdict that allows everything, in every [`Solver`].
pub const VERDICT_ALL: VerdictId = verdict::Verdicts::ALL;
