//! From the model to the wire.

use ironhull_finding as model;
use ironhull_finding::{EditKind, RuleMeta, RuleTally};
use ironhull_value::{Path, Value};
use ironhull_world::{Object, ObjectRef, Origin};

use super::wire::{
    Alias, BySeverity, Control, ControlScore, Coverage, Edit, Evidence, Finding, Findings, Fix, Inputs,
    NotEvaluated, Op, Open, Place, Position, Report, Rule, RuleName, Safety, Score, Severity, Subject,
    Summary, Suppressed, Undecided,
};
use crate::mask::{edit_value, evidence_value};

impl<'r> Report<'r> {
    pub(super) fn of(report: &'r crate::Report) -> Self {
        let tally = |rule: &RuleMeta| report.tally.get(rule.id).copied().unwrap_or_default();
        Self {
            schema: super::SCHEMA_ID,
            version: &report.version,
            summary: Summary::of(report),
            findings: Findings(report),
            suppressed: report.suppressed.iter().map(suppressed).collect(),
            undecided: report.undecided.iter().map(undecided).collect(),
            rules: report.rules.iter().map(|rule| rule_counts(rule, tally(rule))).collect(),
            scores: report.scores.iter().map(score).collect(),
            coverage: Coverage {
                percent: report.coverage(),
                judged: report.tally.values().map(RuleTally::judged).sum(),
                undecided: report.tally.values().map(RuleTally::undecided).sum(),
            },
            inputs: Inputs {
                files: report.inputs.files,
                documents: report.inputs.documents,
                objects: report.inputs.objects,
                rendered: report.inputs.rendered,
                foreign: report.inputs.foreign,
                not_evaluated: report
                    .inputs
                    .not_evaluated
                    .iter()
                    .map(|entry| NotEvaluated { path: &entry.path, reason: &entry.reason })
                    .collect(),
            },
        }
    }
}

impl Summary {
    fn of(report: &crate::Report) -> Self {
        let mut by_severity = BySeverity::default();
        for finding in &report.findings {
            *match finding.severity() {
                model::Severity::Critical => &mut by_severity.critical,
                model::Severity::High => &mut by_severity.high,
                model::Severity::Medium => &mut by_severity.medium,
                model::Severity::Low => &mut by_severity.low,
                model::Severity::Info => &mut by_severity.info,
            } += 1;
        }
        Self {
            findings: report.findings.len(),
            groups: report.groups.len(),
            by_severity,
            platform: report.findings.iter().filter(|finding| crate::Report::is_platform(finding)).count(),
            suppressed: report.suppressed.len(),
            unknown: report.undecided.iter().filter(|entry| !entry.error).count(),
            errors: report.undecided.iter().filter(|entry| entry.error).count(),
        }
    }
}

/// All findings, each made when it is asked for.
pub(super) fn findings(report: &crate::Report) -> impl Iterator<Item = Finding<'_>> {
    let mut group = vec![None; report.findings.len()];
    for (number, members) in report.groups.iter().enumerate() {
        for member in &members.members {
            if let Some(slot) = group.get_mut(*member) {
                *slot = Some(number + 1);
            }
        }
    }
    report.findings.iter().zip(group).map(|(one, group)| finding(one, group))
}

fn finding(finding: &model::Finding, group: Option<usize>) -> Finding<'_> {
    let rendered_from = finding.object().and_then(|object| rendered_from(object));
    Finding {
        fingerprint: finding.fingerprint(),
        group,
        rule: rule(finding.rule),
        message: &finding.message,
        subject: finding.object().map(|object| subject(&object.key, finding.container())),
        platform: crate::Report::is_platform(finding),
        place: place(finding.source_name(), finding.place().as_ref(), rendered_from),
        evidence: finding.evidence.iter().map(|one| evidence(finding.rule, one)).collect(),
        fix: finding.fix.as_ref().map(|one| fix(finding, one)),
        controls: controls(finding.rule),
    }
}

fn rule(rule: &'static RuleMeta) -> RuleName {
    let severity = match rule.severity {
        model::Severity::Critical => Severity::Critical,
        model::Severity::High => Severity::High,
        model::Severity::Medium => Severity::Medium,
        model::Severity::Low => Severity::Low,
        model::Severity::Info => Severity::Info,
    };
    RuleName { id: rule.id, name: rule.name, title: rule.title, severity }
}

fn controls(rule: &RuleMeta) -> Vec<Control> {
    let controls = rule.controls.iter();
    controls.map(|control| Control { framework: control.framework.id(), id: control.id }).collect()
}

