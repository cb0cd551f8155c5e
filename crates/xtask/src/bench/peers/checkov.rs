//! checkov, from PyPI.

use super::super::{
    compare::{Found, Subject},
    measure::Spec,
};
use super::Peer;
use crate::{context::Context, tools};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

pub(crate) const VERSION: &str = "3.3.30";

#[derive(Debug)]
pub(crate) struct Checkov {
    binary: PathBuf,
}

impl Checkov {
    pub(crate) fn install(context: &Context) -> Result<Self> {
        let bin = tools::python(context, "checkov", &[&format!("checkov=={VERSION}")])?;
        Ok(Self { binary: bin.join("checkov") })
    }
}

impl Peer for Checkov {
    /// Without `--skip-download` it calls home on each run; without `--compact` it prints every file.
    fn command(&self, input: &Path, checks: &BTreeSet<String>) -> Result<Spec> {
        let list = checks.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        let mut args = vec![if input.is_dir() { "-d" } else { "-f" }.to_owned(), input.display().to_string()];
        args.extend(
            ["--framework", "kubernetes", "--skip-download", "--quiet", "--compact", "-o", "json"]
                .map(str::to_owned),
        );
        args.extend(["--check".to_owned(), list]);
        Ok(Spec { program: self.binary.clone(), args, stdin: None })
    }

    /// `results.failed_checks[]` with `resource` as `Kind.namespace.name`, the name possibly with dots.
    fn parse(&self, output: &str) -> Result<Found> {
        parse(output)
    }
}

fn parse(output: &str) -> Result<Found> {
    let json: Value = serde_json::from_str(output).context("checkov's output is not JSON")?;
    let mut found = Found::default();
    // Without any finding it prints only a summary.
    let Some(failed) = json.pointer("/results/failed_checks").and_then(Value::as_array) else {
        json.get("passed").context("checkov's output has no results")?;
        return Ok(found);
    };
    for check in failed {
        let text =
            |name: &str| check.get(name).and_then(Value::as_str).with_context(|| format!("no `{name}`"));
        let resource = text("resource")?;
        let mut parts = resource.splitn(3, '.');
        let (Some(kind), Some(namespace), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            anyhow::bail!("checkov's resource `{resource}` is not Kind.namespace.name");
        };
        found.add(text("check_id")?, Subject::new(kind, namespace, name));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_read_and_names_may_have_dots() {
        let text = r#"{"results": {"failed_checks": [
            {"check_id": "CKV_K8S_49", "resource": "ClusterRole.default.a.example.com"}]}}"#;
        let subjects = parse(text).unwrap().subjects("CKV_K8S_49");
        assert_eq!(subjects.first().unwrap().to_string(), "ClusterRole//a.example.com");
    }

    #[test]
    fn no_findings_is_not_the_same_as_no_output() {
        let none = r#"{"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, "resource_count": 0}"#;
        assert!(parse(none).unwrap().subjects("x").is_empty());
        assert!(parse("{}").is_err() && parse("").is_err());
    }
}
