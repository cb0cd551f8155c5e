//! `ironhull scan`.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use ironhull_finding::{
    Applied, Date, Finding, Framework, Outcome, Problem, RuleRef, Severity, Suppressions, Tally,
};
use ironhull_network::Profile;
use ironhull_posture::input;
use ironhull_report::{Format, NotEvaluated, Report, Style, Undecided, render};
use ironhull_world::ObjectRef;

use crate::cli::{FailOn, Global, Scan};
use crate::commands::policy;
use crate::commands::policy::report::Parts;
use crate::commands::rule::named;
use crate::config::{Config, FailOnName};
use crate::exit::Exit;
use crate::inputs::Read;
use crate::output::{Output, notice, print, write_file};
use crate::rules::{self, Judged, PROFILE, Rule};
use crate::terminal;

pub(crate) fn run(scan: &Scan, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::find(global.config.as_deref())?;
    let outputs = outputs(&scan.output)?;
    let rules = chosen(scan, &config)?;
    let read = read(scan, &config, &rules, global.quiet)?;
    let nothing = read.world.is_empty();
    let with_passes = outputs.iter().any(|output| output.format == Format::Junit);
    let parts = if scan.policy.is_empty() {
        Parts::default()
    } else {
        policy::scan(&scan.policy, &scan.exception, &read.world, &config, with_passes, global.quiet)?
    };
    let report = judge(read, &rules, PROFILE, parts, with_passes);
    let style = terminal::style(global.color);
    for output in &outputs {
        write(&report, output, style)?;
    }
    if nothing {
        let seen = &report.inputs;
        bail!(
            "no Kubernetes object was found: {} files read, {} other documents, {} things not evaluated",
            seen.files,
            seen.foreign,
            seen.not_evaluated.len()
        );
    }
    if scan.exit_zero {
        notice(global.quiet || report.findings.is_empty(), "exit code 0 because of --exit-zero");
        return Ok(Exit::Clean);
    }
    let tripped = trips(&report, fail_on(scan, &config), global.quiet);
    Ok(if tripped { Exit::Tripped } else { Exit::Clean })
}

/// Whether a report trips the gate.
pub(super) fn trips(report: &Report, gate: FailOn, quiet: bool) -> bool {
    match gate {
        FailOn::Never => false,
        FailOn::Severity(least) => {
            let found = report.findings.iter().any(|finding| finding.severity() >= least);
            // What could not be decided is not a pass: it might be a finding of this severity.
            let failed =
                report.undecided.iter().filter(|open| open.error && open.rule.severity >= least).count();
            if failed > 0 {
                notice(
                    quiet,
                    &format!(
                        "{failed} {} ended in an error, which the gate takes for a fault",
                        if failed == 1 { "question" } else { "questions" }
                    ),
                );
            }
            found || failed > 0
        }
    }
}

fn read(scan: &Scan, config: &Config, rules: &[Rule], quiet: bool) -> anyhow::Result<Read> {
    let needed: Vec<_> = rules.iter().flat_map(|rule| rule.reads()).collect();
    crate::inputs::read_or_list(&scan.cluster, &scan.inputs, config, &needed, quiet)
}

/// Everything that the rules say about what was read.
pub(super) fn judge(
    read: Read,
    rules: &[Rule],
    profile: Profile,
    mut policies: Parts,
    with_passes: bool,
) -> Report {
    let Read { world, documents, findings: of_inputs, mut counts } = read;
    let mut evaluation = rules::judge(&world, rules, profile);
    let mut tally = evaluation.tally();
    tally.append(&mut policies.tally);
    let selected: BTreeSet<&str> = rules.iter().map(|rule| &*rule.meta().id).collect();
    let mut findings = evaluation.take_findings();
    findings.append(&mut policies.findings);
    for finding in of_inputs {
        if selected.contains(&*finding.rule.id) {
            findings.push(finding);
        } else if input::is_unread(&finding) {
            // Nobody asked for the rule, but what was not read must not look clean.
            counts.not_evaluated.push(unread(&finding));
        }
    }
    let suppressions = Suppressions::collect(&documents, world.objects());
    let of_policies: BTreeSet<&str> = policies.rules.iter().map(|rule| &*rule.id).collect();
    let is_rule = |name: &str| rules::find(name).is_some() || of_policies.contains(name);
    let Applied { mut kept, suppressed, problems } = suppressions.apply(findings, today(), is_rule);
    move_suppressed(&mut tally, &kept, &suppressed.iter().map(|(finding, _)| finding).collect::<Vec<_>>());
    for (suppression, problem) in &problems {
        // A suppression of a rule that did not run is not unused.
        let ran = suppression.rules.iter().any(|name| {
            let is_selected = |rule: Rule| selected.contains(&*rule.meta().id);
            of_policies.contains(name.as_str()) || rules::find(name).is_some_and(is_selected)
        });
        if *problem == Problem::Unused && !ran {
            continue;
        }
        let finding = input::of_suppression_problem(suppression, problem);
        if selected.contains(&*finding.rule.id) {
            kept.push(finding);
        }
    }
    let metas = rules.iter().map(|rule| rule.meta().into()).chain(policies.rules.iter().cloned()).collect();
    let version = env!("CARGO_PKG_VERSION").into();
    let mut undecided = undecided(&evaluation);
    undecided.append(&mut policies.undecided);
    let report = Report::new(kept, suppressed, undecided, metas, tally, counts, version);
    let passes = || passes(&evaluation).into_iter().chain(policies.passes).collect();
    let report = if with_passes { report.with_passes(passes()) } else { report };
    // The program ends with the report; giving back a large world piece by piece would only take time.
    std::mem::forget((world, evaluation, documents));
    report
}

