//! Kyverno's own tests: every `kyverno-test.yaml` below `kyverno/`.
//!
//! `IRONHULL_FIXTURES` names the folder that has `kyverno`; by default it is `shared/fixtures` beside the
//! checkout. Everything below `cli/test-fail/` must fail.
//!
//! Three lists in `tests/fixtures/` say which rows may be otherwise: `gaps.txt` (not in scope yet, each owned
//! by a later issue), `known-failures.txt` (work in progress, to be emptied) and `defects.txt` (the fixture is
//! wrong, with the proof). A row on a list that is no longer what the list says must be taken off it.
//! `IRONHULL_FIXTURES_WRITE=1` writes the first two anew; `IRONHULL_FIXTURES_REPORT=FILE` writes every row that
//! is not as expected, grouped by reason; `ONLY=TEXT` runs the files whose path has the text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ironhull_jmespath::Now;
use ironhull_manifest::{Limits, Parsed, read};
use ironhull_policy::kyverno::suite::{Files, Options, Outcome, Reason, Row, Totals, run};
use ironhull_value::Interner;

#[test]
fn kyverno_fixtures_are_as_expected() {
    let Some(root) = root() else { return };
    let rows = rows(&root, options(), false);
    let lists = Lists::of(&rows);
    if std::env::var_os("IRONHULL_FIXTURES_WRITE").is_some() {
        lists.write();
        return;
    }
    if let Some(path) = std::env::var_os("IRONHULL_FIXTURES_REPORT") {
        std::fs::write(path, report(&rows)).expect("the report can be written");
    }
    let is_whole = std::env::var_os("ONLY").is_none();
    let totals = Totals::of(&rows);
    let wrong = lists.wrong(is_whole);
    say!(
        "kyverno: ran {} rows, passed {}, not matched {}, failed {} ({} of them known, {} defects), gaps {}",
        rows.len(),
        totals.passed,
        totals.not_matched,
        totals.failed,
        lists.known(),
        lists.defects(),
        totals.gaps,
    );
    let listed = totals.gaps + lists.known() + lists.defects();
    say!("kyverno fixtures: ran {}, failed {}, skipped {listed}", rows.len() - listed, wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!is_whole || totals.passed > 0, "no case was found");
}

/// A runner that cannot fail proves nothing: every row that passes must fail once its expectation is flipped.
#[test]
fn every_flipped_expectation_of_the_kyverno_fixtures_is_noticed() {
    let Some(root) = root() else { return };
    let straight = rows(&root, options(), false);
    let turned = rows(&root, options(), true);
    assert_eq!(straight.len(), turned.len());
    let passed: Vec<(&Row, &Row)> = straight
        .iter()
        .zip(&turned)
        // Of what must fail, a row fails for a reason that no expectation changes.
        .filter(|(row, _)| row.outcome == Outcome::Pass && !row.test.starts_with("cli/test-fail/"))
        .collect();
    let missed: Vec<String> = passed
        .iter()
        .filter(|(_, turned)| !matches!(turned.outcome, Outcome::Fail(_)))
        .map(|(_, turned)| key(turned))
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(!passed.is_empty(), "nothing passed");
}

fn options() -> Options {
    Options { now: Some(now()), compat: false }
}

pub(crate) fn root() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let root = std::env::var_os("IRONHULL_FIXTURES").map_or_else(beside, PathBuf::from).join("kyverno");
    if !root.is_dir() {
        say!("SKIPPED: kyverno fixtures: {} is not there", root.display());
        return None;
    }
    Some(root)
}

/// A day on which the certificates and dates of the fixtures are what they were made for.
fn now() -> Now {
    Now { seconds: 1_767_225_600, nanoseconds: 0, offset: 0 }
}

/// The files of tests, by their paths below the root.
fn tests(root: &Path) -> Vec<String> {
    let only = std::env::var("ONLY").ok();
    let mut found = Folder { root, flip: false }.list("").expect("a folder");
    found.retain(|path| {
        path.rsplit('/').next() == Some("kyverno-test.yaml")
            && only.as_ref().is_none_or(|only| path.contains(only.as_str()))
    });
    found
}

/// All rows. Of what must fail, those that fail have passed.
fn rows(root: &Path, options: Options, flip: bool) -> Vec<Row> {
    let files = Folder { root, flip };
    let mut rows = Vec::new();
    for path in tests(root) {
        let own = run(&path, &files, options);
        if path.starts_with("cli/test-fail/") {
            assert!(!own.is_empty(), "{path} has no row");
            rows.extend(own.into_iter().map(|mut row| {
                row.outcome = match row.outcome {
                    Outcome::Fail(_) => Outcome::Pass,
                    _ => Outcome::Fail(Reason::WrongResult),
                };
                row
            }));
        } else {
            rows.extend(own);
        }
    }
    rows
}

struct Folder<'r> {
    root: &'r Path,
    /// Whether every expected status is another one.
    flip: bool,
}

