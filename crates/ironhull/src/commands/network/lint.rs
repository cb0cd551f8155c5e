//! `ironhull network lint`: what is wrong with the policies.

use std::collections::BTreeSet;

use clap::Args;
use ironhull_finding::{Applied, RuleRef, Severity, Suppressions, Tally};
use ironhull_network::lint::{Check, Facts, Rule, lint_facts};
use ironhull_report::Report;

use super::report::{outputs, show};
use super::source::{Source, read, refuse_nothing, tell_unread};
use crate::cli::{FailOn, Global};
use crate::commands::rule::named;
use crate::commands::scan::{today, undecided_of};
use crate::config::Config;
use crate::exit::Exit;
use crate::output::Output;
use crate::rules::{self, PROFILE};

#[derive(Args, Debug)]
pub(crate) struct Lint {
    #[command(flatten)]
    source: Source,
    /// How to show it, and where: text, text-full, table, json, sarif, junit, md, html or csv; may be
    /// repeated.
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
    let read = read(&args.source, &config, global.quiet)?;
    refuse_nothing(&read)?;
    tell_unread(&read, global.quiet);
    let profile = args.source.profile.unwrap_or(PROFILE);
    let mut linted = lint_facts(&mut Facts::of(&read.world, profile), &rules);
    let suppressions = Suppressions::collect(&read.documents, read.world.objects());
    let findings = linted.take_findings();
    let is_rule = |name: &str| rules::find(name).is_some();
    let Applied { kept, suppressed, .. } = suppressions.apply(findings, today(), is_rule);
    let mut tally = Tally::new();
    linted.count(&mut tally);
    let outcomes = linted.results.iter().map(|result| (&result.object.key, result.rule, &result.outcome));
    let metas: Vec<RuleRef> = rules.iter().map(|rule| (&rule.meta).into()).collect();
    let version = env!("CARGO_PKG_VERSION").into();
    let report = Report::new(kept, suppressed, undecided_of(outcomes), metas, tally, read.counts, version);
    show(&report, &outputs, global)?;
    let tripped = match args.fail_on.unwrap_or(FailOn::Severity(Severity::Medium)) {
        FailOn::Never => false,
        FailOn::Severity(least) => report.findings.iter().any(|finding| finding.severity() >= least),
    };
    Ok(if tripped { Exit::Tripped } else { Exit::Clean })
}

fn chosen(args: &Lint) -> anyhow::Result<Vec<&'static Rule>> {
    let ids = |names: &[String]| -> anyhow::Result<BTreeSet<&'static str>> {
        names.iter().map(|name| named(name).map(|rule| &*rule.id)).collect()
    };
    let (only, skip) = (ids(&args.rules)?, ids(&args.skip_rules)?);
    let wanted = |rule: &&&'static Rule| {
        let id = &*rule.meta.id;
        matches!(rule.check, Check::World(_)) && (only.is_empty() || only.contains(id)) && !skip.contains(id)
    };
    let chosen: Vec<&'static Rule> = ironhull_network::lint::ALL.iter().filter(wanted).copied().collect();
    anyhow::ensure!(
        !chosen.is_empty(),
        "none of these rules is one of `network lint`; `ironhull rule list` shows them: NW009 and up"
    );
    Ok(chosen)
}
