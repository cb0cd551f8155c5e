//! What a rule talks to, and what comes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use ironhull_finding::{Evidence, Finding, Outcome, Reason, RuleMeta, Subject, Tally};
use ironhull_value::Path;
use ironhull_world::{Object, ObjectRef};

/// Takes down what one rule says. An object that was considered and of which nothing was said is a pass.
#[derive(Debug)]
pub struct Judge {
    rule: &'static RuleMeta,
    said: BTreeMap<ObjectRef, Said>,
}

#[derive(Debug)]
struct Said {
    object: Arc<Object>,
    findings: Vec<Finding>,
    unknown: Option<Reason>,
}

/// The outcome of one rule for one object.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The rule.
    pub rule: &'static RuleMeta,
    /// The object.
    pub object: Arc<Object>,
    /// What came out.
    pub outcome: Outcome,
}

/// Everything that rules said, by object and rule.
#[derive(Clone, Debug, Default)]
pub struct Lint {
    /// The outcomes.
    pub results: Vec<Judged>,
}

impl Judge {
    pub(crate) fn new(rule: &'static RuleMeta) -> Self {
        Self { rule, said: BTreeMap::new() }
    }

    fn said(&mut self, object: &Arc<Object>) -> &mut Said {
        self.said.entry(object.key.clone()).or_insert_with(|| Said {
            object: Arc::clone(object),
            findings: Vec::new(),
            unknown: None,
        })
    }

    /// The rule speaks of this object.
    pub fn consider(&mut self, object: &Arc<Object>) {
        self.said(object);
    }

    /// Something is wrong with the field at `path`, be it absent. `message` is one sentence without full
    /// stop.
    pub fn fail(&mut self, object: &Arc<Object>, path: Path, message: impl Into<String>) -> &mut Finding {
        let rule = self.rule;
        let said = self.said(object);
        said.findings.push(Finding {
            rule: rule.into(),
            subject: Subject::Object { object: Arc::clone(object), container: None },
            message: message.into(),
            evidence: vec![Evidence::new(object, path)],
            fix: None,
            cause: None,
        });
        let last = said.findings.len() - 1;
        &mut said.findings[last]
    }

    /// Something that decides is not in the input, or was not looked at.
    pub fn unknown(&mut self, object: &Arc<Object>, reason: impl Into<Reason>) {
        self.said(object).unknown = Some(reason.into());
    }

    pub(crate) fn finish(self) -> impl Iterator<Item = Judged> {
        let rule = self.rule;
        self.said.into_values().map(move |said| {
            let outcome = match (said.findings.is_empty(), said.unknown) {
                (false, _) => Outcome::Fail(said.findings),
                (true, Some(reason)) => Outcome::Unknown(reason),
                (true, None) => Outcome::Pass,
            };
            Judged { rule, object: said.object, outcome }
        })
    }
}

impl Lint {
    /// All findings.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.results.iter().flat_map(|result| result.outcome.findings())
    }

    /// Moves all findings out. Outcomes stay what they are, without them.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        let outcomes = self.results.iter_mut().map(|result| &mut result.outcome);
        outcomes
            .flat_map(|outcome| match outcome {
                Outcome::Fail(findings) | Outcome::Warn(findings) => std::mem::take(findings),
                _ => Vec::new(),
            })
            .collect()
    }

    /// Counts per rule, onto what is there.
    pub fn count(&self, tally: &mut Tally) {
        for result in &self.results {
            tally.entry((&*result.rule.id).into()).or_default().count(&result.outcome);
        }
    }
}
