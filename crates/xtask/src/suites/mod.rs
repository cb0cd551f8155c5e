//! `cargo xtask test`: every suite that this machine can run, one after the other, then one table.

mod cluster;
mod outputs;
mod smoke;
mod source;
mod suite;

use crate::{context::Context, skips::Skips, table::Table};
use anyhow::{Result, bail};
use std::time::Instant;
use suite::{Outcome, Session, Suite};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Leave out what needs a network, Go or a release build.
    #[arg(long)]
    fast: bool,
    /// Allow the installation of system packages (implied by `CI=true`).
    #[arg(long)]
    system: bool,
    /// Run this suite only; may be repeated.
    #[arg(long, value_name = "SUITE", conflicts_with = "fast")]
    only: Vec<String>,
}

impl Args {
    fn wants(&self, suite: &Suite) -> bool {
        if self.only.is_empty() {
            suite.fast || !self.fast
        } else {
            self.only.iter().any(|name| name == suite.name)
        }
    }
}

/// In the order they run: what is quick and fails often comes first.
const SUITES: &[Suite] = &[
    Suite { name: "format", fast: true, run: source::format },
    Suite { name: "tidy", fast: true, run: source::tidy },
    Suite { name: "generated", fast: true, run: source::generated },
    Suite { name: "clippy", fast: true, run: source::clippy },
    Suite { name: "tests", fast: true, run: source::tests },
    Suite { name: "rustdoc", fast: true, run: source::rustdoc },
    Suite { name: "dependencies", fast: false, run: source::dependencies },
    Suite { name: "conformance", fast: true, run: suite::conformance },
    Suite { name: "oracles", fast: false, run: suite::oracles },
    Suite { name: "cluster", fast: false, run: cluster::cluster },
    Suite { name: "release", fast: false, run: smoke::release },
    Suite { name: "smoke", fast: false, run: smoke::smoke },
    Suite { name: "outputs", fast: false, run: outputs::formats },
];

/// Runs the suites. `false` when one failed.
pub(crate) fn run(mut context: Context, args: &Args) -> Result<bool> {
    context.system |= args.system;
    if let Some(unknown) = args.only.iter().find(|name| !SUITES.iter().any(|suite| suite.name == **name)) {
        let known: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        bail!("no suite `{unknown}`; there are: {}", known.join(", "));
    }
    let skips = Skips::begin(&context)?;
    let mut session = Session { context, skips };
    let start = Instant::now();
    let mut results = Vec::new();
    for suite in SUITES.iter().filter(|suite| args.wants(suite)) {
        println!("\n==> {}", suite.name);
        let start = Instant::now();
        let outcome = (suite.run)(&mut session).unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        let seconds = start.elapsed().as_secs_f64();
        println!("<== {}: {} in {seconds:.1} s", suite.name, outcome.shown());
        results.push((suite.name, outcome, seconds));
    }
    println!("\n{}", table(&results, start.elapsed().as_secs_f64()));
    if args.fast {
        let left: Vec<&str> = SUITES.iter().filter(|suite| !suite.fast).map(|suite| suite.name).collect();
        println!("left out by --fast: {}", left.join(", "));
    }
    let skipped = session.skips.all();
    if skipped.len() > 0 {
        println!("\n{} SKIPPED inside suites:", skipped.len());
        skipped.for_each(|skip| println!("  SKIPPED: {skip}"));
    }
    let count =
        |wanted: fn(&Outcome) -> bool| results.iter().filter(|(_, outcome, _)| wanted(outcome)).count();
    let failed = count(Outcome::is_failed);
    let skipped = count(Outcome::is_skipped);
    println!("\n{} passed, {failed} failed, {skipped} skipped", results.len() - failed - skipped);
    Ok(failed == 0)
}

fn table(results: &[(&str, Outcome, f64)], total: f64) -> String {
    let mut table = Table::new(&["suite", "result", ">seconds", "note"]);
    for (name, outcome, seconds) in results {
        // A failure's full text stands where it happened.
        let note = outcome.note().lines().next().unwrap_or_default();
        table.row([*name, outcome.word(), &format!("{seconds:.1}"), note]);
    }
    table.row(["total", "", &format!("{total:.1}"), ""]);
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_suite_and_one_line_of_each_note() {
        let results = [
            ("format", Outcome::Passed(String::new()), 0.5),
            ("oracles", Outcome::Skipped("no go".into()), 0.0),
            ("tests", Outcome::Failed("first\nmore".into()), 12.25),
        ];
        let text = table(&results, 12.75);
        assert_eq!(text.lines().count(), 6);
        assert!(text.contains("FAILED") && text.contains("first") && !text.contains("more"), "{text}");
    }

    #[test]
    fn fast_leaves_something_and_not_everything_out() {
        assert!(SUITES.iter().any(|suite| suite.fast) && SUITES.iter().any(|suite| !suite.fast));
    }
}
