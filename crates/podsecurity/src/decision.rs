//! What a decision consists of, and how it reads.

use ironhull_value::Path;

use crate::{CheckId, LevelVersion};

/// One check that a pod does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which check.
    pub check: CheckId,
    /// The short reason, `host namespaces`.
    pub reason: &'static str,
    /// What exactly, `hostPID=true`. Never empty.
    pub detail: String,
    /// The offending fields from the root of the pod, in the order in which they were found. A field that
    /// had to be written and is not is listed where it would be.
    pub fields: Vec<Path>,
}

/// The answer for one pod at one level and version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    /// The checks that refuse the pod, in the order in which Pod Security Admission lists them: baseline
    /// checks, then restricted ones, each sorted by id.
    pub violations: Vec<Violation>,
}

impl Decision {
    /// Whether the pod is allowed.
    pub fn is_allowed(&self) -> bool {
        self.violations.is_empty()
    }

    /// `reason (detail), reason (detail)`; empty when the pod is allowed.
    pub fn message(&self) -> String {
        let mut text = String::new();
        for violation in &self.violations {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(violation.reason);
            if !violation.detail.is_empty() {
                text.push_str(" (");
                text.push_str(&violation.detail);
                text.push(')');
            }
        }
        text
    }

    /// `reason, reason`, as shown when many pods are checked at once; empty when the pod is allowed.
    pub fn reasons(&self) -> String {
        self.violations.iter().map(|violation| violation.reason).collect::<Vec<_>>().join(", ")
    }

    /// The text of a refusal: `violates PodSecurity "restricted:latest": …`. None when the pod is allowed.
    pub fn violates(&self, level: LevelVersion) -> Option<String> {
        self.sentence("violates", level)
    }

    /// The text of a warning or of the audit annotation `audit-violations`:
    /// `would violate PodSecurity "restricted:latest": …`. None when the pod is allowed.
    pub fn would_violate(&self, level: LevelVersion) -> Option<String> {
        self.sentence("would violate", level)
    }

    fn sentence(&self, verb: &str, level: LevelVersion) -> Option<String> {
        (!self.is_allowed()).then(|| format!("{verb} PodSecurity \"{level}\": {}", self.message()))
    }
}
