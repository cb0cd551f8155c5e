//! kube-linter, from its Go module.

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

pub(crate) const VERSION: &str = "0.8.3";

#[derive(Debug)]
pub(crate) struct KubeLinter {
    binary: PathBuf,
}

impl KubeLinter {
    pub(crate) fn install(context: &Context) -> Result<Self> {
        let package = format!("golang.stackrox.io/kube-linter/cmd/kube-linter@v{VERSION}");
        Ok(Self { binary: tools::go_install(context, "kube-linter", &package)? })
    }
}

impl Peer for KubeLinter {
    fn command(&self, input: &Path, checks: &BTreeSet<String>) -> Result<Spec> {
        let list = checks.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        let mut args = ["lint", "--do-not-auto-add-defaults", "--format", "json"].map(str::to_owned).to_vec();
        args.extend(["--include".to_owned(), list, input.display().to_string()]);
        Ok(Spec { program: self.binary.clone(), args, stdin: None })
    }

    fn parse(&self, output: &str) -> Result<Found> {
        parse(output)
    }
}

/// `Reports[]` with `Check` and `Object.K8sObject`; `null` when there is nothing to report.
fn parse(output: &str) -> Result<Found> {
    let json: Value = serde_json::from_str(output).context("kube-linter's output is not JSON")?;
    let reports = json.get("Reports").context("kube-linter's output has no reports")?;
    let mut found = Found::default();
    for report in reports.as_array().into_iter().flatten() {
        let text = |pointer| report.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let kind = text("/Object/K8sObject/GroupVersionKind/Kind");
        let subject = Subject::new(kind, text("/Object/K8sObject/Namespace"), text("/Object/K8sObject/Name"));
        found.add(report.get("Check").and_then(Value::as_str).context("a report has no check")?, subject);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read() {
        let text = r#"{"Reports": [{"Check": "host-pid", "Object": {"K8sObject": {"Namespace": "shop", "Name": "web",
            "GroupVersionKind": {"Group": "apps", "Version": "v1", "Kind": "Deployment"}}}}]}"#;
        let subjects = parse(text).unwrap().subjects("host-pid");
        assert_eq!(subjects.first().unwrap().to_string(), "Deployment/shop/web");
        assert!(parse(r#"{"Reports": null}"#).is_ok() && parse("{}").is_err());
    }
}
