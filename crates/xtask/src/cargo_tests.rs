//! Running `cargo test` so that its own lines stay visible, its counts are known, and skips are gathered.

use crate::{context::Context, skips::Skips};
use anyhow::{Result, bail};

/// What a run of `cargo test` said of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

/// A run of `cargo test`.
#[derive(Debug, Default)]
pub(crate) struct Tests<'a> {
    /// Arguments for cargo, such as `-p name`.
    pub(crate) cargo: Vec<String>,
    /// Part of a test's name, when only some are wanted.
    pub(crate) filter: Option<&'a str>,
    /// Show everything that tests print, as it comes.
    pub(crate) verbose: bool,
    /// Variables for the tests.
    pub(crate) env: Vec<(String, String)>,
}

impl Tests<'_> {
    /// Runs the tests and gives each line of their output to `watch` as well. A failing test is an error; so
    /// is a filter that finds none.
    pub(crate) fn run(
        &self,
        context: &Context,
        skips: &mut Skips,
        mut watch: impl FnMut(&str),
    ) -> Result<Counts> {
        let mut cmd = context.cargo().arg("test").args(&self.cargo).arg("--");
        cmd = cmd.args(self.filter).arg(if self.verbose { "--nocapture" } else { "--show-output" });
        cmd = cmd.env(crate::skips::VARIABLE, &skips.file);
        cmd = cmd.env("IRONHULL_FIXTURES", context.fixtures());
        for (name, value) in &self.env {
            cmd = cmd.env(name, value);
        }
        let mut reader = Reader::default();
        let status = cmd.stream(|line| {
            watch(line);
            if reader.line(line) | skips.note_line(line) {
                println!("{line}");
            }
        })?;
        skips.note_file()?;
        if !status.success() {
            bail!("cargo test failed ({status}); {} of the tests that ran failed", reader.counts.failed);
        }
        if reader.counts.passed == 0 {
            bail!("no test ran{}", self.filter.map_or_else(String::new, |name| format!(" for `{name}`")));
        }
        Ok(reader.counts)
    }
}

/// Reads libtest's output: counts results, and hides the section in which `--show-output` repeats what
/// passing tests printed (only their skips are wanted).
#[derive(Debug, Default)]
struct Reader {
    counts: Counts,
    in_successes: bool,
}

impl Reader {
    /// Takes a line and says whether it is to be shown.
    fn line(&mut self, line: &str) -> bool {
        if line == "successes:" {
            self.in_successes = true;
        } else if line == "failures:" || line.starts_with("test result: ") {
            self.in_successes = false;
        }
        if let Some(counts) = parse_result(line) {
            self.counts.passed += counts.passed;
            self.counts.failed += counts.failed;
            self.counts.ignored += counts.ignored;
        }
        !self.in_successes
    }
}

/// `test result: ok. 5 passed; 0 failed; 1 ignored; …`
fn parse_result(line: &str) -> Option<Counts> {
    let (_, rest) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut counts = Counts::default();
    for part in rest.split("; ") {
        let Some((number, what)) = part.split_once(' ') else { continue };
        let Ok(number) = number.parse() else { continue };
        match what {
            "passed" => counts.passed = number,
            "failed" => counts.failed = number,
            "ignored" => counts.ignored = number,
            _ => {}
        }
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_hides_what_passing_tests_printed() {
        let output = "running 2 tests\ntest a ... ok\n\nsuccesses:\n\n---- a stdout ----\nnoise\n\n\
                      test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                      test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out";
        let mut reader = Reader::default();
        let shown: Vec<&str> = output.lines().filter(|line| reader.line(line)).collect();
        assert_eq!(reader.counts, Counts { passed: 5, failed: 4, ignored: 1 });
        assert!(!shown.contains(&"noise") && shown.contains(&"test a ... ok"), "{shown:?}");
    }

    #[test]
    fn failures_are_shown_after_successes() {
        let mut reader = Reader::default();
        let shown: Vec<bool> =
            ["successes:", "    a", "failures:", "why"].iter().map(|line| reader.line(line)).collect();
        assert_eq!(shown, [false, false, true, true]);
    }
}
