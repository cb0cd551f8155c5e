//! `ironhull policy test`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};
use ironhull_manifest::{Limits, Parsed, read};
use ironhull_policy::kyverno::engine::Status;
use ironhull_policy::kyverno::suite::{Files, Options, Outcome, Row, Totals, run as run_tests};
use ironhull_value::Interner;
use serde_json::json;

use super::ports::now;
use crate::cli::Global;
use crate::exit::Exit;
use crate::output::print;

/// A file of a test is read whole; one that is larger is a mistake.
const MOST_BYTES: u64 = 64 << 20;

#[derive(Args, Debug)]
pub(crate) struct Test {
    /// Files of tests, and directories that have some.
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// What files of tests are called in directories.
    #[arg(short, long, value_name = "NAME", default_value = "kyverno-test.yaml")]
    file_name: String,
    /// Show only the rows that are not as expected.
    #[arg(long)]
    fail_only: bool,
    /// Count as Kyverno does: a row that no rule answers is a pass, whatever it expects.
    #[arg(long)]
    compat: bool,
    /// How to show the rows.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

pub(super) fn run(args: &Test, global: &Global) -> anyhow::Result<Exit> {
    let mut tests = Vec::new();
    for path in &args.paths {
        let shown = path.display().to_string().trim_end_matches('/').to_owned();
        anyhow::ensure!(path.exists(), "there is no {shown}");
        match Disk.list(&shown) {
            Some(inside) => tests.extend(inside.into_iter().filter(|file| is_called(file, &args.file_name))),
            None => tests.push(shown),
        }
    }
    let paths: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
    anyhow::ensure!(
        !tests.is_empty(),
        "no file in {} is called {}; --file-name chooses another name",
        paths.join(", "),
        args.file_name
    );
    let options = Options { compat: args.compat, now: Some(now()) };
    let rows: Vec<Row> = tests.iter().flat_map(|test| run_tests(test, &Disk, options)).collect();
    anyhow::ensure!(!rows.is_empty(), "the tests expect nothing: `results` is empty in {}", tests.join(", "));
    let totals = Totals::of(&rows);
    match args.output {
        Form::Text => print(&text(&rows, &totals, tests.len(), args.fail_only || global.quiet))?,
        Form::Json => print(&json(&rows, &totals, args.fail_only)?)?,
    }
    Ok(if totals.failed + totals.gaps == 0 { Exit::Clean } else { Exit::Tripped })
}

fn is_called(file: &str, name: &str) -> bool {
    Path::new(file).file_name().is_some_and(|own| own == name)
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

fn text(rows: &[Row], totals: &Totals, files: usize, fail_only: bool) -> String {
    let mut out = String::new();
    let mut file = "";
    for row in rows {
        let (word, why) = outcome(row);
        if fail_only && matches!(row.outcome, Outcome::Pass | Outcome::NotMatched) {
            continue;
        }
        if file != row.test {
            file = &row.test;
            let _ = writeln!(out, "{file}");
        }
        let parts = [&row.policy, &row.rule, &row.resource, &row.operation];
        let what: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let why = if why.is_empty() { why } else { format!(": {why}") };
        let wanted =
            if row.expected.is_some() { format!(" (expects {})", expected(row)) } else { String::new() };
        let _ = writeln!(out, "  {word:13} {}{wanted}{why}", what.join(" / "));
        if matches!(row.outcome, Outcome::Fail(_)) {
            for got in &row.got {
                let _ = writeln!(out, "                {}: {}: {}", got.rule, got.status.name(), got.message);
            }
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "{} rows in {files} files: {} passed, {} not matched, {} failed, {} not evaluated",
        rows.len(),
        totals.passed,
        totals.not_matched,
        totals.failed,
        totals.gaps
    );
    out
}

fn json(rows: &[Row], totals: &Totals, fail_only: bool) -> anyhow::Result<String> {
    let shown =
        rows.iter().filter(|row| !fail_only || !matches!(row.outcome, Outcome::Pass | Outcome::NotMatched));
    let rows: Vec<_> = shown
        .map(|row| {
            let (word, why) = outcome(row);
            let got = row
                .got
                .iter()
                .map(|got| json!({"rule": got.rule, "status": got.status.name(), "message": got.message}));
            json!({
                "test": row.test,
                "policy": row.policy,
                "rule": row.rule,
                "resource": row.resource,
                "operation": row.operation,
                "expected": expected(row),
                "outcome": word,
                "reason": why,
                "got": got.collect::<Vec<_>>(),
            })
        })
        .collect();
    let totals = json!({
        "passed": totals.passed,
        "not-matched": totals.not_matched,
        "failed": totals.failed,
        "not-evaluated": totals.gaps,
    });
    Ok(serde_json::to_string_pretty(&json!({"rows": rows, "totals": totals}))? + "\n")
}

/// Files as they are on the disk.
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Parsed, String> {
        if path.contains("://") {
            return Err("addresses are not fetched; put the file beside the test".to_owned());
        }
        let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
        if size > MOST_BYTES {
            return Err(format!("{size} bytes are more than the {MOST_BYTES} that are read"));
        }
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        Ok(read(path, &bytes, &Limits::default(), &mut Interner::new()))
    }

    fn list(&self, path: &str) -> Option<Vec<String>> {
        let mut entries: Vec<fs::DirEntry> = fs::read_dir(path).ok()?.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut found = Vec::new();
        for entry in entries {
            let name = match path {
                "." => entry.file_name().to_string_lossy().into_owned(),
                path => format!("{path}/{}", entry.file_name().to_string_lossy()),
            };
            // A link to a folder may lead back to where it stands.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                found.extend(self.list(&name).unwrap_or_default());
            } else {
                found.push(name);
            }
        }
        Some(found)
    }
}
