//! JUnit XML by itself: suites of cases.

use std::fmt::Write as _;

use crate::xml::{attribute, escape_into};

/// A suite.
#[derive(Clone, Debug, Default)]
pub struct TestSuite {
    /// Its name.
    pub name: String,
    /// What is known of all of it.
    pub properties: Vec<(&'static str, String)>,
    /// Its cases.
    pub cases: Vec<TestCase>,
}

/// A case.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// What it belongs to.
    pub class: String,
    /// Its name.
    pub name: String,
    /// The file that it is about, with the line if that is known.
    pub place: Option<(String, Option<u32>)>,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not: why in short, of what sort that is, why at length.
    Failure(String, Option<&'static str>, String),
    /// It could not be decided: why in short, and at length.
    Error(String, String),
    /// It was not decided: why.
    Skipped(String),
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of<'c>(cases: impl IntoIterator<Item = &'c TestCase>) -> Self {
        let mut counts = Self::default();
        for case in cases {
            counts.tests += 1;
            match case.verdict {
                Verdict::Pass => {}
                Verdict::Failure(..) => counts.failures += 1,
                Verdict::Error(..) => counts.errors += 1,
                Verdict::Skipped(_) => counts.skipped += 1,
            }
        }
        counts
    }

    fn attributes(self, out: &mut String) {
        let _ = write!(
            out,
            " tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\"",
            self.tests, self.failures, self.errors, self.skipped
        );
    }
}

/// Suites as JUnit XML.
pub fn junit(suites: &[TestSuite]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ironhull\"");
    Counts::of(suites.iter().flat_map(|suite| &suite.cases)).attributes(&mut out);
    out.push_str(">\n");
    for suite in suites {
        write_suite(&mut out, suite);
    }
    out.push_str("</testsuites>\n");
    out
}

fn write_suite(out: &mut String, suite: &TestSuite) {
    out.push_str("  <testsuite");
    attribute(out, "name", &suite.name);
    Counts::of(&suite.cases).attributes(out);
    out.push_str(">\n");
    if !suite.properties.is_empty() {
        out.push_str("    <properties>\n");
        for (name, value) in &suite.properties {
            out.push_str("      <property");
            attribute(out, "name", name);
            attribute(out, "value", value);
            out.push_str("/>\n");
        }
        out.push_str("    </properties>\n");
    }
    for case in &suite.cases {
        write_case(out, case);
    }
    out.push_str("  </testsuite>\n");
}

fn write_case(out: &mut String, case: &TestCase) {
    out.push_str("    <testcase");
    attribute(out, "classname", &case.class);
    attribute(out, "name", &case.name);
    if let Some((file, line)) = &case.place {
        attribute(out, "file", file);
        if let Some(line) = line {
            attribute(out, "line", &line.to_string());
        }
    }
    out.push_str(" time=\"0\"");
    match &case.verdict {
        Verdict::Pass => out.push_str("/>\n"),
        Verdict::Failure(message, kind, text) => result(out, "failure", message, *kind, text),
        Verdict::Error(message, text) => result(out, "error", message, Some("error"), text),
        Verdict::Skipped(message) => result(out, "skipped", message, None, ""),
    }
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
