//! `ironhull policy lint`: what is wrong with policies themselves. It is a scan by the rules about policies.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use ironhull_finding::Severity;
use ironhull_report::{Format, Style, render};
use ironhull_world::World;

use crate::cli::{FailOn, Global, Inputs};
use crate::commands::policy::report::Parts;
use crate::commands::rule::named;
use crate::commands::scan::{judge, outputs, trips};
use crate::config::Config;
use crate::exit::Exit;
use crate::inputs;
use crate::output::{Output, notice, print, write_file};
use crate::rules::{PROFILE, Rule, all};
use crate::terminal;

#[derive(Args, Debug)]
pub(crate) struct Lint {
    /// Files and directories with policies and PolicyExceptions, or `-`.
    #[arg(value_name = "POLICY", required = true, value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// Files and directories with CustomResourceDefinitions, whose kinds exist then, and with resources to try
    /// policies on; may be repeated.
    #[arg(short, long = "resource", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    resources: Vec<PathBuf>,
    /// How to show it, and where: text, text-full, table, json, sarif, junit, md, html or csv; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<Output>,
    /// Only these rules, by id or name.
    #[arg(long = "rule", value_name = "ID", value_delimiter = ',')]
    rules: Vec<String>,
    /// Not these rules.
    #[arg(long = "skip-rule", value_name = "ID", value_delimiter = ',')]
    skip_rules: Vec<String>,
    /// End with exit code 1 at findings of this severity and above, or `never`; medium without it.
    #[arg(long, value_name = "LEVEL")]
    fail_on: Option<FailOn>,
}

pub(super) fn run(args: &Lint, global: &Global) -> anyhow::Result<Exit> {
    let outputs = outputs(&args.output)?;
    let config = Config::find(global.config.as_deref())?;
    let rules = chosen(args)?;
    let paths = args.policies.iter().chain(&args.resources).cloned().collect();
    let wanted = Inputs { paths, max_input: 512 << 20, no_render: true, ..Inputs::default() };
    let read = inputs::read(&wanted, &config, global.quiet)?;
    for finding in &read.findings {
        notice(false, &format!("not read: {}: {}", finding.subject, finding.message));
    }
    anyhow::ensure!(
        has_policy(&read.world),
        "there is no policy and no PolicyException of kyverno.io in {}",
        args.policies.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    );
    let with_passes = outputs.iter().any(|output| output.format == Format::Junit);
    let report = judge(read, &rules, PROFILE, Parts::default(), with_passes);
    let style = terminal::style(global.color);
    for output in &outputs {
        match &output.file {
            None => print(&render(&report, output.format, style))?,
            Some(file) => write_file(file, &render(&report, output.format, Style { color: false, ..style }))?,
        }
    }
    let gate = args.fail_on.unwrap_or(FailOn::Severity(Severity::Medium));
    Ok(if trips(&report, gate, global.quiet) { Exit::Tripped } else { Exit::Clean })
}

fn has_policy(world: &World) -> bool {
    let is_policy = |kind: &str| kind.ends_with("Policy") || kind == "PolicyException";
    world.objects().any(|object| object.key.group.ends_with("kyverno.io") && is_policy(&object.key.kind))
}

fn chosen(args: &Lint) -> anyhow::Result<Vec<Rule>> {
    let ids = |names: &[String]| -> anyhow::Result<BTreeSet<&'static str>> {
        names.iter().map(|name| named(name).map(|rule| &*rule.id)).collect()
    };
    let (only, skip) = (ids(&args.rules)?, ids(&args.skip_rules)?);
    let wanted = |rule: &Rule| {
        let id = &*rule.meta().id;
        matches!(rule, Rule::Policy(_)) && (only.is_empty() || only.contains(id)) && !skip.contains(id)
    };
    let chosen: Vec<Rule> = all().iter().copied().filter(wanted).collect();
    anyhow::ensure!(
        !chosen.is_empty(),
        "none of these rules is one of `policy lint`; `ironhull rule list` shows them: PO001 and up"
    );
    Ok(chosen)
}
