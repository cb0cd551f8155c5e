//! The rows of tests in every format.

use std::fmt::Write as _;

use ironhull_policy::kyverno::engine::Status;
use ironhull_policy::kyverno::suite::{Outcome, Reason, Row, Totals};
use ironhull_report::junit::{TestCase, TestSuite, Verdict, junit};
use ironhull_report::outline::{Line, text, values};
use ironhull_report::{Align, Grid, Style};
use serde_json::json;

/// How deep the trace of a row stands below it.
const DEPTH: usize = 9;

/// What came out of tests.
pub(super) struct Found<'r> {
    pub(super) rows: &'r [Row],
    pub(super) totals: Totals,
    pub(super) files: usize,
}

/// `pass`, `not matched`, `fail` or `not evaluated`, and why.
fn outcome(row: &Row) -> (&'static str, String) {
    match &row.outcome {
        Outcome::Pass => ("pass", String::new()),
        Outcome::NotMatched => ("not matched", "no rule is about it, so that it proves nothing".to_owned()),
        Outcome::Fail(reason) => ("fail", reason.to_string()),
        Outcome::Gap(gap) => ("not evaluated", gap.to_string()),
    }
}

fn expected(row: &Row) -> &'static str {
    row.expected.map_or("", Status::name)
}

fn is_as_expected(row: &Row) -> bool {
    matches!(row.outcome, Outcome::Pass | Outcome::NotMatched)
}

/// What is told of a row; the messages are there already.
fn told(row: &Row) -> Vec<Line> {
    let mut lines = row.trace.clone();
    for line in &mut lines {
        line.lines.retain(|line| line.kind != "message");
    }
    lines
}

fn got(row: &Row) -> impl Iterator<Item = String> {
    row.got.iter().map(|got| format!("{}: {}: {}", got.rule, got.status.name(), got.message))
}

impl<'r> Found<'r> {
    fn shown(&self, fail_only: bool) -> impl Iterator<Item = &'r Row> {
        self.rows.iter().filter(move |row| !fail_only || !is_as_expected(row))
    }

    pub(super) fn text(&self, fail_only: bool, style: Style) -> String {
        let mut out = String::new();
        let mut file = "";
        for row in self.shown(fail_only) {
            let (word, why) = outcome(row);
            if file != row.test {
                file = &row.test;
                let _ = writeln!(out, "{file}");
            }
            let parts = [&row.policy, &row.rule, &row.resource, &row.operation];
            let what: Vec<&str> =
                parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            let why = if why.is_empty() { why } else { format!(": {why}") };
            let wanted =
                if row.expected.is_some() { format!(" (expects {})", expected(row)) } else { String::new() };
            let _ = writeln!(out, "  {word:13} {}{wanted}{why}", what.join(" / "));
            if matches!(row.outcome, Outcome::Fail(_)) {
                for got in got(row) {
                    let _ = writeln!(out, "                {got}");
                }
                out.push_str(&text(&told(row), style, false, DEPTH));
            }
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "{}", self.sum());
        out
    }

    /// The numbers.
    fn sum(&self) -> String {
        format!(
            "{} rows in {} files: {} passed, {} not matched, {} failed, {} not evaluated",
            self.rows.len(),
            self.files,
            self.totals.passed,
            self.totals.not_matched,
            self.totals.failed,
            self.totals.gaps
        )
    }

    pub(super) fn table(&self, fail_only: bool, style: Style) -> String {
        let head = ["Policy", "Rule", "Resource", "Expected", "Got", "Outcome"];
        let mut grid = Grid::new(&head.map(|title| (title, Align::Left)));
        let mut is_empty = true;
        for row in self.shown(fail_only) {
            let got: Vec<&str> = row.got.iter().map(|got| got.status.name()).collect();
            let resource = [row.resource.as_str(), row.operation.as_str()].join(" ");
            let (word, why) = outcome(row);
            let outcome = if why.is_empty() { word.to_owned() } else { format!("{word}: {why}") };
            let cells = [&row.policy, &row.rule, resource.trim(), expected(row), &got.join(", "), &outcome];
            grid.row(cells.map(|cell| cell.replace(char::is_control, " ")));
            is_empty = false;
        }
        let table =
            if is_empty { String::new() } else { grid.render(style.width, |_, _, cell| cell.to_owned()) };
        format!("{table}{}\n", self.sum())
    }

    pub(super) fn json(&self, fail_only: bool) -> anyhow::Result<String> {
        let mut rows = Vec::new();
        for row in self.shown(fail_only) {
            let (word, why) = outcome(row);
            let got = row
                .got
                .iter()
                .map(|got| json!({"rule": got.rule, "status": got.status.name(), "message": got.message}));
            let mut shown = json!({
                "test": row.test,
                "policy": row.policy,
                "rule": row.rule,
                "resource": row.resource,
                "operation": row.operation,
                "expected": expected(row),
                "outcome": word,
                "reason": why,
                "got": got.collect::<Vec<_>>(),
            });
            if !row.trace.is_empty()
                && let Some(members) = shown.as_object_mut()
            {
                members.insert("trace".to_owned(), serde_json::to_value(values(&row.trace))?);
            }
            rows.push(shown);
        }
        let totals = json!({
            "passed": self.totals.passed,
            "not-matched": self.totals.not_matched,
            "failed": self.totals.failed,
            "not-evaluated": self.totals.gaps,
        });
        Ok(serde_json::to_string_pretty(&json!({"rows": rows, "totals": totals}))? + "\n")
    }

    /// A suite a file, a case a row.
    pub(super) fn junit(&self, fail_only: bool) -> String {
        let mut suites: Vec<TestSuite> = Vec::new();
        for row in self.shown(fail_only) {
            let case = case(row);
            match suites.last_mut().filter(|suite| suite.name == row.test) {
                Some(suite) => suite.cases.push(case),
                None => suites.push(TestSuite {
                    name: row.test.clone(),
                    properties: Vec::new(),
                    cases: vec![case],
                }),
            }
        }
        junit(&suites)
    }
}

fn case(row: &Row) -> TestCase {
    let class: Vec<&str> =
        [&row.policy, &row.rule].into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let name: Vec<&str> = [&row.resource, &row.operation]
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    let wanted = if row.expected.is_some() { format!("expects {}", expected(row)) } else { String::new() };
    let name = match (name.is_empty(), wanted.is_empty()) {
        (false, false) => format!("{} ({wanted})", name.join(" ")),
        (false, true) => name.join(" "),
        (true, false) => wanted,
        (true, true) => "the file".to_owned(),
    };
    let (_, why) = outcome(row);
    let long = || {
        let got: String = got(row).map(|got| format!("{got}\n")).collect();
        got + &text(&told(row), Style::default(), false, 1)
    };
    let verdict = match &row.outcome {
        Outcome::Pass => Verdict::Pass,
        Outcome::NotMatched => Verdict::Skipped(why),
        Outcome::Fail(reason @ (Reason::WrongResult | Reason::WrongObject(_) | Reason::NothingAnswered)) => {
            Verdict::Failure(why, Some(reason.name()), long())
        }
        // What could not be asked is no answer, and no pass either.
        Outcome::Fail(_) | Outcome::Gap(_) => Verdict::Error(why, long()),
    };
    TestCase { class: class.join("/"), name, place: Some((row.test.clone(), None)), verdict }
}
