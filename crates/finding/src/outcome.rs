//! The result of judging one object by one rule.

use std::borrow::Cow;

use crate::Finding;

/// Why there is no verdict.
pub type Reason = Cow<'static, str>;

/// The results a rule can have. They are never folded into one another: what could not be decided is not
/// a pass.
///
/// Policies of later engines add changes (`Mutate`) and made objects (`Generate`) to these.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Nothing is wrong.
    Pass,
    /// This is wrong.
    Fail(Vec<Finding>),
    /// This is worth a warning.
    Warn(Vec<Finding>),
    /// The rule does not apply.
    Skip(Reason),
    /// Something that decides is not here.
    Unknown(Reason),
    /// It could not be decided.
    Error(Reason),
}

impl Outcome {
    /// The word in every output.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Warn(_) => "warn",
            Self::Skip(_) => "skip",
            Self::Unknown(_) => "unknown",
            Self::Error(_) => "error",
        }
    }

    /// The findings, if there are any.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Fail(findings) | Self::Warn(findings) => findings,
            _ => &[],
        }
    }
}
