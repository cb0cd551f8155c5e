//! `ironhull rule`: what the rules are and why.

use std::fmt::Write;

use anyhow::bail;
use ironhull_finding::RuleMeta;
use serde_json::json;

use crate::cli::{Plain, Rule, RuleCommand};
use crate::config_check::suggestion;
use crate::exit::Exit;
use crate::output::print;
use crate::rules::{all, find};

pub(crate) fn run(rule: &Rule) -> anyhow::Result<Exit> {
    match (&rule.command, &rule.id) {
        (Some(RuleCommand::List { output: Plain::Text }), _) => print(&table())?,
        (Some(RuleCommand::List { output: Plain::Json }), _) => print(&format!("{:#}\n", list()))?,
        (None, Some(id)) => print(&explain(named(id)?))?,
        (None, None) => bail!("name a rule, or say `rule list`"),
    }
    Ok(Exit::Clean)
}

/// The rule that a user means.
pub(crate) fn named(text: &str) -> anyhow::Result<&'static RuleMeta> {
    if let Some(rule) = find(text) {
        return Ok(rule.meta());
    }
    let names: Vec<&str> = all().iter().flat_map(|rule| [&*rule.meta().id, &*rule.meta().name]).collect();
    match suggestion(text, &names) {
        Some(near) => bail!("there is no rule `{text}`; did you mean `{near}`?"),
        None => bail!("there is no rule `{text}`; `ironhull rule list` shows them all"),
    }
}

/// The page of a rule, as Markdown.
pub(crate) fn explain(rule: &RuleMeta) -> String {
    let mut page = format!(
        "# {} {}\n\n{}. Severity: {}. Since {}.\n\n",
        rule.id, rule.name, rule.title, rule.severity, rule.since
    );
    page.push_str(rule.docs().trim());
    page.push('\n');
    if !rule.controls.is_empty() {
        page.push_str("\n## Frameworks\n");
        for control in rule.controls {
            let _ = writeln!(page, "- {}: {}", control.framework.title(), control.id);
        }
    }
    if !rule.aliases.is_empty() {
        page.push_str("\n## In other tools\n");
        for alias in rule.aliases {
            let _ = writeln!(page, "- {}: `{}`", alias.tool.name(), alias.id);
        }
    }
    page.push_str("\n## Accept it\n");
    let _ = writeln!(
        page,
        "Above the field: `# ironhull:allow {} reason`. On the object: annotation `allow.ironhull.dev/{}: reason`.",
        rule.id, rule.id
    );
    page
}

fn table() -> String {
    let width = all().iter().map(|rule| rule.meta().name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in all() {
        let meta = rule.meta();
        let _ = writeln!(text, "{}  {:8}  {:width$}  {}", meta.id, meta.severity, meta.name, meta.title);
    }
    text
}

fn list() -> serde_json::Value {
    let rules = all().iter().map(|rule| {
        let meta = rule.meta();
        json!({
            "id": meta.id,
            "name": meta.name,
            "title": meta.title,
            "severity": meta.severity.name(),
            "since": meta.since,
            "controls": meta.controls.iter().map(|control| json!({"framework": control.framework.id(), "id": control.id})).collect::<Vec<_>>(),
            "aliases": meta.aliases.iter().map(|alias| json!({"tool": alias.tool.name(), "id": alias.id})).collect::<Vec<_>>(),
        })
    });
    json!({"rules": rules.collect::<Vec<_>>()})
}
