//! Reference engines in Go, built from their published modules, against ours on random and fixture input.
//!
//! A folder under `oracles/` is one Go main module. The crates that own the area have tests whose names hold
//! `oracle`; they start the program that `IRONHULL_ORACLE_<NAME>` names and compare
//! `IRONHULL_ORACLE_CASES` cases.

use crate::{cargo_tests::Tests, context::Context, run::is_on_path, skips, skips::Skips, tools};
use anyhow::{Context as _, Result, bail};
use std::fs;

/// Which crates compare themselves with which oracle.
const CRATES: &[(&str, &[&str])] = &[
    // One program: what takes long is to build Kyverno.
    ("kyverno", &["ironhull-jmespath", "ironhull-policy"]),
    ("manifest", &["ironhull-manifest"]),
    ("network", &["ironhull-network"]),
    ("pod-security", &["ironhull-podsecurity"]),
    ("scalars", &["ironhull-value"]),
];

/// A reference in Python that the tests of an oracle's crate compare with as well.
struct Peer {
    oracle: &'static str,
    /// Its name in messages and under `target/tools`.
    name: &'static str,
    packages: &'static [&'static str],
    /// The variable that names its Python environment.
    variable: &'static str,
}

const PEERS: &[Peer] = &[Peer {
    oracle: "network",
    name: "network-config-analyzer",
    packages: &["network-config-analyzer==2.1.0"],
    variable: "IRONHULL_ORACLE_NCA",
}];

/// Cases in a run of `cargo xtask test`.
pub(crate) const CASES: u64 = 20_000;
/// Cases with `--long`.
const LONG_CASES: u64 = 1_000_000;

#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// One oracle; all of them without it.
    name: Option<String>,
    /// The big run, before an issue is closed.
    #[arg(long, conflicts_with = "cases")]
    long: bool,
    /// How many cases each oracle gets.
    #[arg(long)]
    cases: Option<u64>,
}

/// How the comparisons ended.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) ran: Vec<String>,
    pub(crate) failed: Vec<String>,
    pub(crate) skipped: Vec<String>,
}

/// Runs the comparisons. `false` when one failed.
pub(crate) fn run(context: &Context, args: &Args) -> Result<bool> {
    let cases = args.cases.unwrap_or(if args.long { LONG_CASES } else { CASES });
    let mut skips = Skips::begin(context)?;
    let summary = run_oracles(context, args.name.as_deref(), cases, &mut skips)?;
    println!(
        "oracles: {} ran, {} failed, {} skipped",
        summary.ran.len(),
        summary.failed.len(),
        summary.skipped.len()
    );
    Ok(summary.failed.is_empty())
}

/// The same for `cargo xtask test`, which keeps the skips.
pub(crate) fn run_oracles(
    context: &Context,
    only: Option<&str>,
    cases: u64,
    skips: &mut Skips,
) -> Result<Summary> {
    let mut summary = Summary::default();
    for name in names(context, only)? {
        if !is_on_path("go") {
            skips::announce(&format!("oracle {name}"), "there is no Go toolchain");
            summary.skipped.push(name);
            continue;
        }
        match compare(context, &name, cases, skips) {
            Ok(left_out) => {
                // Without the variable the same tests had to be skipped earlier.
                skips.resolve(&variable(&name));
                summary.ran.push(name);
                summary.skipped.extend(left_out.iter().map(|&peer| peer.to_owned()));
            }
            Err(error) => {
                println!("oracle {name}: {error:#}");
                summary.failed.push(name);
            }
        }
    }
    Ok(summary)
}

/// Runs the tests of an oracle's crates. The answer is what had to be left out, which was said aloud.
fn compare(context: &Context, name: &str, cases: u64, skips: &mut Skips) -> Result<Vec<&'static str>> {
    let packages = packages(name)?;
    let binary = tools::go_build(context, name, &context.root.join("oracles").join(name))?;
    let mut env = vec![
        (variable(name), binary.display().to_string()),
        ("IRONHULL_ORACLE_CASES".to_owned(), cases.to_string()),
    ];
    let mut left_out: Vec<&Peer> = Vec::new();
    for peer in PEERS.iter().filter(|peer| peer.oracle == name) {
        match tools::python(context, peer.name, peer.packages) {
            Ok(programs) => {
                let environment = programs.parent().context("an environment has a folder")?;
                env.push((peer.variable.to_owned(), environment.display().to_string()));
                skips.resolve(peer.variable);
            }
            // There, what can be installed must install.
            Err(error) if context.ci => return Err(error),
            Err(error) => {
                skips::announce(&format!("oracle {name}: {}", peer.name), &format!("{error:#}"));
                left_out.push(peer);
            }
        }
    }
    let tests = Tests {
        cargo: packages
            .iter()
            .flat_map(|package| ["-p", package])
            .chain(["--test", "it"])
            .map(str::to_owned)
            .collect(),
        filter: Some("oracle"),
        verbose: true,
        env,
    };
    let mut skipped = None;
    tests.run(context, skips, |line| {
        let known = left_out.iter().any(|peer| line.contains(peer.variable));
        if line.contains("SKIPPED: ") && !known {
            skipped = Some(line.to_owned());
        }
    })?;
    // The oracle is there, so nothing else may be left out.
    if let Some(line) = skipped {
        bail!("a test left something out though the oracle is built: {line}");
    }
    Ok(left_out.iter().map(|peer| peer.name).collect())
}

/// The folders under `oracles/`, or the one that is asked for.
fn names(context: &Context, only: Option<&str>) -> Result<Vec<String>> {
    let dir = context.root.join("oracles");
    let mut names = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let entry = entry?;
        if entry.path().join("go.mod").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    if let Some(only) = only {
        if !names.iter().any(|name| name == only) {
            bail!("no oracle `{only}`; there are: {}", names.join(", "));
        }
        names.retain(|name| name == only);
    }
    Ok(names)
}

fn packages(name: &str) -> Result<&'static [&'static str]> {
    let found = CRATES.iter().find(|(oracle, _)| *oracle == name).map(|(_, packages)| *packages);
    found.with_context(|| format!("oracles/{name} has no crate in crates/xtask/src/oracle.rs"))
}

/// `pod-security` is `IRONHULL_ORACLE_POD_SECURITY`.
pub(crate) fn variable(name: &str) -> String {
    format!("IRONHULL_ORACLE_{}", name.to_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_variables_and_crates() {
        assert_eq!(variable("pod-security"), "IRONHULL_ORACLE_POD_SECURITY");
        assert_eq!(packages("scalars").unwrap(), ["ironhull-value"]);
        assert_eq!(packages("kyverno").unwrap().len(), 2);
        assert!(packages("unknown").unwrap_err().to_string().contains("oracles/unknown"));
    }
}
