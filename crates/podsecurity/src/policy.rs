//! The policy of a namespace.

use crate::text::go_quoted;
use crate::{Level, LevelVersion, Version};

/// What is refused, what is noted in the audit log, and what the user is warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Pods that violate it are refused.
    pub enforce: LevelVersion,
    /// Violations are noted in the audit log.
    pub audit: LevelVersion,
    /// Violations are shown to the user.
    pub warn: LevelVersion,
}

impl Policy {
    /// The same in all three modes.
    pub const fn uniform(level: LevelVersion) -> Self {
        Self { enforce: level, audit: level, warn: level }
    }

    /// Whether nothing is refused, noted or warned of.
    pub fn is_fully_privileged(&self) -> bool {
        [self.enforce, self.audit, self.warn].iter().all(|mode| mode.level == Level::Privileged)
    }

    /// Whether both decide alike in all three modes.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        self.enforce.is_equivalent(other.enforce)
            && self.audit.is_equivalent(other.audit)
            && self.warn.is_equivalent(other.warn)
    }
}

impl Default for Policy {
    /// `privileged:latest` in all three modes, as Pod Security Admission has it without configuration.
    fn default() -> Self {
        Self::uniform(LevelVersion::new(Level::Privileged, Version::Latest))
    }
}

/// A label or a configuration field with a value that cannot be used. Displayed as the API machinery does:
/// `metadata.labels[a.b/c]: Invalid value: "x": must be …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {kind} value: {}{}", go_quoted(.value), detail(.problem))]
pub struct FieldError {
    /// The field, in the notation of the API machinery.
    pub field: String,
    /// `Invalid` or `Duplicate`.
    pub kind: &'static str,
    /// The value as written; JSON types other than text by the name of the type.
    pub value: String,
    /// What it must be. Empty for duplicates.
    pub problem: String,
}

impl FieldError {
    pub(crate) fn invalid(field: String, value: &str, problem: &dyn ToString) -> Self {
        Self { field, kind: "Invalid", value: value.into(), problem: problem.to_string() }
    }

    pub(crate) fn duplicate(field: String, value: &str) -> Self {
        Self { field, kind: "Duplicate", value: value.into(), problem: String::new() }
    }
}

fn detail(problem: &str) -> String {
    if problem.is_empty() { String::new() } else { format!(": {problem}") }
}
