//! Literate tests: a Markdown file whose YAML blocks say in comments what must come out.
//!
//! ````markdown
//! ## A sidecar counts as well
//!
//! ```yaml
//! spec:
//!   hostPID: true #! fail
//!   hostIPC: true #! fail: part of the message
//! #! unknown
//! ```
//! ````
//!
//! `#! fail` expects a finding on its line, one for each mark. `#! unknown`, `#! skip` and `#! error`, on any
//! line, expect that many objects with this outcome. A block without marks expects silence.

use std::fmt::Write as _;

/// A block of YAML with what is expected of it.
#[derive(Debug)]
pub struct Case {
    /// The heading above it.
    pub title: String,
    /// The line in the Markdown file at which the YAML starts, from 1.
    pub line: usize,
    /// The YAML, marks included.
    pub text: String,
    /// What must come out.
    pub expected: Vec<Expectation>,
}

/// One mark, or one result in the same words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expectation {
    /// `fail`, `unknown`, `skip` or `error`.
    pub outcome: String,
    /// For `fail` the line in the YAML, from 1; else 0.
    pub line: u32,
    /// A part of the message; empty for any.
    pub message: String,
}

/// The blocks of a Markdown text.
pub fn cases(markdown: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut title = String::new();
    let mut block: Option<(usize, String)> = None;
    for (index, line) in markdown.lines().enumerate() {
        match &mut block {
            None if line.starts_with('#') => line.trim_start_matches('#').trim().clone_into(&mut title),
            None if line.trim() == "```yaml" => block = Some((index + 2, String::new())),
            None => {}
            Some((start, text)) if line.trim() == "```" => {
                let expected = marks(text);
                cases.push(Case { title: title.clone(), line: *start, text: std::mem::take(text), expected });
                block = None;
            }
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    cases
}

/// Compares; the answer is empty or tells every difference.
pub fn differences(case: &Case, mut found: Vec<Expectation>) -> String {
    let mut report = String::new();
    for expected in &case.expected {
        let hit = found.iter().position(|result| {
            result.outcome == expected.outcome
                && result.line == expected.line
                && result.message.contains(&expected.message)
        });
        match hit {
            Some(index) => drop(found.remove(index)),
            None => writeln!(report, "  expected and missing: {expected:?}").unwrap_or_default(),
        }
    }
    let counts = |outcome: &str| case.expected.iter().any(|expected| expected.outcome == outcome);
    // Objects that a rule does not apply to are counted only where the test speaks of them.
    found.retain(|result| result.outcome != "skip" || counts("skip"));
    for result in found {
        writeln!(report, "  found and not expected: {result:?}").unwrap_or_default();
    }
    report
}

fn marks(text: &str) -> Vec<Expectation> {
    let mut expected = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for mark in line.split("#!").skip(1) {
            let (outcome, message) = mark.split_once(':').unwrap_or((mark, ""));
            let outcome = outcome.trim().to_owned();
            let line = if outcome == "fail" { u32::try_from(index + 1).unwrap_or(u32::MAX) } else { 0 };
            expected.push(Expectation { outcome, line, message: message.trim().to_owned() });
        }
    }
    expected
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A\n\n```yaml\na: 1\nb: 2 #! fail: x\n#! unknown\n```\n";

    fn result(outcome: &str, line: u32, message: &str) -> Expectation {
        Expectation { outcome: outcome.into(), line, message: message.into() }
    }

    #[test]
    fn marks_are_read() {
        let cases = cases(TEXT);
        assert_eq!((cases[0].title.as_str(), cases[0].line), ("A", 4));
        assert_eq!(cases[0].expected, [result("fail", 2, "x"), result("unknown", 0, "")]);
    }

    #[test]
    fn a_flipped_expectation_is_a_difference() {
        let case = &cases(TEXT)[0];
        assert_eq!(differences(case, vec![result("fail", 2, "axb"), result("unknown", 0, "z")]), "");
        assert_ne!(differences(case, vec![result("fail", 1, "axb"), result("unknown", 0, "z")]), "");
        assert_ne!(differences(case, vec![result("fail", 2, "axb")]), "");
        assert_ne!(differences(case, vec![result("fail", 2, "a"), result("unknown", 0, "")]), "");
    }
}
