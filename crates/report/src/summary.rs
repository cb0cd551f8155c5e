//! The numbers below every list of findings. What was not judged is as much a part of them as what was.

use std::collections::BTreeMap;

use ironhull_finding::{RuleTally, Severity};

use crate::plain::{clean, count, number, percent};
use crate::{Report, Undecided};

/// Counts over a whole report.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) findings: usize,
    pub(crate) groups: usize,
    /// Worst first, as [`Severity::WORST_FIRST`].
    pub(crate) by_severity: [(Severity, usize); 5],
    /// Findings of platform namespaces; they are counted above as well.
    pub(crate) platform: usize,
    pub(crate) suppressed: usize,
    pub(crate) unknown: Vec<(String, usize)>,
    pub(crate) errors: Vec<(String, usize)>,
    /// Questions that were asked: a rule and an object.
    pub(crate) asked: usize,
    pub(crate) coverage: Option<f64>,
}

impl Summary {
    pub(crate) fn of(report: &Report) -> Self {
        let mut by_severity = Severity::WORST_FIRST.map(|severity| (severity, 0));
        for finding in &report.findings {
            for (severity, count) in &mut by_severity {
                *count += usize::from(*severity == finding.severity());
            }
        }
        let reasons = |error: bool| sum_reasons(report.undecided.iter().filter(|entry| entry.error == error));
        Self {
            findings: report.findings.len(),
            groups: report.groups.len(),
            by_severity,
            platform: report.findings.iter().filter(|finding| Report::is_platform(finding)).count(),
            suppressed: report.suppressed.len(),
            unknown: reasons(false),
            errors: reasons(true),
            asked: report.tally.values().map(|tally| tally.judged() + tally.undecided()).sum(),
            coverage: report.coverage(),
        }
    }

    /// `1 critical, 4 high`; severities without findings are left out.
    pub(crate) fn severities(&self) -> String {
        let parts: Vec<String> = self
            .by_severity
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(severity, count)| format!("{} {severity}", number(*count)))
            .collect();
        parts.join(", ")
    }
}

/// One sentence: how much was found in how much. Never that something is compliant: that is not known.
pub(crate) fn verdict(report: &Report, summary: &Summary) -> String {
    if summary.findings > 0 {
        let causes = match summary.groups {
            groups if groups == summary.findings => String::new(),
            groups => format!(" from {}", count(groups, "cause")),
        };
        return format!("{}{causes}: {}", count(summary.findings, "finding"), summary.severities());
    }
    let judged: usize = report.tally.values().map(RuleTally::judged).sum();
    let objects = count(report.inputs.objects, "object");
    if report.inputs.objects == 0 {
        return "Nothing was judged: there is no Kubernetes object in the input".to_owned();
    }
    if judged == 0 {
        return format!("Nothing was judged: no rule came to a verdict on {objects}");
    }
    let open = summary.asked - judged;
    let rest = match open {
        0 => String::new(),
        open => format!(", but {} could not be decided", count(open, "question")),
    };
    let rules = count(report.rules.len(), "rule");
    format!("No findings: {rules} asked about {objects} found nothing{rest}")
}

/// The lines below a list, each with what it is about.
pub(crate) fn lines(report: &Report, summary: &Summary) -> Vec<(&'static str, String)> {
    let mut lines = vec![("", verdict(report, summary))];
    if summary.platform > 0 {
        lines.push((
            "Platform",
            format!("{} in namespaces of the platform", count(summary.platform, "finding")),
        ));
    }
    if summary.suppressed > 0 {
        lines.push(("Suppressed", count(summary.suppressed, "finding")));
    }
    for (label, reasons) in [("Unknown", &summary.unknown), ("Errors", &summary.errors)] {
        if !reasons.is_empty() {
            lines.push((label, reason_text(reasons)));
        }
    }
    lines.push(("Read", inputs(report)));
    for (reason, paths) in not_evaluated(report) {
        lines.push(("Not evaluated", format!("{reason}: {}", listed(&paths))));
    }
    if summary.asked > 0 {
        let asked = number(summary.asked);
        let coverage = percent(summary.coverage);
        lines.push((
            "Coverage",
            format!("{coverage} of {asked} questions (a rule and an object) got a verdict"),
        ));
    }
    lines
}

/// `12 files, 40 documents, 38 objects; 2 directories rendered`
pub(crate) fn inputs(report: &Report) -> String {
    let inputs = &report.inputs;
    let mut text =
        [count(inputs.files, "file"), count(inputs.documents, "document"), count(inputs.objects, "object")]
            .join(", ");
    if inputs.rendered > 0 {
        text.push_str(&format!("; {} rendered", count(inputs.rendered, "directory")));
    }
    match inputs.foreign {
        0 => {}
        1 => text.push_str("; 1 document that is not a Kubernetes object"),
        n => text.push_str(&format!("; {} that are not Kubernetes objects", count(n, "document"))),
    }
    text
}

/// What was not judged, by reason, the most frequent first.
pub(crate) fn not_evaluated(report: &Report) -> Vec<(String, Vec<String>)> {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in &report.inputs.not_evaluated {
        reasons.entry(&entry.reason).or_default().push(clean(&entry.path).into_owned());
    }
    let mut reasons: Vec<_> =
        reasons.into_iter().map(|(reason, paths)| (clean(reason).into_owned(), paths)).collect();
    reasons.sort_by_key(|(_, paths)| std::cmp::Reverse(paths.len()));
    reasons
}

fn listed(paths: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = paths.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if paths.len() > SHOWN {
        text.push_str(&format!(" and {} more", number(paths.len() - SHOWN)));
    }
    text
}

fn reason_text(reasons: &[(String, usize)]) -> String {
    const SHOWN: usize = 5;
    let total: usize = reasons.iter().map(|(_, count)| count).sum();
    let mut parts: Vec<String> =
        reasons.iter().take(SHOWN).map(|(reason, count)| format!("{reason} ({})", number(*count))).collect();
    if reasons.len() > SHOWN {
        let rest: usize = reasons.iter().skip(SHOWN).map(|(_, count)| count).sum();
        parts.push(format!("other reasons ({})", number(rest)));
    }
    format!("{}: {}", count(total, "question"), parts.join(", "))
}

/// Reasons that differ in nothing but a quoted name count as one.
fn sum_reasons<'r>(entries: impl Iterator<Item = &'r Undecided>) -> Vec<(String, usize)> {
    let mut reasons: BTreeMap<String, (usize, Option<&str>)> = BTreeMap::new();
    for entry in entries {
        let sum = reasons.entry(without_names(&entry.reason)).or_insert((0, Some(&entry.reason)));
        sum.0 += 1;
        if sum.1 != Some(&entry.reason) {
            sum.1 = None;
        }
    }
    let mut reasons: Vec<_> = reasons
        .into_iter()
        .map(|(pattern, (count, only))| (clean(only.unwrap_or(&pattern)).into_owned(), count))
        .collect();
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    reasons
}

fn without_names(reason: &str) -> String {
    let mut text = String::new();
    for (index, part) in reason.split('"').enumerate() {
        text.push_str(if index % 2 == 0 { part } else { "…" });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_tell_reasons_apart() {
        assert_eq!(without_names("ServiceAccount \"a\" is missing"), "ServiceAccount … is missing");
        assert_eq!(reason_text(&[("a".into(), 3), ("b".into(), 1)]), "4 questions: a (3), b (1)");
    }
}
