//! Evaluating rules. Upstream: `pkg/engine`.

mod before;
mod conditions;
mod generate;
mod mutate;
mod pod_security;
mod response;
mod rules;
mod validate;

pub(super) use self::conditions::{hold_all as all_hold, one as holds};
pub use self::generate::{Cluster, Effect};
pub use self::mutate::Targets;
pub use self::response::{Response, RuleResponse, RuleType, Status};
pub use self::rules::{Compiled, CompiledRule};
