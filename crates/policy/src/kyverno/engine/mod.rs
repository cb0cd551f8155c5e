//! Evaluating rules. Upstream: `pkg/engine`.

mod conditions;
mod mutate;
mod response;
mod rules;
mod validate;

pub use self::mutate::Targets;
pub use self::response::{Response, RuleResponse, RuleType, Status};
pub use self::rules::{Compiled, CompiledRule};
