//! JUnit XML: a suite for each rule, a case for each object that it was asked about.
//!
//! What is unknown is skipped with its reason, an error is an error; neither is a pass.

mod write;

use std::collections::BTreeMap;

use ironhull_finding::{Finding, RuleMeta, Suppression};
use ironhull_world::ObjectRef;

pub use self::write::{TestCase, TestSuite, Verdict, junit};
use crate::cause::locator;
use crate::plain::count;
use crate::{Report, Undecided};

/// The report as JUnit XML.
pub(crate) fn render(report: &Report) -> String {
    let suites: Vec<TestSuite> =
        suites(report).iter().map(|(rule, suite)| written(report, rule, suite)).collect();
    junit(&suites)
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

fn suites(report: &Report) -> Vec<(&RuleMeta, Suite<'_>)> {
    let mut suites = Suites::new();
    for rule in &report.rules {
        suites.entry(&*rule.id).or_insert_with(|| (rule, Suite::default()));
    }
    for finding in &report.findings {
        case(&mut suites, &finding.rule, Subject::of(finding)).findings.push(finding);
    }
    for (finding, by) in &report.suppressed {
        case(&mut suites, &finding.rule, Subject::of(finding)).suppressed.push((finding, by));
    }
    for entry in &report.undecided {
        let case = case(&mut suites, &entry.rule, Subject::Object(&entry.object));
        if case.undecided.is_none_or(|known| !known.error) {
            case.undecided = Some(entry);
        }
    }
    for (rule, object) in report.passes.iter().flatten() {
        case(&mut suites, rule, Subject::Object(object));
    }
    suites.into_values().collect()
}

type Suites<'r> = BTreeMap<&'r str, (&'r RuleMeta, Suite<'r>)>;

fn case<'s, 'r>(suites: &'s mut Suites<'r>, rule: &'r RuleMeta, subject: Subject<'r>) -> &'s mut Case<'r> {
    let (_, suite) = suites.entry(&*rule.id).or_insert_with(|| (rule, Suite::default()));
    suite.cases.entry(subject).or_default()
}

fn written(report: &Report, rule: &RuleMeta, suite: &Suite<'_>) -> TestSuite {
    let tally = report.tally.get(&*rule.id).copied().unwrap_or_default();
    let mut cases: Vec<TestCase> =
        suite.cases.iter().map(|(subject, case)| written_case(rule, subject, case)).collect();
    if report.passes.is_none() && tally.passed > 0 {
        // Nobody asked for their names; one case says how many there are.
        let name = format!("{} without fault", count(tally.passed, "object"));
        cases.push(TestCase { class: rule.id.to_string(), name, place: None, verdict: Verdict::Pass });
    }
    let properties = vec![
        ("severity", rule.severity.to_string()),
        ("title", rule.title.to_string()),
        ("passed", tally.passed.to_string()),
        ("notApplicable", tally.skipped.to_string()),
    ];
    TestSuite { name: format!("{} {}", &*rule.id, &*rule.name), properties, cases }
}

fn written_case(rule: &RuleMeta, subject: &Subject<'_>, case: &Case<'_>) -> TestCase {
    let first = case.findings.first().copied().or(case.suppressed.first().map(|(finding, _)| *finding));
    let place = first.and_then(Finding::place);
    let place = place.map(|place| (place.source.name().to_string(), Some(place.start.line)));
    let verdict = if let Some(lead) = case.findings.first() {
        let message = match case.findings.len() {
            1 => lead.message.clone(),
            n => format!("{} and {} more", lead.message, n - 1),
        };
        let text: Vec<String> = case.findings.iter().map(|finding| failure_text(finding)).collect();
        Verdict::Failure(message, Some(lead.severity().name()), text.join("\n"))
    } else if let Some(entry) = case.undecided {
        if entry.error {
            Verdict::Error(entry.reason.clone(), String::new())
        } else {
            Verdict::Skipped(format!("unknown: {}", entry.reason))
        }
    } else if let Some((_, by)) = case.suppressed.first() {
        Verdict::Skipped(format!("suppressed: {}", by.reason))
    } else {
        Verdict::Pass
    };
    TestCase { class: rule.id.to_string(), name: subject.name(), place, verdict }
}

fn failure_text(finding: &Finding) -> String {
    let fix = finding.fix.as_ref().map_or_else(String::new, |fix| format!("\n  fix: {}", fix.summary));
    format!("{}: {}{fix}", locator(finding), finding.message)
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
        report = report.with_passes(vec![((&ROOT).into(), object("z")), ((&HOST_PID).into(), object("y"))]);
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