fn subject<'r>(key: &'r ObjectRef, container: Option<&'r str>) -> Subject<'r> {
    Subject { group: &key.group, kind: &key.kind, namespace: &key.namespace, name: &key.name, container }
}

fn rendered_from(object: &Object) -> Option<&str> {
    match &object.origin {
        Origin::Rendered { from, .. } => Some(from),
        _ => None,
    }
}

fn place<'r>(
    file: Option<&'r std::sync::Arc<str>>,
    place: Option<&model::Place>,
    rendered_from: Option<&'r str>,
) -> Option<Place<'r>> {
    let (file, place) = (file?, place?);
    let position = |at: ironhull_manifest::Position| Position { line: at.line, column: at.column };
    Some(Place { file, rendered_from, start: position(place.start), end: position(place.end) })
}

fn evidence<'r>(rule: &RuleMeta, evidence: &'r model::Evidence) -> Evidence<'r> {
    let object = &evidence.object;
    let file = object.document().map(|(document, _)| document.source.name());
    Evidence {
        object: subject(&object.key, None),
        path: evidence.path.to_string(),
        pointer: evidence.path.to_pointer(),
        present: evidence.value().is_some(),
        value: evidence_value(rule, evidence).filter(|value| is_small(value)),
        note: evidence.note.as_deref(),
        place: place(file, evidence.place().as_ref(), rendered_from(object)),
    }
}

/// Whether a value is small enough to stand beside each finding about it.
fn is_small(value: &Value) -> bool {
    const BYTES: usize = 2048;
    fn size(value: &Value, left: usize) -> usize {
        let all = |sizes: &mut dyn Iterator<Item = (usize, &Value)>| {
            let mut sum = 2;
            for (key, value) in sizes {
                sum += key + 1 + size(value, left.saturating_sub(sum));
                if sum > left {
                    break;
                }
            }
            sum
        };
        match value {
            Value::Str(text) => text.len() + 2,
            Value::Array(items) => all(&mut items.iter().map(|item| (0, item))),
            Value::Map(map) => all(&mut map.iter().map(|(key, value)| (key.as_str().len() + 2, value))),
            _ => 5,
        }
    }
    size(value, BYTES) <= BYTES
}

fn fix<'r>(finding: &'r model::Finding, fix: &'r model::Fix) -> Fix<'r> {
    let edit = |edit: &'r model::Edit| {
        let (op, value) = match &edit.kind {
            EditKind::Set(value) => (Op::Set, Some(edit_value(finding, edit, value))),
            EditKind::Remove => (Op::Remove, None),
        };
        let paths: (&Path, String) = (&edit.path, edit.path.to_pointer());
        Edit { op, path: paths.0.to_string(), pointer: paths.1, value }
    };
    Fix {
        summary: &fix.summary,
        safety: match fix.safety {
            model::Safety::Safe => Safety::Safe,
            model::Safety::Unsafe => Safety::Unsafe,
            model::Safety::Manual => Safety::Manual,
        },
        edits: fix.edits.iter().map(edit).collect(),
    }
}

fn suppressed((one, by): &(model::Finding, model::Suppression)) -> Suppressed<'_> {
    let at = by.place();
    let file = match by.annotated() {
        Some((object, _)) => object.document().map(|(document, _)| document.source.name()),
        None => one.source_name(),
    };
    Suppressed {
        finding: finding(one, None),
        reason: &by.reason,
        until: by.until.map(|date| date.to_string()),
        place: place(file, at.as_ref(), None),
    }
}

fn undecided(entry: &crate::Undecided) -> Undecided<'_> {
    Undecided {
        rule: entry.rule.id,
        object: subject(&entry.object, None),
        outcome: if entry.error { Open::Error } else { Open::Unknown },
        reason: &entry.reason,
    }
}

fn rule_counts(meta: &'static RuleMeta, tally: RuleTally) -> Rule<'static> {
    let aliases = meta.aliases.iter();
    Rule {
        rule: rule(meta),
        passed: tally.passed,
        failed: tally.failed,
        suppressed: tally.suppressed,
        skipped: tally.skipped,
        unknown: tally.unknown,
        errors: tally.errors,
        controls: controls(meta),
        aliases: aliases.map(|alias| Alias { tool: alias.tool.name(), id: alias.id }).collect(),
    }
}

fn score(score: &model::FrameworkScore) -> Score {
    let controls = score.controls.iter().map(|control| ControlScore {
        id: control.id,
        percent: control.percent(),
        passed: control.passed,
        failed: control.failed,
        undecided: control.undecided,
    });
    Score {
        framework: score.framework.id(),
        title: score.framework.title(),
        percent: score.percent(),
        coverage: score.coverage(),
        controls: controls.collect(),
    }
}
