//! Evaluating rules. Upstream: `pkg/engine`.

mod conditions;
mod response;
mod rules;
mod validate;

pub use self::response::{Response, RuleResponse, RuleType, Status};
pub use self::rules::{Compiled, CompiledRule};
