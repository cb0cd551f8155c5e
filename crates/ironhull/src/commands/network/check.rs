//! `ironhull network check`: whether the network keeps what assertions demand.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, ValueHint};
use ironhull_finding::{RuleRef, Tally};
use ironhull_manifest::Limits;
use ironhull_network::assert::{Assertion, Checked, Outcome, check, findings, picture, read};
use ironhull_network::policy::Context as PolicyContext;
use ironhull_network::{lint, place};
use ironhull_report::{Format, Report};
use ironhull_value::Interner;
use ironhull_world::{Catalog, ObjectRef, objects_of};

use super::report::{Shown, show};
use super::source::{Source, open};
use crate::cli::Global;
use crate::exit::Exit;

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The file with the assertions, a `NetworkAssertion` of `ironhull.dev/v1alpha1`.
    #[arg(value_name = "ASSERTIONS", value_hint = ValueHint::FilePath)]
    assertions: PathBuf,
    #[command(flatten)]
    source: Source,
    /// How to show it, and where: text, text-full, table, json, sarif, junit, md, html, csv, dot
    /// or svg; may be repeated.
    #[arg(short, long, value_name = "FORMAT[=FILE]")]
    output: Vec<Shown>,
}

pub(super) fn run(args: &Check, global: &Global) -> anyhow::Result<Exit> {
    let assertions = assertions(&args.assertions)?;
    let mut opened = open(&args.source, global)?;
    let context = PolicyContext::of(opened.world());
    let checked = check(&opened.network, &mut opened.solver, &opened.entries, &context, &assertions);
    let report = report(&checked, opened.read.counts.clone());
    let own = |format: Format| (format == Format::Text).then(|| text(&checked));
    show(&report, &args.output, global, own, || picture(&checked))?;
    let all_hold = checked.iter().all(|one| matches!(one.outcome, Outcome::Pass(_)));
    Ok(if all_hold { Exit::Clean } else { Exit::Tripped })
}

/// Reads the file. A mistake in it is an error, so that nothing is left unchecked by accident.
fn assertions(file: &Path) -> anyhow::Result<Vec<Assertion>> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).with_context(|| format!("reading {name}"))?;
    let mut interner = Interner::new();
    let parsed = ironhull_manifest::read_owned(name.clone(), bytes, &Limits::default(), &mut interner);
    if let Some(diagnostic) = parsed.diagnostics.first() {
        let start = parsed.source.position(diagnostic.span.start);
        bail!("{name}:{}: {}", start.line, diagnostic.message);
    }
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for document in parsed.documents {
        for object in objects_of(&Arc::new(document), None, "", &Catalog::new()).objects {
            let object = Arc::new(object);
            let before = found.len() + problems.len();
            found.extend(read(&object, &mut problems));
            if found.len() + problems.len() == before {
                bail!("{name}: {} is not a NetworkAssertion of ironhull.dev/v1alpha1", object.key);
            }
        }
    }
    if !problems.is_empty() {
        let lines: Vec<String> = problems
            .iter()
            .map(|problem| {
                format!("{}: {}; {}", place(&problem.object, &problem.path), problem.message, problem.fix)
            })
            .collect();
        bail!("the assertions are not valid:\n  {}", lines.join("\n  "));
    }
    anyhow::ensure!(!found.is_empty(), "{name}: there is no NetworkAssertion of ironhull.dev/v1alpha1 in it");
    Ok(found)
}

fn report(checked: &[Checked], counts: ironhull_report::InputCounts) -> Report {
    let rules: Vec<RuleRef> =
        ["NW020", "NW021"].into_iter().filter_map(lint::rule).map(|rule| (&rule.meta).into()).collect();
    let mut tally = Tally::new();
    for one in checked {
        let (id, failed) = match one.outcome {
            Outcome::Pass(_) => ("NW020", false),
            Outcome::Fail(_) => ("NW020", true),
            Outcome::Unknown(_) => ("NW021", true),
        };
        let counts = tally.entry(id.into()).or_default();
        if failed {
            counts.failed += 1;
        } else {
            counts.passed += 1;
        }
    }
    let passes = checked.iter().filter(|one| matches!(one.outcome, Outcome::Pass(_))).filter_map(|one| {
        let own = &one.assertion;
        let name = format!("{}: {}", own.object.key.name, own.name).into();
        Some((rules.first()?.clone(), ObjectRef { name, ..own.object.key.clone() }))
    });
    let passes = passes.collect();
    let version = env!("CARGO_PKG_VERSION").into();
    Report::new(findings(checked), Vec::new(), Vec::new(), rules, tally, counts, version).with_passes(passes)
}

fn text(checked: &[Checked]) -> String {
    let mut text = String::new();
    let mut kept = 0;
    for one in checked {
        let own = &one.assertion;
        let (word, failures) = match &one.outcome {
            Outcome::Pass(_) => {
                kept += 1;
                ("pass", &[][..])
            }
            Outcome::Fail(failures) => ("FAIL", failures.as_slice()),
            Outcome::Unknown(failures) => ("UNKNOWN", failures.as_slice()),
        };
        let _ = writeln!(text, "{word}  {}  ({})", own.name, place(&own.object, &own.path));
        for failure in failures {
            let _ = writeln!(text, "  {}", failure.message);
            let mut fix = failure.fix.lines();
            let _ = writeln!(text, "    fix: {}", fix.next().unwrap_or_default());
            for line in fix {
                let _ = writeln!(text, "      {line}");
            }
        }
    }
    let _ = writeln!(text, "{kept} of {} assertions hold", checked.len());
    text
}
