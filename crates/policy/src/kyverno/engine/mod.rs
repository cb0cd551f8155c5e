//! Evaluating rules. Upstream: `pkg/engine`.

mod before;
mod conditions;
mod pod_security;
mod response;
mod rules;
mod validate;

pub(super) use self::conditions::one as holds;
pub use self::response::{Response, RuleResponse, RuleType, Status};
pub use self::rules::{Compiled, CompiledRule};
