//! What tests left out, and why.
//!
//! A test that cannot run says `SKIPPED: what, why`, by appending that line to the file that the variable
//! `IRONHULL_SKIPS` names, or by printing it. Both are gathered here, each line once: cargo hides what a
//! passing test prints unless asked, so neither way alone is enough.

use crate::context::Context;
use anyhow::{Context as _, Result};
use std::{collections::BTreeSet, fs, path::PathBuf};

/// The variable that names the file.
pub(crate) const VARIABLE: &str = "IRONHULL_SKIPS";
const MARK: &str = "SKIPPED: ";

/// The skips of one run of a task.
#[derive(Debug)]
pub(crate) struct Skips {
    /// The file that tests append to.
    pub(crate) file: PathBuf,
    /// How many of its bytes were read.
    read: usize,
    seen: BTreeSet<String>,
}

impl Skips {
    /// Starts with an empty file of this process's own.
    pub(crate) fn begin(context: &Context) -> Result<Self> {
        let dir = context.target.join("skips");
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let file = dir.join(format!("{}.txt", std::process::id()));
        fs::write(&file, "").with_context(|| format!("cannot write {}", file.display()))?;
        Ok(Self { file, read: 0, seen: BTreeSet::new() })
    }

    /// Notes the skip in a line of output, if there is one. Says whether there was.
    pub(crate) fn note_line(&mut self, line: &str) -> bool {
        let found = parse(line);
        if let Some(skip) = found {
            self.seen.insert(skip.to_owned());
        }
        found.is_some()
    }

    /// Reads what tests appended to the file since the last time, so that what was resolved stays so.
    pub(crate) fn note_file(&mut self) -> Result<()> {
        let text = fs::read_to_string(&self.file)?;
        let new = text.get(self.read..).unwrap_or(&text);
        self.read = text.len();
        for line in new.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.seen.insert(parse(line).unwrap_or(line).to_owned());
        }
        Ok(())
    }

    /// Forgets skips that name this word: what they left out has been run since.
    pub(crate) fn resolve(&mut self, word: &str) {
        self.seen.retain(|skip| !skip.contains(word));
    }

    /// Each skip once, in order, without the mark.
    pub(crate) fn all(&self) -> impl ExactSizeIterator<Item = &str> {
        self.seen.iter().map(String::as_str)
    }
}

impl Drop for Skips {
    fn drop(&mut self) {
        // Only a leftover in the target folder if this fails.
        let _ = fs::remove_file(&self.file);
    }
}

/// Says that something is left out, where people and `note_line` see it.
pub(crate) fn announce(what: &str, why: &str) {
    println!("{MARK}{what}, {why}");
}

/// The text after the mark. The test harness may have written `test name ... ` before it.
fn parse(line: &str) -> Option<&str> {
    line.split_once(MARK).map(|(_, rest)| rest.trim()).filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skips() -> Skips {
        Skips { file: PathBuf::from("none"), read: 0, seen: BTreeSet::new() }
    }

    #[test]
    fn a_line_counts_once_and_wherever_the_mark_stands() {
        let mut skips = skips();
        assert!(skips.note_line("SKIPPED: oracle pod-security, no go"));
        assert!(skips.note_line("test oracle::random ... SKIPPED: oracle pod-security, no go"));
        assert!(!skips.note_line("test oracle::random ... ok"));
        assert!(!skips.note_line("SKIPPED: "));
        assert_eq!(skips.all().collect::<Vec<_>>(), ["oracle pod-security, no go"]);
    }

    #[test]
    fn what_ran_later_is_forgotten() {
        let mut skips = skips();
        skips.note_line("SKIPPED: scalars, ORACLE_SCALARS is not set");
        skips.note_line("SKIPPED: manifest, ORACLE_MANIFEST is not set");
        skips.resolve("ORACLE_SCALARS");
        assert_eq!(skips.all().collect::<Vec<_>>(), ["manifest, ORACLE_MANIFEST is not set"]);
    }

    #[test]
    fn what_was_forgotten_is_not_read_again() {
        let file = std::env::temp_dir().join(format!("xtask-skips-{}", std::process::id()));
        let mut skips = Skips { file, read: 0, seen: BTreeSet::new() };
        fs::write(&skips.file, "SKIPPED: first, A is not set\n").unwrap();
        skips.note_file().unwrap();
        skips.resolve("A is not set");
        fs::write(&skips.file, "SKIPPED: first, A is not set\nSKIPPED: second, no B\n").unwrap();
        skips.note_file().unwrap();
        assert_eq!(skips.all().collect::<Vec<_>>(), ["second, no B"]);
    }
}
