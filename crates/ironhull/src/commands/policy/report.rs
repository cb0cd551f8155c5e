//! Answers of policies as findings.

use std::sync::Arc;

use compact_str::CompactString;

use ironhull_finding::{Evidence, Finding, RuleMeta, RuleRef, RuleTally, Severity, Subject, Tally};
use ironhull_policy::kyverno::engine::{Response, Status};
use ironhull_policy::kyverno::model::{Policy, Problem};
use ironhull_report::{InputCounts, Report, Undecided};
use ironhull_world::{Object, ObjectRef};
use rustc_hash::FxHashMap;

/// Collects what policies say.
#[derive(Default)]
pub(in crate::commands) struct Collected {
    /// Whether passes are kept one by one; of many resources they are many.
    with_passes: bool,
    /// By policy, which lives as long as this, and name.
    places: FxHashMap<(*const Policy, CompactString), usize>,
    rules: Vec<(RuleRef, RuleTally)>,
    findings: Vec<Finding>,
    undecided: Vec<Undecided>,
    passes: Vec<(RuleRef, ObjectRef)>,
}

impl Collected {
    pub(super) fn new(with_passes: bool) -> Self {
        Self { with_passes, ..Self::default() }
    }

    /// What a policy says of an object.
    pub(super) fn add(&mut self, policy: &Policy, object: &Arc<Object>, response: &Response) {
        for rule in &response.rules {
            let place = self.rule(policy, &rule.name);
            let Some((reference, counts)) = self.rules.get_mut(place) else { continue };
            match rule.status {
                Status::Pass => {
                    counts.passed += 1;
                    if self.with_passes {
                        self.passes.push((reference.clone(), object.key.clone()));
                    }
                }
                Status::Fail | Status::Warn => {
                    counts.failed += 1;
                    self.findings.push(Finding {
                        rule: reference.clone(),
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
                        rule: reference.clone(),
                        object: object.key.clone(),
                        error: true,
                        reason: rule.message.clone(),
                    });
                }
                Status::Skip => counts.skipped += 1,
            }
        }
    }

    /// What could not be read: nobody may take its silence for a pass.
    pub(super) fn unread(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
    }

    /// Something about an object that could not be decided.
    pub(super) fn fail(&mut self, policy: &ObjectRef, object: &Arc<Object>, reason: String) {
        let meta = Arc::new(meta(&policy.name, &policy.name, "", Severity::Medium));
        let object = object.key.clone();
        self.undecided.push(Undecided { rule: meta.into(), object, error: true, reason });
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

    fn rule(&mut self, policy: &Policy, rule: &CompactString) -> usize {
        if let Some(place) = self.places.get(&(std::ptr::from_ref(policy), rule.clone())) {
            return *place;
        }
        let id = match policy.namespace() {
            "" => format!("{}/{rule}", policy.name()),
            namespace => format!("{namespace}/{}/{rule}", policy.name()),
        };
        let severity = policy.annotation("policies.kyverno.io/severity");
        let severity = severity.and_then(|word| word.parse().ok()).unwrap_or(Severity::Medium);
        let title = policy.annotation("policies.kyverno.io/title").unwrap_or_default();
        let place = self.rules.len();
        self.rules.push((Arc::new(meta(&id, rule, title, severity)).into(), RuleTally::default()));
        self.places.insert((std::ptr::from_ref(policy), rule.clone()), place);
        place
    }

    /// Its parts, for a report that has others too.
    pub(in crate::commands) fn into_parts(self) -> Parts {
        let mut tally = Tally::default();
        let mut rules = Vec::new();
        for (rule, counts) in self.rules {
            tally.insert(rule.id.as_ref().into(), counts);
            rules.push(rule);
        }
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Parts { rules, findings: self.findings, undecided: self.undecided, passes: self.passes, tally }
    }

    /// Everything together.
    pub(super) fn report(self, counts: InputCounts) -> Report {
        let with_passes = self.with_passes;
        let version = env!("CARGO_PKG_VERSION").into();
        let Parts { rules, findings, undecided, passes, tally } = self.into_parts();
        let report = Report::new(findings, Vec::new(), undecided, rules, tally, counts, version);
        if with_passes { report.with_passes(passes) } else { report }
    }
}

/// What policies say, for a report.
#[derive(Default)]
pub(in crate::commands) struct Parts {
    pub(in crate::commands) rules: Vec<RuleRef>,
    pub(in crate::commands) findings: Vec<Finding>,
    pub(in crate::commands) undecided: Vec<Undecided>,
    pub(in crate::commands) passes: Vec<(RuleRef, ObjectRef)>,
    pub(in crate::commands) tally: Tally,
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
