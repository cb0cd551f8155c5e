//! Answers of policies as findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use ironhull_finding::{Evidence, Finding, RuleMeta, RuleRef, Severity, Subject, Tally};
use ironhull_policy::kyverno::engine::{Response, Status};
use ironhull_policy::kyverno::model::{Policy, Problem};
use ironhull_report::{InputCounts, Report, Undecided};
use ironhull_world::{Object, ObjectRef};

/// Collects what policies say.
#[derive(Default)]
pub(super) struct Collected {
    rules: BTreeMap<String, RuleRef>,
    findings: Vec<Finding>,
    undecided: Vec<Undecided>,
    passes: Vec<(RuleRef, ObjectRef)>,
    tally: Tally,
}

impl Collected {
    /// What a policy says of an object.
    pub(super) fn add(&mut self, policy: &Policy, object: &Arc<Object>, response: &Response) {
        for rule in &response.rules {
            let reference = self.rule(policy, &rule.name);
            let counts = self.tally.entry(reference.id.as_ref().into()).or_default();
            match rule.status {
                Status::Pass => {
                    counts.passed += 1;
                    self.passes.push((reference, object.key.clone()));
                }
                Status::Fail | Status::Warn => {
                    counts.failed += 1;
                    self.findings.push(Finding {
                        rule: reference,
                        subject: Subject::Object { object: Arc::clone(object), container: None },
                        message: rule.message.clone(),
                        evidence: vec![Evidence::new(object, rule.field.clone())],
                        fix: None,
                        cause: None,
                    });
                }
                Status::Error => {
                    counts.errors += 1;
                    self.undecided.push(Undecided {
                        rule: reference,
                        object: object.key.clone(),
                        error: true,
                        reason: rule.message.clone(),
                    });
                }
                Status::Skip => counts.skipped += 1,
            }
        }
    }

    /// A policy that is not evaluated: nobody may take its silence for a pass.
    pub(super) fn refuse(&mut self, policy: &Arc<Object>, problems: &[Problem]) {
        let reason: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        let meta = Arc::new(meta(&policy.key.name, &policy.key.name, "", Severity::Medium));
        self.undecided.push(Undecided {
            rule: meta.into(),
            object: policy.key.clone(),
            error: true,
            reason: format!("the policy is not evaluated: {}", reason.join("; ")),
        });
    }

    fn rule(&mut self, policy: &Policy, rule: &str) -> RuleRef {
        let id = match policy.namespace() {
            "" => format!("{}/{rule}", policy.name()),
            namespace => format!("{namespace}/{}/{rule}", policy.name()),
        };
        let severity = policy.annotation("policies.kyverno.io/severity");
        let severity = severity.and_then(|word| word.parse().ok()).unwrap_or(Severity::Medium);
        let title = policy.annotation("policies.kyverno.io/title").unwrap_or_default();
        let new = || Arc::new(meta(&id, rule, title, severity)).into();
        self.rules.entry(id.clone()).or_insert_with(new).clone()
    }

    /// Everything together.
    pub(super) fn report(self, counts: InputCounts, with_passes: bool) -> Report {
        let version = env!("CARGO_PKG_VERSION").into();
        let rules = self.rules.into_values().collect();
        let report =
            Report::new(self.findings, Vec::new(), self.undecided, rules, self.tally, counts, version);
        if with_passes { report.with_passes(self.passes) } else { report }
    }
}

fn meta(id: &str, rule: &str, title: &str, severity: Severity) -> RuleMeta {
    let title = if title.is_empty() { rule } else { title };
    RuleMeta {
        id: id.to_owned().into(),
        name: rule.to_owned().into(),
        title: title.to_owned().into(),
        severity,
        controls: &[],
        aliases: &[],
        since: "".into(),
        doc_comment: "".into(),
    }
}
