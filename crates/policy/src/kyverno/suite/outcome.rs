//! What comes out of tests.

use std::fmt;

use ironhull_report::outline::Line;

use crate::kyverno::engine::Status;

/// One resource of one expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The file of the test.
    pub test: String,
    /// The policy, as written.
    pub policy: String,
    /// The rule, as written.
    pub rule: String,
    /// The resource: `Kind namespace/name` of one that is there, else as written.
    pub resource: String,
    /// The operation, if one is written.
    pub operation: String,
    /// What is expected; `None` for a test that could not be read.
    pub expected: Option<Status>,
    /// What every rule said.
    pub got: Vec<Got>,
    /// Why they said so, where that was asked for and the row fails.
    pub trace: Vec<Line>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a rule said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// The rule, with the prefix of one that was made for controllers of pods.
    pub rule: String,
    /// Its status.
    pub status: Status,
    /// Its message.
    pub message: String,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as expected.
    Pass,
    /// A pass was expected, and no rule was about the resource. Nothing was proven.
    NotMatched,
    /// It is not as expected.
    Fail(Reason),
    /// It needs something that is not evaluated here.
    Gap(Gap),
}

/// Why a row fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The test could not be read or run.
    NotRun(String),
    /// There is no such policy.
    NoSuchPolicy,
    /// The policy has no such rule.
    NoSuchRule,
    /// There is no such resource.
    NoSuchResource,
    /// The policy cannot be used.
    InvalidPolicy(String),
    /// No rule answered.
    NothingAnswered,
    /// A part of the engine is not there: `exceptions`.
    NoPart(&'static str),
    /// Another status than expected.
    WrongResult,
    /// The object is not as expected.
    WrongObject(String),
}

/// What is not evaluated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// Policies and subrules in CEL.
    Cel,
    /// ValidatingAdmissionPolicy and MutatingAdmissionPolicy.
    AdmissionPolicy,
    /// Input that is no resource.
    Payload,
    /// Registries and signatures.
    Image,
}

/// How many rows became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// As expected.
    pub passed: usize,
    /// Not matched by any rule, where a pass is expected.
    pub not_matched: usize,
    /// Not as expected.
    pub failed: usize,
    /// Not evaluated here.
    pub gaps: usize,
}

impl Totals {
    /// Counts.
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Self {
        let mut totals = Self::default();
        for row in rows {
            *match row.outcome {
                Outcome::Pass => &mut totals.passed,
                Outcome::NotMatched => &mut totals.not_matched,
                Outcome::Fail(_) => &mut totals.failed,
                Outcome::Gap(_) => &mut totals.gaps,
            } += 1;
        }
        totals
    }
}

impl Row {
    /// A file of tests that cannot be read.
    pub(super) fn of_file(path: &str, why: String) -> Self {
        Self {
            test: path.to_owned(),
            policy: String::new(),
            rule: String::new(),
            resource: String::new(),
            operation: String::new(),
            expected: None,
            got: Vec::new(),
            trace: Vec::new(),
            outcome: Outcome::Fail(Reason::NotRun(why)),
        }
    }
}

impl Reason {
    /// A short name, for grouping.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotRun(_) => "not run",
            Self::NoSuchPolicy => "no such policy",
            Self::NoSuchRule => "no such rule",
            Self::NoSuchResource => "no such resource",
            Self::InvalidPolicy(_) => "invalid policy",
            Self::NothingAnswered => "nothing answered",
            Self::NoPart(_) => "no part",
            Self::WrongResult => "wrong result",
            Self::WrongObject(_) => "wrong object",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun(why) => write!(f, "the test could not be run: {why}"),
            Self::InvalidPolicy(why) => write!(f, "the policy cannot be used: {why}"),
            Self::WrongObject(why) => write!(f, "the object is not as expected: {why}"),
            Self::NoPart(part) => write!(f, "{part} are not evaluated"),
            other => f.write_str(other.name()),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cel => "not in scope: CEL",
            Self::AdmissionPolicy => "not in scope: admission policies of Kubernetes",
            Self::Payload => "not in scope: payloads that are no resources",
            Self::Image => "not in scope: registries and signatures",
        })
    }
}
