//! Our side: the release binary, its table of rules, and what a scan found.

use super::{
    compare::{Found, Subject},
    measure::Spec,
};
use crate::context::Context;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A rule and the checks of other tools that mean the same.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) aliases: Vec<Alias>,
}

/// A check of another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alias {
    pub(crate) tool: String,
    pub(crate) id: String,
}

/// Builds the release binary.
pub(crate) fn build(context: &Context) -> Result<()> {
    context.cargo().args(["build", "--quiet", "--release", "-p", "ironhull"]).run()
}

pub(crate) fn binary(context: &Context) -> PathBuf {
    context.target.join("release").join("ironhull")
}

/// `ironhull rule list -o json`.
pub(crate) fn rules(context: &Context) -> Result<Vec<Rule>> {
    let text = context.cmd(binary(context)).args(["rule", "list", "-o", "json"]).output_text()?;
    parse_rules(&text)
}

fn parse_rules(text: &str) -> Result<Vec<Rule>> {
    let json: Value = serde_json::from_str(text).context("`ironhull rule list -o json` is not JSON")?;
    let list = json.get("rules").unwrap_or(&json).as_array().context("`ironhull rule list` has no list")?;
    let string = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .with_context(|| format!("a rule has no `{name}`"))
    };
    let mut rules = Vec::new();
    for rule in list {
        let aliases = rule.get("aliases").and_then(Value::as_array).context("a rule has no `aliases`")?;
        let aliases =
            aliases.iter().map(|alias| Ok(Alias { tool: string(alias, "tool")?, id: string(alias, "id")? }));
        rules.push(Rule { id: string(rule, "id")?, aliases: aliases.collect::<Result<_>>()? });
    }
    if rules.is_empty() {
        bail!("`ironhull rule list` is empty");
    }
    Ok(rules)
}

/// A scan, with these rules only or with all.
pub(crate) fn scan(context: &Context, input: &Path, rules: Option<&[String]>) -> Spec {
    let mut args = vec!["scan".to_owned(), input.display().to_string()];
    args.extend(["-o", "json", "--exit-zero", "--severity", "info"].map(str::to_owned));
    if let Some(rules) = rules {
        args.extend(["--rule".to_owned(), rules.join(",")]);
    }
    Spec { program: binary(context), args, stdin: None }
}

/// Findings of `scan -o json`: rule → subjects.
pub(crate) fn parse_findings(text: &str) -> Result<Found> {
    let json: Value = serde_json::from_str(text).context("`ironhull scan -o json` is not JSON")?;
    let list = json.get("findings").and_then(Value::as_array).context("the report has no `findings`")?;
    let mut found = Found::default();
    for finding in list {
        let rule = finding.get("rule").context("a finding has no `rule`")?;
        let rule =
            rule.as_str().or_else(|| rule.get("id")?.as_str()).context("a finding's rule has no id")?;
        let subject = finding.get("subject").context("a finding has no `subject`")?;
        let part = |name: &str| subject.get(name).and_then(Value::as_str).unwrap_or_default();
        found.add(rule, Subject::new(part("kind"), part("namespace"), part("name")));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_aliases_are_read() {
        let text = r#"{"rules": [{"id": "WL001", "name": "privileged-container",
            "aliases": [{"tool": "checkov", "id": "CKV_K8S_16"}]}]}"#;
        let rules = parse_rules(text).unwrap();
        assert_eq!(rules[0].aliases[0], Alias { tool: "checkov".into(), id: "CKV_K8S_16".into() });
        assert!(parse_rules("[]").is_err() && parse_rules("{}").is_err());
    }

    #[test]
    fn findings_are_grouped_by_rule() {
        let text = r#"{"findings": [
            {"rule": "WL001", "subject": {"kind": "Pod", "name": "a"}},
            {"rule": {"id": "WL001"}, "subject": {"kind": "Pod", "namespace": "default", "name": "a"}}]}"#;
        let found = parse_findings(text).unwrap();
        assert_eq!(found.subjects("WL001").len(), 1, "two findings on one object are one subject");
    }
}
