//! `ironhull policy apply`.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::bail;
use clap::{Args, ValueHint};
use ironhull_finding::{RuleTally, Severity};
use ironhull_policy::kyverno::report::{Group, ReportResult, results};
use ironhull_policy::kyverno::set::Set;
use ironhull_report::{Format, Report, Style, render};
use ironhull_world::Object;

use super::effects::{Effect, diff, lines, objects};
use super::given::Given;
use super::live::Live;
use super::ports::AtHand;
use super::report::Collected;
use super::reports::reports;
use super::review::Reviewer;
use super::source::{exceptions, policies, tell_unread};
use crate::cli::{FailOn, Global, Inputs};
use crate::commands::scan::trips;
use crate::config::Config;
use crate::exit::Exit;
use crate::inputs;
use crate::output::{Output, print, write_file};
use crate::progress::Progress;
use crate::terminal;

#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// Files and directories with policies.
    #[arg(value_name = "POLICY", required = true, value_hint = ValueHint::AnyPath)]
    policies: Vec<PathBuf>,
    /// Files and directories with the resources, or `-`.
    #[arg(short, long = "resource", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    resources: Vec<PathBuf>,
    #[command(flatten)]
    live: Live,
    /// Files and directories with PolicyExceptions and Exceptions of ours; those among the policies and resources do
    /// not count.
    #[arg(short, long = "exception", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    exceptions: Vec<PathBuf>,
    #[command(flatten)]
    given: Given,
    /// How to show the answers, and where: text, text-full, table, json, sarif, junit, md, html or csv; yaml or
    /// diff for the objects that would be changed, made or deleted; policyreport or openreports; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<Form>,
    /// End with exit code 1 at failures of this severity and above, or `never`; low without it.
    #[arg(long, value_name = "LEVEL")]
    fail_on: Option<FailOn>,
}

/// A form and where it goes.
#[derive(Clone, Debug)]
struct Form {
    what: What,
    /// None for standard output.
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Findings(Format),
    Objects,
    Diff,
    Reports(Group),
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
        let what = match name {
            "yaml" => What::Objects,
            "diff" => What::Diff,
            "policyreport" => What::Reports(Group::PolicyReport),
            "openreports" => What::Reports(Group::OpenReports),
            _ => {
                let Output { format, file } = text
                    .parse()
                    .map_err(|why| format!("{why}; or one of yaml, diff, policyreport, openreports"))?;
                return Ok(Self { what: What::Findings(format), file });
            }
        };
        match file {
            Some("") => Err("the file name behind `=` is missing".to_owned()),
            Some("-") | None => Ok(Self { what, file: None }),
            Some(file) => Ok(Self { what, file: Some(PathBuf::from(file)) }),
        }
    }
}

pub(super) fn run(args: &Apply, global: &Global) -> anyhow::Result<Exit> {
    let forms = forms(&args.output)?;
    let config = Config::find(global.config.as_deref())?;
    let policies = policies(&args.policies, &config, global.quiet)?;
    let known = args.given.read()?;
    let read = if args.live.is_wanted() {
        args.live.read(&policies.compiled, &config, global.quiet)?
    } else {
        anyhow::ensure!(
            !args.resources.is_empty(),
            "name the resources with -r PATH, or judge a cluster with --cluster"
        );
        let wanted = Inputs { paths: args.resources.clone(), max_input: 512 << 20, ..Inputs::default() };
        inputs::read(&wanted, &config, global.quiet)?
    };
    tell_unread(&read.findings);
    anyhow::ensure!(!read.world.is_empty(), "there is no Kubernetes object among the resources");
    let with_passes = forms.iter().any(|form| form.what == What::Findings(Format::Junit));
    let mut collected = Collected::new(with_passes);
    for (object, problems) in &policies.refused {
        collected.refuse(object, problems);
    }
    collected.unread(policies.unread);
    collected.unread(read.findings);
    let set = Set::new(policies.compiled);
    let exceptions = exceptions(&args.exceptions, &config, global.quiet)?;
    let entries = policies.entries.iter().chain(read.world.objects()).map(|object| &object.value);
    let ports = AtHand::new(&read.world, exceptions, known, entries);
    let reviewer = Reviewer::new(&set, &ports, &policies.cleanups);
    let with_reports = forms.iter().any(|form| matches!(form.what, What::Reports(_)));
    let (mut effects, mut answers) = (Vec::new(), Vec::new());
    let progress = Progress::new("Judging", read.world.len(), global.quiet);
    for object in read.world.objects() {
        let mut said = Vec::new();
        let made = reviewer
            .review(object, &mut |policy, response| {
                collected.add(&policy.policy, object, response);
                if with_reports {
                    said.extend(results(&policy.policy, response));
                }
            })
            .map_err(anyhow::Error::msg)?;
        effects.extend(made.into_iter().filter(|effect| !effect.is_nothing()));
        let (deleted, errors) = reviewer.deletions(object);
        effects.extend(deleted);
        for (policy, why) in errors {
            collected.fail(&policy, object, why);
        }
        if with_reports {
            answers.push((Arc::clone(object), said));
        }
        progress.step();
    }
    drop(progress);
    let report = collected.report(read.counts.clone());
    let style = terminal::style(global.color);
    for form in &forms {
        let style = if form.file.is_some() { Style { color: false, ..style } } else { style };
        let text = text_of(form.what, style, &report, &effects, &answers, ports.now.seconds);
        match &form.file {
            None => print(&text)?,
            Some(file) => write_file(file, &text)?,
        }
    }
    let gate = args.fail_on.unwrap_or(FailOn::Severity(Severity::Low));
    Ok(if trips(&report, gate, global.quiet) { Exit::Tripped } else { Exit::Clean })
}

fn forms(typed: &[Form]) -> anyhow::Result<Vec<Form>> {
    if typed.iter().filter(|form| form.file.is_none()).count() > 1 {
        bail!("only one output can go to standard output; give the others a file: `-o sarif=report.sarif`");
    }
    if typed.is_empty() {
        return Ok(vec![Form { what: What::Findings(Format::Text), file: None }]);
    }
    Ok(typed.to_vec())
}

fn text_of(
    what: What,
    style: Style,
    report: &Report,
    effects: &[Effect],
    answers: &[(Arc<Object>, Vec<ReportResult>)],
    now: i64,
) -> String {
    match what {
        What::Objects => objects(effects),
        What::Diff => diff(effects),
        What::Reports(group) => reports(answers, group, now),
        What::Findings(format @ (Format::Text | Format::TextFull | Format::Table)) => {
            let gap = if effects.is_empty() { "" } else { "\n" };
            format!("{}{}\n{gap}{}", render(report, format, style), counts(report), lines(effects))
        }
        What::Findings(format) => render(report, format, style),
    }
}

/// The line that Kyverno's command line ends with: how many answers of rules there are of each. A policy that is
/// not understood is an error too.
fn counts(report: &Report) -> String {
    let sum = |of: fn(&RuleTally) -> usize| report.tally.values().map(of).sum::<usize>();
    format!(
        "pass: {}, fail: {}, warn: 0, error: {}, skip: {}",
        sum(|counts| counts.passed),
        sum(|counts| counts.failed),
        report.undecided.iter().filter(|open| open.error).count(),
        sum(|counts| counts.skipped)
    )
}
