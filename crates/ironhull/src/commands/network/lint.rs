//! `ironhull network lint`: what is wrong with the policies. It is a scan by the rules about policies.

use std::collections::BTreeSet;

use clap::Args;
use ironhull_finding::Severity;
use ironhull_network::lint::{Facts, picture};

use super::report::{Shown, show};
use super::source::{Source, read, refuse_nothing};
use crate::cli::{FailOn, Global};
use crate::commands::policy::report::Parts;
use crate::commands::rule::named;
use crate::commands::scan::{judge, trips};
use crate::config::Config;
use crate::exit::Exit;
use crate::rules::{PROFILE, Rule, all};

/// The rules of the posture that are about policies.
const OF_POSTURE: [&str; 3] = ["NW001", "NW002", "NW003"];

#[derive(Args, Debug)]
pub(crate) struct Lint {
    #[command(flatten)]
    source: Source,
    /// How to show it, and where: text, text-full, table, json, sarif, junit, md, html, csv, dot
    /// or svg; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<Shown>,
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
    let config = Config::find(global.config.as_deref())?;
    let rules = chosen(args)?;
    let read = read(&args.source, &[], &config, global.quiet)?;
    refuse_nothing(&read)?;
    let profile = args.source.profile.unwrap_or(PROFILE);
    let world = read.world.clone();
    let report = judge(read, &rules, profile, Parts::default(), args.output.iter().any(Shown::lists_passes));
    let picture = || picture(&Facts::of(&world, profile), &report.findings);
    show(&report, &args.output, global, |_| None, picture)?;
    let gate = args.fail_on.unwrap_or(FailOn::Severity(Severity::Medium));
    let tripped = trips(&report, gate, global.quiet);
    Ok(if tripped { Exit::Tripped } else { Exit::Clean })
}

fn chosen(args: &Lint) -> anyhow::Result<Vec<Rule>> {
    let ids = |names: &[String]| -> anyhow::Result<BTreeSet<&'static str>> {
        names.iter().map(|name| named(name).map(|rule| &*rule.id)).collect()
    };
    let (only, skip) = (ids(&args.rules)?, ids(&args.skip_rules)?);
    let wanted = |rule: &Rule| {
        let id = &*rule.meta().id;
        let is_ours = match rule {
            Rule::Network(_) => rule.is_scanned(),
            Rule::Posture(_) => OF_POSTURE.contains(&id),
            Rule::Policy(_) => false,
        };
        is_ours && (only.is_empty() || only.contains(id)) && !skip.contains(id)
    };
    let chosen: Vec<Rule> = all().iter().copied().filter(wanted).collect();
    anyhow::ensure!(
        !chosen.is_empty(),
        "none of these rules is one of `network lint`; `ironhull rule list` shows them: NW001 to NW003, NW009 and up"
    );
    Ok(chosen)
}
