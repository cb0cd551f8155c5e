//! Documents and schemas that come from the code.
//!
//! The binary's hidden command `ironhull generate-docs DIR` writes a tree of them into DIR (`docs/…`,
//! `schemas/…`, `deploy/…`); this task puts that tree into the checkout, or says how the checkout differs from it. A
//! folder below the first level that the generator writes into belongs to it alone: what else lies there is
//! stale and goes. `docs/` and `schemas/` themselves may also hold files written by hand.

use crate::context::Context;
use anyhow::{Context as _, Result, bail};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Change nothing; fail when a file is missing, different or stale.
    #[arg(long)]
    check: bool,
}

impl Args {
    /// As with `--check`.
    pub(crate) fn check() -> Self {
        Self { check: true }
    }
}

type Files = BTreeMap<String, Vec<u8>>;

/// Writes or checks. `true` when nothing is stale (or all was written).
pub(crate) fn run(context: &Context, args: &Args) -> Result<bool> {
    let made = make(context)?;
    let plan = plan(&made, |folder| list(&context.root, folder))?;
    if args.check {
        for change in &plan {
            println!("stale: {change}");
        }
        println!("generate: {} files, {} stale", made.len(), plan.len());
        if !plan.is_empty() {
            println!("    remedy: run `cargo xtask generate` and commit the result");
        }
        return Ok(plan.is_empty());
    }
    for change in &plan {
        println!("{change}");
        match change {
            Change::Write(path, bytes) => write(&context.root.join(path), bytes)?,
            Change::Remove(path) => fs::remove_file(context.root.join(path))?,
        }
    }
    println!("generate: {} files, {} changed", made.len(), plan.len());
    Ok(true)
}

#[derive(Debug, PartialEq)]
enum Change {
    Write(String, Vec<u8>),
    Remove(String),
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Write(path, _) => write!(f, "write {path}"),
            Self::Remove(path) => write!(f, "remove {path}"),
        }
    }
}

/// Runs the generator into an empty folder and reads what it wrote.
fn make(context: &Context) -> Result<Files> {
    let dir = context.target.join("generated");
    if dir.exists() {
        fs::remove_dir_all(&dir).with_context(|| format!("cannot clear {}", dir.display()))?;
    }
    fs::create_dir_all(&dir)?;
    context.cargo().args(["build", "--quiet", "--workspace", "--bin", "ironhull"]).run()?;
    context.cmd(context.target.join("debug").join("ironhull")).arg("generate-docs").arg(&dir).run()?;
    let files = list(&dir, "")?;
    if files.is_empty() {
        bail!("`ironhull generate-docs` wrote nothing");
    }
    Ok(files)
}

/// What has to change in the checkout, in order of paths.
fn plan(made: &Files, present: impl Fn(&str) -> Result<Files>) -> Result<Vec<Change>> {
    let mut changes = BTreeMap::new();
    let folders: BTreeSet<&str> =
        made.keys().filter_map(|path| path.rsplit_once('/')).map(|(dir, _)| dir).collect();
    let mut there = Files::new();
    for folder in folders {
        for (path, bytes) in present(folder)? {
            let direct = path.rsplit_once('/').is_some_and(|(dir, _)| dir == folder);
            if direct && folder.contains('/') && !made.contains_key(&path) {
                changes.insert(path.clone(), Change::Remove(path.clone()));
            }
            there.insert(path, bytes);
        }
    }
    for (path, bytes) in made {
        if there.get(path) != Some(bytes) {
            changes.insert(path.clone(), Change::Write(path.clone(), bytes.clone()));
        }
    }
    Ok(changes.into_values().collect())
}

/// Files under `root/folder`, named from `root`; none when the folder is not there.
fn list(root: &Path, folder: &str) -> Result<Files> {
    let mut files = Files::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let dir = root.join(&folder);
        if !dir.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else {
                files.insert(path, fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn changes(made: &[(&str, &str)], there: &[(&str, &str)]) -> Vec<String> {
        let there = files(there);
        let present = |folder: &str| {
            let prefix = format!("{folder}/");
            Ok(there.clone().into_iter().filter(|(path, _)| path.starts_with(&prefix)).collect())
        };
        plan(&files(made), present).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_trees_need_nothing() {
        assert!(changes(&[("docs/rules/a.md", "1")], &[("docs/rules/a.md", "1")]).is_empty());
    }

    #[test]
    fn missing_different_and_stale_files_are_found() {
        let made = [("docs/rules/a.md", "1"), ("docs/rules/b.md", "2"), ("docs/cli.md", "3")];
        let there = [("docs/rules/a.md", "old"), ("docs/rules/gone.md", "x"), ("docs/cli.md", "3")];
        assert_eq!(
            changes(&made, &there),
            ["write docs/rules/a.md", "write docs/rules/b.md", "remove docs/rules/gone.md"]
        );
    }

    #[test]
    fn what_people_write_stays() {
        let made = [("docs/cli.md", "3"), ("docs/rules/a.md", "1")];
        let there = [
            ("docs/cli.md", "3"),
            ("docs/rules/a.md", "1"),
            ("docs/guide.md", "x"),
            ("docs/rules/own/b.md", "x"),
        ];
        assert!(changes(&made, &there).is_empty());
    }
}
