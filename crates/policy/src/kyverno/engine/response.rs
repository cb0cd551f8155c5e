//! What comes out of rules.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It does not hold, and is not scored.
    Warn,
    /// It could not be evaluated.
    Error,
    /// It does not apply.
    Skip,
}

impl Status {
    /// As reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warning",
            Self::Error => "error",
            Self::Skip => "skip",
        }
    }
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleType {
    /// It judges.
    Validation,
    /// It changes.
    Mutation,
    /// It makes objects.
    Generation,
    /// It verifies images.
    ImageVerify,
}

/// The answer of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResponse {
    /// The rule's name.
    pub name: CompactString,
    /// What it does.
    pub rule_type: RuleType,
    /// What came out.
    pub status: Status,
    /// Why, with upstream's words.
    pub message: String,
    /// Where in the resource it was decided; the root where it is about no field.
    pub field: Path,
    /// Where the rule is written in the policy.
    pub path: Path,
    /// The exceptions that made it skip, as `namespace/name`.
    pub exceptions: Vec<String>,
    /// What goes into reports.
    pub properties: Vec<(CompactString, CompactString)>,
    /// Objects that it makes, as they would be.
    pub generated: Vec<Value>,
    /// An object that exists already, as it would be changed.
    pub patched_target: Option<Value>,
}

/// The answers of the rules of one policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Response {
    /// One entry a rule that is about the resource.
    pub rules: Vec<RuleResponse>,
    /// The object after the rules that change it; `None` if nothing could change.
    pub patched: Option<Value>,
}

impl Response {
    /// How many rules applied: they hold or they do not.
    pub(super) fn applied(&self) -> usize {
        self.rules.iter().filter(|rule| matches!(rule.status, Status::Pass | Status::Fail)).count()
    }
}