fn unread(finding: &Finding) -> NotEvaluated {
    let line = finding.place().map_or(1, |place| place.start.line);
    let path = finding.source_name().map_or("", |name| name);
    NotEvaluated { path: format!("{path}:{line}"), reason: finding.message.clone() }
}

/// Every verdict without fault. Only JUnit lists them, and of a large input they are many.
fn passes(judged: &Judged) -> Vec<(RuleRef, ObjectRef)> {
    let passed = judged.outcomes().filter(|(.., outcome)| matches!(outcome, Outcome::Pass));
    passed.map(|(object, rule, _)| (rule.into(), object.clone())).collect()
}

/// An object whose findings of a rule are all accepted counts as suppressed, no longer as failed.
fn move_suppressed(tally: &mut Tally, kept: &[Finding], suppressed: &[&Finding]) {
    let place = |finding: &Finding| Some((finding.rule.id.to_string(), finding.object()?.key.clone()));
    let failing: BTreeSet<(String, ObjectRef)> = kept.iter().filter_map(place).collect();
    let accepted: BTreeSet<(String, ObjectRef)> = suppressed.iter().copied().filter_map(place).collect();
    for key in accepted {
        if !failing.contains(&key)
            && let Some(counts) = tally.get_mut(key.0.as_str())
        {
            counts.failed = counts.failed.saturating_sub(1);
            counts.suppressed += 1;
        }
    }
}

/// What could not be decided, errors first.
fn undecided(judged: &Judged) -> Vec<Undecided> {
    let mut undecided: Vec<Undecided> = judged
        .outcomes()
        .filter_map(|(object, rule, outcome)| {
            let (error, reason) = match outcome {
                Outcome::Unknown(reason) => (false, reason),
                Outcome::Error(reason) => (true, reason),
                _ => return None,
            };
            Some(Undecided { rule: rule.into(), object: object.clone(), error, reason: reason.to_string() })
        })
        .collect();
    undecided.sort_by(|a, b| (!a.error, &a.rule.id, &a.object).cmp(&(!b.error, &b.rule.id, &b.object)));
    undecided
}

/// The rules that run: all of the least severity and above, unless some are named.
fn chosen(scan: &Scan, config: &Config) -> anyhow::Result<Vec<Rule>> {
    let ids = |names: &[String]| -> anyhow::Result<BTreeSet<&'static str>> {
        names.iter().map(|name| named(name).map(|rule| &*rule.id)).collect()
    };
    let only = ids(if scan.rules.is_empty() { &config.scan.rules.only } else { &scan.rules })?;
    let mut skip = ids(&scan.skip_rules)?;
    skip.extend(ids(&config.scan.rules.skip).context("scan.rules.skip in the configuration")?);
    let framework = scan.framework.as_deref().map(framework).transpose()?;
    let least = scan.severity.or(config.scan.severity.map(Severity::from));
    // Somebody who names rules or a framework wants them whatever their severity.
    let named_some = !only.is_empty() || framework.is_some();
    let least = least.unwrap_or(if named_some { Severity::Info } else { Severity::Low });
    let wanted = |rule: &Rule| {
        let meta = rule.meta();
        let by_name = only.is_empty() || only.contains(&*meta.id) || rule.is_of_inputs();
        let by_framework = framework.is_none_or(|framework| {
            rule.is_of_inputs() || meta.controls.iter().any(|control| control.framework == framework)
        });
        rule.is_scanned() && by_name && by_framework && meta.severity >= least && !skip.contains(&*meta.id)
    };
    Ok(rules::all().iter().copied().filter(wanted).collect())
}

fn framework(id: &str) -> anyhow::Result<Framework> {
    Framework::by_id(id).with_context(|| {
        let known: Vec<_> = Framework::ALL.iter().map(|framework| framework.id()).collect();
        format!("there is no framework `{id}`; known are {}", known.join(", "))
    })
}

fn fail_on(scan: &Scan, config: &Config) -> FailOn {
    let configured = config.scan.fail_on.map(|name| match name {
        FailOnName::Critical => FailOn::Severity(Severity::Critical),
        FailOnName::High => FailOn::Severity(Severity::High),
        FailOnName::Medium => FailOn::Severity(Severity::Medium),
        FailOnName::Low => FailOn::Severity(Severity::Low),
        FailOnName::Info => FailOn::Severity(Severity::Info),
        FailOnName::Never => FailOn::Never,
    });
    scan.fail_on.or(configured).unwrap_or(FailOn::Severity(Severity::Medium))
}

pub(super) fn outputs(typed: &[Output]) -> anyhow::Result<Vec<Output>> {
    if typed.iter().filter(|output| output.file.is_none()).count() > 1 {
        bail!("only one output can go to standard output; give the others a file: `-o sarif=report.sarif`");
    }
    if typed.is_empty() {
        return Ok(vec![Output { format: Format::Text, file: None }]);
    }
    Ok(typed.to_vec())
}

fn write(report: &Report, output: &Output, style: Style) -> anyhow::Result<()> {
    match &output.file {
        None => print(&render(report, output.format, style)),
        Some(file) => write_file(file, &render(report, output.format, Style { color: false, ..style })),
    }
}

/// Today in UTC: a suppression ends at the same moment everywhere.
fn today() -> Date {
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    let year = u16::try_from(now.year()).unwrap_or(9999);
    Date::new(year, part(now.month()), part(now.day()))
        .unwrap_or_else(|| unreachable!("a calendar day is one"))
}
