//! JUnit XML: a suite for each rule, a case for each object that it was asked about.
//!
//! What is unknown is skipped with its reason, an error is an error; neither is a pass.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ironhull_finding::{Finding, RuleMeta, Suppression};
use ironhull_world::ObjectRef;

use crate::cause::locator;
use crate::plain::count;
use crate::xml::{attribute, escape_into};
use crate::{Report, Undecided};

/// The report as JUnit XML.
pub(crate) fn render(report: &Report) -> String {
    let suites = suites(report);
    let mut body = String::new();
    let mut total = Counts::default();
    for (rule, suite) in &suites {
        total.add(write_suite(&mut body, report, rule, suite));
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ironhull\"");
    total.attributes(&mut out);
    out.push_str(">\n");
    out.push_str(&body);
    out.push_str("</testsuites>\n");
    out
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    fn attributes(self, out: &mut String) {
        let _ = write!(
            out,
            " tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\"",
            self.tests, self.failures, self.errors, self.skipped
        );
    }
}

/// What a case is about: an object, or a part of an input by its place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Subject<'r> {
    Object(&'r ObjectRef),
    Input(String),
}

impl<'r> Subject<'r> {
    fn of(finding: &'r Finding) -> Self {
        match finding.object() {
            Some(object) => Self::Object(&object.key),
            None => Self::Input(locator(finding)),
        }
    }

    /// Copies of one identity are told apart: a case's name is unique in its suite.
    fn name(&self) -> String {
        match self {
            Self::Object(key) if key.copy > 0 => format!("{key} (copy {})", key.copy + 1),
            Self::Object(key) => key.to_string(),
            Self::Input(place) => place.clone(),
        }
    }
}

#[derive(Default)]
struct Suite<'r> {
    cases: BTreeMap<Subject<'r>, Case<'r>>,
}

/// The strongest that is known of an object: findings, then an error, then what is unknown.
#[derive(Default)]
struct Case<'r> {
    findings: Vec<&'r Finding>,
    suppressed: Vec<(&'r Finding, &'r Suppression)>,
    undecided: Option<&'r Undecided>,
}

fn suites(report: &Report) -> Vec<(&'static RuleMeta, Suite<'_>)> {
    let mut suites = Suites::new();
    for rule in &report.rules {
        suites.entry(rule.id).or_insert_with(|| (rule, Suite::default()));
    }
    for finding in &report.findings {
        case(&mut suites, finding.rule, Subject::of(finding)).findings.push(finding);
    }
    for (finding, by) in &report.suppressed {
        case(&mut suites, finding.rule, Subject::of(finding)).suppressed.push((finding, by));
    }
    for entry in &report.undecided {
        let case = case(&mut suites, entry.rule, Subject::Object(&entry.object));
        if case.undecided.is_none_or(|known| !known.error) {
            case.undecided = Some(entry);
        }
    }
    for (rule, object) in report.passes.iter().flatten() {
        case(&mut suites, rule, Subject::Object(object));
    }
    suites.into_values().collect()
}

type Suites<'r> = BTreeMap<&'static str, (&'static RuleMeta, Suite<'r>)>;

fn case<'s, 'r>(
    suites: &'s mut Suites<'r>,
    rule: &'static RuleMeta,
    subject: Subject<'r>,
) -> &'s mut Case<'r> {
    let (_, suite) = suites.entry(rule.id).or_insert_with(|| (rule, Suite::default()));
    suite.cases.entry(subject).or_default()
}

fn write_suite(out: &mut String, report: &Report, rule: &RuleMeta, suite: &Suite<'_>) -> Counts {
    let tally = report.tally.get(rule.id).copied().unwrap_or_default();
    let mut counts = Counts::default();
    let mut cases = String::new();
    for (subject, case) in &suite.cases {
        counts.add(write_case(&mut cases, rule, subject, case));
    }
    if report.passes.is_none() && tally.passed > 0 {
        // Nobody asked for their names; one case says how many there are.
        counts.tests += 1;
        cases.push_str("    <testcase");
        attribute(&mut cases, "classname", rule.id);
        attribute(&mut cases, "name", &format!("{} without fault", count(tally.passed, "object")));
        cases.push_str(" time=\"0\"/>\n");
    }
    out.push_str("  <testsuite");
    attribute(out, "name", &format!("{} {}", rule.id, rule.name));
    counts.attributes(out);
    out.push_str(">\n    <properties>\n");
    let properties = [
        ("severity", rule.severity.to_string()),
        ("title", rule.title.to_owned()),
        ("passed", tally.passed.to_string()),
        ("notApplicable", tally.skipped.to_string()),
    ];
    for (name, value) in properties {
        out.push_str("      <property");
        attribute(out, "name", name);
        attribute(out, "value", &value);
        out.push_str("/>\n");
    }
    out.push_str("    </properties>\n");
    out.push_str(&cases);
    out.push_str("  </testsuite>\n");
    counts
}

