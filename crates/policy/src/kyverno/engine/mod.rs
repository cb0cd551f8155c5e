//! Evaluating rules. Upstream: `pkg/engine`.

mod conditions;
mod generate;
mod mutate;
mod response;
mod rules;
mod validate;

pub use self::generate::{Cluster, Effect};
pub use self::mutate::Targets;
pub use self::response::{Response, RuleResponse, RuleType, Status};
pub use self::rules::{Compiled, CompiledRule};
