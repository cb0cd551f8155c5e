//! Facts about RBAC: what a role allows, what a binding grants, to whom.
//!
//! Source of the semantics: kubernetes/kubernetes `plugin/pkg/auth/authorizer/rbac` and
//! `pkg/registry/rbac/validation`.

mod binding;
mod index;
mod role;
mod rule;

pub use binding::{Binding, RoleRef, Subject, SubjectKind};
pub use index::SubjectIndex;
pub use role::{Granted, RoleLookup, is_bootstrap_role, role_of, rules_of};
pub use rule::PolicyRule;
