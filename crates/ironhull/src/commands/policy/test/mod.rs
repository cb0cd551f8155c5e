//! `ironhull policy test`.

mod show;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use ironhull_manifest::{Limits, Parsed, read};
use ironhull_policy::kyverno::suite::{Files, Options, Row, Totals, run as run_tests};
use ironhull_value::Interner;

use super::ports::now;
use crate::cli::Global;
use crate::exit::Exit;
use crate::output::{Named, To, write_all};
use crate::terminal;

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
    /// How to show the rows, and where: text, table, json or junit; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<To<Form>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Table,
    Json,
    Junit,
}

impl Named for Form {
    const ALL: &'static [(Self, &'static str)] =
        &[(Self::Text, "text"), (Self::Table, "table"), (Self::Json, "json"), (Self::Junit, "junit")];
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
    let options = Options { compat: args.compat, trace: true, now: Some(now()) };
    let rows: Vec<Row> = tests.iter().flat_map(|test| run_tests(test, &Disk, options)).collect();
    anyhow::ensure!(!rows.is_empty(), "the tests expect nothing: `results` is empty in {}", tests.join(", "));
    let totals = Totals::of(&rows);
    // Of rows that nobody wants to see the numbers are left.
    let is_brief = args.fail_only || global.quiet;
    let found = show::Found { rows: &rows, totals, files: tests.len() };
    write_all(&args.output, terminal::style(global.color), |form, style| {
        Ok(match form {
            Form::Text => found.text(is_brief, style),
            Form::Table => found.table(is_brief, style),
            Form::Json => found.json(args.fail_only)?,
            Form::Junit => found.junit(args.fail_only),
        })
    })?;
    Ok(if totals.failed + totals.gaps == 0 { Exit::Clean } else { Exit::Tripped })
}

fn is_called(file: &str, name: &str) -> bool {
    Path::new(file).file_name().is_some_and(|own| own == name)
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
