//! kube-score, from its Go module.

use super::super::{
    compare::{Found, Subject},
    measure::Spec,
};
use super::Peer;
use crate::{context::Context, corpus, run::Cmd, tools};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

pub(crate) const VERSION: &str = "1.20.0";
/// Grades from this one on are passes (7 is "almost").
const GRADE_OK: i64 = 10;

#[derive(Debug)]
pub(crate) struct KubeScore {
    binary: PathBuf,
    /// Every check: id, and whether it has to be asked for.
    checks: Vec<(String, bool)>,
}

impl KubeScore {
    pub(crate) fn install(context: &Context) -> Result<Self> {
        let package = format!("github.com/zegl/kube-score/cmd/kube-score@v{VERSION}");
        let binary = tools::go_install(context, "kube-score", &package)?;
        let checks = parse_list(&Cmd::new(&binary).arg("list").output_text()?)?;
        Ok(Self { binary, checks })
    }
}

impl Peer for KubeScore {
    /// It has no list of wanted checks, so the others are ignored by name.
    fn command(&self, input: &Path, checks: &BTreeSet<String>) -> Result<Spec> {
        let mut args = vec!["score".to_owned(), "-o".to_owned(), "json".to_owned()];
        for (id, optional) in &self.checks {
            match (checks.contains(id), optional) {
                (true, true) => args.extend(["--enable-optional-test".to_owned(), id.clone()]),
                (false, false) => args.extend(["--ignore-test".to_owned(), id.clone()]),
                _ => {}
            }
        }
        let files = if input.is_dir() { corpus::yaml_files(input)? } else { vec![input.to_path_buf()] };
        args.extend(files.iter().map(|file| file.display().to_string()));
        Ok(Spec { program: self.binary.clone(), args, stdin: None })
    }

    fn parse(&self, output: &str) -> Result<Found> {
        parse(output)
    }
}

/// A CSV line for each check: id, kind, text, `default` or `optional`.
fn parse_list(text: &str) -> Result<Vec<(String, bool)>> {
    let line = |line: &str| line.split(',').next().map(|id| (id.to_owned(), line.ends_with(",optional")));
    let checks: Vec<(String, bool)> =
        text.lines().filter_map(line).filter(|(id, _)| !id.is_empty()).collect();
    if checks.is_empty() {
        bail!("`kube-score list` is empty");
    }
    Ok(checks)
}

fn parse(output: &str) -> Result<Found> {
    let json: Value = serde_json::from_str(output).context("kube-score's output is not JSON")?;
    let mut found = Found::default();
    for object in json.as_array().context("kube-score's output is not a list")? {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let subject =
            Subject::new(text("/type_meta/kind"), text("/object_meta/namespace"), text("/object_meta/name"));
        for check in object.get("checks").and_then(Value::as_array).into_iter().flatten() {
            let grade = check.get("grade").and_then(Value::as_i64).context("a check has no grade")?;
            let skipped = check.get("skipped").and_then(Value::as_bool).unwrap_or(false);
            let id = check.pointer("/check/id").and_then(Value::as_str).context("a check has no id")?;
            if grade < GRADE_OK && !skipped {
                found.add(id, subject.clone());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bad_grades_that_were_not_skipped_count() {
        let text = r#"[{"type_meta": {"kind": "Pod"}, "object_meta": {"name": "p"}, "checks": [
            {"check": {"id": "a"}, "grade": 1, "skipped": false},
            {"check": {"id": "b"}, "grade": 10, "skipped": false},
            {"check": {"id": "c"}, "grade": 5, "skipped": true}]}]"#;
        let found = parse(text).unwrap();
        assert_eq!(["a", "b", "c"].map(|id| found.subjects(id).len()), [1, 0, 0]);
        assert!(parse("null").is_err());
    }

    #[test]
    fn the_list_says_what_is_optional() {
        let list = parse_list("a,Pod,Text, with comma,default\nb,Pod,Text,optional\n").unwrap();
        assert_eq!(list, [("a".to_owned(), false), ("b".to_owned(), true)]);
        assert!(parse_list("").is_err());
    }
}
