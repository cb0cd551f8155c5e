//! The fixture suites: upstream test data beside the checkout, run strictly by the crate that owns the area.
//!
//! A runner is a test of that crate whose name holds `fixtures`. It finds its cases itself and prints, for
//! each group, one line `NAME fixtures: ran N, failed N, skipped N`; this task adds the lines up.

use crate::{cargo_tests::Tests, context::Context, skips, skips::Skips, table::Table};
use anyhow::{Result, bail};

/// A folder of fixtures and the crate that runs it.
struct Suite {
    name: &'static str,
    package: &'static str,
    folder: &'static str,
}

/// New suites are added with the crate that proves them.
const SUITES: &[Suite] = &[
    Suite { name: "jmespath", package: "ironhull-jmespath", folder: "jmespath" },
    Suite { name: "kyverno", package: "ironhull-policy", folder: "kyverno" },
    Suite { name: "network", package: "ironhull-network", folder: "network" },
    Suite { name: "pod-security", package: "ironhull-podsecurity", folder: "pod-security" },
];

#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// One suite; all of them without it.
    suite: Option<String>,
}

/// How the suites ended.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) ran: Vec<String>,
    pub(crate) failed: Vec<String>,
    pub(crate) skipped: Vec<String>,
}

/// Runs the suites and prints their counts. `false` when one failed.
pub(crate) fn run(context: &Context, args: &Args) -> Result<bool> {
    let mut skips = Skips::begin(context)?;
    let summary = run_suites(context, args.suite.as_deref(), &mut skips)?;
    Ok(summary.failed.is_empty())
}

/// The same for `cargo xtask test`, which keeps the skips.
pub(crate) fn run_suites(context: &Context, only: Option<&str>, skips: &mut Skips) -> Result<Summary> {
    let wanted: Vec<&Suite> =
        SUITES.iter().filter(|suite| only.is_none_or(|name| name == suite.name)).collect();
    if wanted.is_empty() {
        let known: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        bail!("no suite `{}`; there are: {}", only.unwrap_or_default(), known.join(", "));
    }
    let mut summary = Summary::default();
    let mut table = Table::new(&["suite", "group", ">ran", ">passed", ">skipped", "state"]);
    for suite in wanted {
        let folder = context.fixtures().join(suite.folder);
        if !folder.is_dir() {
            let why = "its fixtures are not beside the checkout (or where IRONHULL_FIXTURES says)";
            skips::announce(&format!("conformance {}", suite.name), why);
            summary.skipped.push(suite.name.to_owned());
            table.row([suite.name, "", "", "", "", "skipped"]);
            continue;
        }
        let (groups, result) = run_one(context, suite, skips);
        let state = if result.is_ok() { "ok" } else { "FAILED" };
        for group in &groups {
            let numbers = [group.ran, group.passed, group.skipped].map(|number| number.to_string());
            let [ran, passed, skipped] = numbers;
            table.row([suite.name.to_owned(), group.name.clone(), ran, passed, skipped, state.to_owned()]);
        }
        if groups.is_empty() {
            table.row([suite.name, "", "", "", "", state]);
        }
        match result {
            Ok(()) => summary.ran.push(suite.name.to_owned()),
            Err(error) => {
                println!("conformance {}: {error:#}", suite.name);
                summary.failed.push(suite.name.to_owned());
            }
        }
    }
    println!("{}", table.render());
    Ok(summary)
}

fn run_one(context: &Context, suite: &Suite, skips: &mut Skips) -> (Vec<Group>, Result<()>) {
    let mut lines = Vec::new();
    let tests = Tests {
        cargo: ["-p", suite.package, "--test", "it"].map(str::to_owned).to_vec(),
        filter: Some("fixtures"),
        verbose: true,
        env: vec![("IRONHULL_FIXTURES".to_owned(), context.fixtures().display().to_string())],
    };
    let result = tests.run(context, skips, |line| lines.push(line.to_owned()));
    let groups: Vec<Group> = lines.iter().filter_map(|line| parse(line)).collect();
    let result = result.and_then(|_| judge(&groups));
    (groups, result)
}

/// Tests that pass without having looked at a fixture prove nothing.
fn judge(groups: &[Group]) -> Result<()> {
    if groups.iter().map(|group| group.ran).sum::<u64>() == 0 {
        bail!("no fixture ran: no line `NAME fixtures: ran N, failed N` with N above 0");
    }
    match groups.iter().find(|group| group.passed != group.ran) {
        Some(group) => bail!("{}: {} of {} passed", group.name, group.passed, group.ran),
        None => Ok(()),
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Group {
    name: String,
    ran: u64,
    passed: u64,
    skipped: u64,
}

/// `NAME fixtures: ran N, failed N, skipped N`; the last part may be missing.
fn parse(line: &str) -> Option<Group> {
    let (before, rest) = line.split_once(" fixtures: ran ")?;
    let words: Vec<&str> = rest.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let ran: u64 = words.first()?.parse().ok()?;
    let after = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1)?.parse::<u64>().ok()
    };
    // The test harness may have written `test name ... ` before it.
    let name = before.rsplit(' ').next().filter(|name| !name.is_empty())?;
    let passed = ran.saturating_sub(after("failed")?);
    Some(Group { name: name.to_owned(), ran, passed, skipped: after("skipped").unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(ran: u64, passed: u64) -> Group {
        Group { name: "a".into(), ran, passed, skipped: 0 }
    }

    #[test]
    fn a_group_is_read_from_its_line() {
        let line = "test fixtures::all ... baseline fixtures: ran 12, failed 1, skipped 3";
        assert_eq!(parse(line), Some(Group { name: "baseline".into(), ran: 12, passed: 11, skipped: 3 }));
        assert_eq!(parse("a fixtures: ran 2, failed 0").map(|group| group.passed), Some(2));
        assert_eq!(parse("a fixtures: ran 2"), None);
        assert_eq!(parse("test result: ok. 3 passed"), None);
    }

    #[test]
    fn nothing_ran_is_a_failure_and_so_is_a_shortfall() {
        assert!(judge(&[]).is_err());
        assert!(judge(&[group(0, 0)]).is_err());
        assert!(judge(&[group(3, 3), group(2, 1)]).is_err());
        assert!(judge(&[group(3, 3)]).is_ok());
    }
}
