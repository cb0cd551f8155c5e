//! Policies as they are written, read and checked.
//!
//! What is not understood is a [`Problem`] with its place. A policy with a problem is not evaluated.

mod action;
mod conditions;
mod context;
mod exception;
mod filter;
mod pod_security;
mod policy;
pub(in crate::kyverno) mod reader;
mod rule;
mod verify_images;

pub use self::action::{
    Clone as CloneFrom, CloneList, Deny, ForeachGenerate, ForeachMutate, ForeachValidate, Generate,
    GenerateFrom, Mutate, Shape, Target, Validate,
};
pub use self::conditions::{Condition, Conditions};
pub use self::context::{ContextEntry, ContextSource};
pub use self::exception::{Excepted, PolicyException};
pub use self::filter::{Described, Filter, Matching, Subject, UserInfo};
pub use self::pod_security::{PodSecurity, PodSecurityExclude};
pub use self::policy::{FailureAction, Kind, MatchCondition, Override, Policy};
pub use self::reader::Problem;
pub use self::rule::{Action, Rule};

/// Parts of policies that policies of other kinds have too.
pub(in crate::kyverno) mod parts {
    pub(in crate::kyverno) use super::conditions::conditions;
    pub(in crate::kyverno) use super::context::entries;
    pub(in crate::kyverno) use super::filter::matching;
}
