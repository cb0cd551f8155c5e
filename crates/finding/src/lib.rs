//! What a check has to say.
//!
//! Lives here: [`Finding`] with its evidence and fix, [`Severity`], rule metadata with frameworks and the
//! names that peers give the same thing, [`Outcome`], suppressions, groups of findings with one cause, and
//! scores.
//!
//! Never lives here: a check (those are in the domains), or how a finding is shown (`report`).

mod evidence;
mod fingerprint;
mod fix;
mod framework;
mod group;
mod outcome;
mod rule;
mod score;
mod severity;
mod subject;
mod suppression;
mod suppression_scan;

#[cfg(test)]
mod tests;

pub use evidence::{Evidence, Place};
pub use fix::{Edit, EditKind, Fix, Safety};
pub use framework::{Alias, Control, Framework, Tool};
pub use group::{Group, group};
pub use outcome::{Outcome, Reason};
pub use rule::RuleMeta;
pub use score::{ControlScore, FrameworkScore, RuleTally, Tally, scores};
pub use severity::Severity;
pub use subject::{Finding, Subject};
pub use suppression::{Applied, Date, Problem, Suppression, Suppressions};