impl Files for Folder<'_> {
    fn read(&self, path: &str) -> Result<Parsed, String> {
        let mut bytes = std::fs::read(self.root.join(path)).map_err(|error| error.to_string())?;
        if self.flip && path.ends_with("kyverno-test.yaml") {
            let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
            let flipped = text.lines().map(|line| match line.trim_start_matches([' ', '-']).trim_end() {
                "result: pass" => line.replace("result: pass", "result: fail"),
                "result: fail" => line.replace("result: fail", "result: pass"),
                "result: skip" => line.replace("result: skip", "result: fail"),
                "result: error" => line.replace("result: error", "result: pass"),
                "result: warn" => line.replace("result: warn", "result: fail"),
                _ => line.to_owned(),
            });
            bytes = flipped.collect::<Vec<_>>().join("\n").into_bytes();
        }
        Ok(read(path, &bytes, &Limits::default(), &mut Interner::new()))
    }

    fn list(&self, path: &str) -> Option<Vec<String>> {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(self.root.join(path))
            .ok()?
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        let mut found = Vec::new();
        for entry in entries {
            let name = entry.strip_prefix(self.root).expect("below the root").to_string_lossy().into_owned();
            match self.list(&name) {
                Some(inside) => found.extend(inside),
                None => found.push(name),
            }
        }
        Some(found)
    }
}

/// What a row is, in one line.
fn key(row: &Row) -> String {
    let operation = if row.operation.is_empty() { String::new() } else { format!(" ({})", row.operation) };
    let expected = row.expected.map_or("", ironhull_policy::kyverno::engine::Status::name);
    format!("{} | {} | {} | {}{operation} | {expected}", row.test, row.policy, row.rule, row.resource)
}

/// A gap, for all resources of a rule.
fn gap(row: &Row) -> Option<String> {
    let Outcome::Gap(gap) = &row.outcome else { return None };
    Some(format!("{} | {} | {} | {gap}", row.test, row.policy, row.rule))
}

/// What the lists say, beside what is.
struct Lists {
    gaps: BTreeSet<String>,
    /// Rows that fail, with the short reason.
    failures: BTreeMap<String, &'static str>,
    listed_gaps: BTreeSet<String>,
    listed_failures: BTreeSet<String>,
    listed_defects: BTreeSet<String>,
}

impl Lists {
    fn of(rows: &[Row]) -> Self {
        let failures = rows.iter().filter_map(|row| match &row.outcome {
            Outcome::Fail(reason) => Some((key(row), reason.name())),
            _ => None,
        });
        Self {
            gaps: rows.iter().filter_map(gap).collect(),
            failures: failures.collect(),
            listed_gaps: lines("gaps.txt"),
            listed_failures: lines("known-failures.txt"),
            listed_defects: lines("defects.txt"),
        }
    }

    fn known(&self) -> usize {
        self.failures.keys().filter(|key| self.listed_failures.contains(*key)).count()
    }

    fn defects(&self) -> usize {
        self.failures.keys().filter(|key| self.listed_defects.contains(*key)).count()
    }

    /// What is not as the lists say.
    fn wrong(&self, is_whole: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        for (key, reason) in &self.failures {
            if !self.listed_failures.contains(key) && !self.listed_defects.contains(key) {
                wrong.push(format!("fails ({reason}): {key}"));
            }
        }
        for gap in self.gaps.difference(&self.listed_gaps) {
            wrong.push(format!("is a gap that is not on gaps.txt: {gap}"));
        }
        if is_whole {
            for (list, listed) in
                [("known-failures.txt", &self.listed_failures), ("defects.txt", &self.listed_defects)]
            {
                for key in listed.iter().filter(|key| !self.failures.contains_key(*key)) {
                    wrong.push(format!("does not fail any more, take it off {list}: {key}"));
                }
            }
            for gap in self.listed_gaps.difference(&self.gaps) {
                wrong.push(format!("is no gap any more, take it off gaps.txt: {gap}"));
            }
        }
        wrong
    }

    fn write(&self) {
        let keys = self.failures.keys().filter(|key| !self.listed_defects.contains(*key));
        for (name, head, lines) in [
            (
                "gaps.txt",
                "# Rows of Kyverno's tests that need what is not in scope yet: test file | policy | rule | reason.\n# CEL, payloads and admission policies of Kubernetes come with the CEL policies; registries and signatures\n# with image verification. This list only shrinks.\n",
                self.gaps.iter().cloned().collect::<Vec<_>>(),
            ),
            (
                "known-failures.txt",
                "# Rows of Kyverno's tests that fail for now: test file | policy | rule | resource | expected.\n# Work in progress; this list is to be emptied.\n",
                keys.cloned().collect(),
            ),
        ] {
            let text = lines.iter().fold(head.to_owned(), |text, line| text + line + "\n");
            std::fs::write(list_path(name), text).expect("the list can be written");
        }
    }
}

fn list_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The lines of a list; `#` begins a comment.
fn lines(name: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(list_path(name)).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// Every row that is not as expected, grouped by reason.
fn report(rows: &[Row]) -> String {
    let mut groups: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        match &row.outcome {
            Outcome::Fail(reason) => groups.entry(reason.name().to_owned()).or_default().push(row),
            Outcome::NotMatched => groups.entry("not matched".to_owned()).or_default().push(row),
            Outcome::Pass | Outcome::Gap(_) => {}
        }
    }
    let mut out = String::new();
    for (reason, rows) in groups {
        let _ = writeln!(out, "== {reason}: {}", rows.len());
        for row in rows {
            let _ = writeln!(out, "{}", key(row));
            if let Outcome::Fail(reason) = &row.outcome {
                let _ = writeln!(out, "    {reason}");
            }
            for got in &row.got {
                let _ = writeln!(out, "    {} {}: {}", got.rule, got.status.name(), got.message);
            }
        }
    }
    out
}