fn write_case(out: &mut String, rule: &RuleMeta, subject: &Subject<'_>, case: &Case<'_>) -> Counts {
    let mut counts = Counts { tests: 1, ..Counts::default() };
    out.push_str("    <testcase");
    attribute(out, "classname", rule.id);
    attribute(out, "name", &subject.name());
    let first = case.findings.first().copied().or(case.suppressed.first().map(|(finding, _)| *finding));
    if let Some(place) = first.and_then(Finding::place) {
        attribute(out, "file", place.source.name());
        attribute(out, "line", &place.start.line.to_string());
    }
    out.push_str(" time=\"0\"");
    if let Some(lead) = case.findings.first() {
        counts.failures = 1;
        let message = match case.findings.len() {
            1 => lead.message.clone(),
            n => format!("{} and {} more", lead.message, n - 1),
        };
        let text: Vec<String> = case.findings.iter().map(|finding| failure_text(finding)).collect();
        result(out, "failure", &message, Some(lead.severity().name()), &text.join("\n"));
    } else if let Some(entry) = case.undecided {
        if entry.error {
            counts.errors = 1;
            result(out, "error", &entry.reason, Some("error"), "");
        } else {
            counts.skipped = 1;
            result(out, "skipped", &format!("unknown: {}", entry.reason), None, "");
        }
    } else if let Some((_, by)) = case.suppressed.first() {
        counts.skipped = 1;
        result(out, "skipped", &format!("suppressed: {}", by.reason), None, "");
    } else {
        out.push_str("/>\n");
    }
    counts
}

fn failure_text(finding: &Finding) -> String {
    let fix = finding.fix.as_ref().map_or_else(String::new, |fix| format!("\n  fix: {}", fix.summary));
    format!("{}: {}{fix}", locator(finding), finding.message)
}

fn result(out: &mut String, element: &str, message: &str, kind: Option<&str>, text: &str) {
    let _ = write!(out, ">\n      <{element}");
    attribute(out, "message", message);
    if let Some(kind) = kind {
        attribute(out, "type", kind);
    }
    if text.is_empty() {
        out.push_str("/>\n    </testcase>\n");
        return;
    }
    out.push('>');
    escape_into(out, text);
    let _ = write!(out, "</{element}>\n    </testcase>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ADMIN, HOST_PID, ROOT, hostile, sample};

    #[test]
    fn with_the_names_of_passes_a_case_stands_for_every_judged_object() {
        let mut report = sample();
        let object = |name: &str| ObjectRef {
            group: "".into(),
            kind: "Pod".into(),
            namespace: "a".into(),
            name: name.into(),
            copy: 0,
        };
        report = report.with_passes(vec![(&ROOT, object("z")), (&HOST_PID, object("y"))]);
        let out = render(&report);
        let suite =
            |id: &str| out.lines().find(|line| line.contains(&format!("<testsuite name=\"{id}"))).unwrap();
        assert!(
            suite("WL007").contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""),
            "{}",
            suite("WL007")
        );
        assert!(out.contains("<testcase classname=\"WL007\" name=\"Pod a/z\" time=\"0\"/>"));
        assert!(!out.contains("without fault"));
    }

    #[test]
    fn what_is_not_decided_is_never_a_pass() {
        let out = render(&sample());
        for object in ["Deployment shop/web", "DaemonSet kube-system/proxy"] {
            let case = format!(
                "classname=\"{}\" name=\"{object}\" time=\"0\">\n      <skipped message=\"unknown: ",
                ADMIN.id
            );
            assert!(out.contains(&case), "{case}");
        }
        assert!(out.contains("name=\"StatefulSet shop/cache\" time=\"0\">\n      <error message="));
    }

    #[test]
    fn no_name_becomes_markup() {
        let out = render(&hostile());
        assert!(!out.contains("<script"), "{out}");
        assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out}");
    }
}
