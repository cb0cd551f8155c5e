//! The built-in checks.
//!
//! Lives here: one file for each rule under `rules/`, the table of all of them ([`ALL`]), and the evaluation
//! of a world, whole or after a change.
//!
//! Never lives here: reading files, printing, or a rule that needs an engine of another domain.

#[macro_use]
mod rule;

mod evaluate;
pub mod input;
mod judge;
mod registry;
mod rules;

pub use evaluate::{Evaluation, ObjectResult, evaluate, reevaluate};
pub use judge::Judge;
pub use registry::{ALL, find, rule};
pub use rule::{Check, Rule};
