//! The numbers alone: by severity, rule, framework and namespace.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ironhull_finding::{ControlScore, Finding, RuleMeta, Severity};

use crate::cause::subject;
use crate::grid::{Align, Grid};
use crate::paint::Paint;
use crate::plain::{clean, count, number, percent};
use crate::text::footer;
use crate::{Report, Style};

/// Rules that are listed; the rest is counted.
const RULES: usize = 20;
/// Namespaces that are listed; likewise.
const NAMESPACES: usize = 20;

/// The report as tables.
pub(crate) fn render(report: &Report, style: Style) -> String {
    let mut out = String::new();
    if !report.findings.is_empty() {
        severities(&mut out, report, style);
        rules(&mut out, report, style);
        namespaces(&mut out, report, style);
    }
    frameworks(&mut out, report, style);
    footer(&mut out, report, style);
    out
}

fn severities(out: &mut String, report: &Report, style: Style) {
    let paint = Paint { color: style.color };
    let mut grid = Grid::new(&[
        ("Severity", Align::Left),
        ("Findings", Align::Right),
        ("Objects", Align::Right),
        ("Suppressed", Align::Right),
    ]);
    for severity in Severity::WORST_FIRST {
        let of = |finding: &&Finding| finding.severity() == severity;
        let findings: Vec<&Finding> = report.findings.iter().filter(of).collect();
        let objects: BTreeSet<String> = findings.iter().map(|finding| identity(finding)).collect();
        let suppressed =
            report.suppressed.iter().filter(|(finding, _)| finding.severity() == severity).count();
        grid.row([severity.to_string(), number(findings.len()), number(objects.len()), number(suppressed)]);
    }
    out.push_str(&grid.render(style.width, |row, column, cell| {
        let severity = Severity::WORST_FIRST.get(row).filter(|_| column == 0);
        severity.map_or_else(|| cell.to_owned(), |severity| paint.severity(*severity, cell).to_string())
    }));
    out.push('\n');
}

/// What tells objects apart, copies included.
fn identity(finding: &Finding) -> String {
    match finding.object() {
        Some(object) => format!("{} {} {}", object.key.group, object.key, object.key.copy),
        None => subject(finding),
    }
}

fn rules(out: &mut String, report: &Report, style: Style) {
    let paint = Paint { color: style.color };
    let mut rules: BTreeMap<&str, (&RuleMeta, usize, BTreeSet<String>)> = BTreeMap::new();
    for finding in &report.findings {
        let entry = rules.entry(finding.rule.id).or_insert((finding.rule, 0, BTreeSet::new()));
        entry.1 += 1;
        entry.2.insert(identity(finding));
    }
    let mut rules: Vec<_> = rules.into_values().collect();
    rules.sort_by_key(|(rule, count, _)| (std::cmp::Reverse((rule.severity, *count)), rule.id));
    let mut grid = Grid::new(&[
        ("Rule", Align::Left),
        ("Severity", Align::Left),
        ("Name", Align::Left),
        ("Findings", Align::Right),
        ("Objects", Align::Right),
    ]);
    for (rule, count, objects) in rules.iter().take(RULES) {
        grid.row([
            rule.id.to_owned(),
            rule.severity.to_string(),
            rule.name.to_owned(),
            number(*count),
            number(objects.len()),
        ]);
    }
    out.push_str(&grid.render(style.width, |row, column, cell| match rules.get(row) {
        Some((rule, ..)) if column == 1 => paint.severity(rule.severity, cell).to_string(),
        _ => cell.to_owned(),
    }));
    more(out, rules.len(), RULES, "rule");
}

fn namespaces(out: &mut String, report: &Report, style: Style) {
    let mut namespaces: BTreeMap<(bool, &str), [usize; 5]> = BTreeMap::new();
    for finding in &report.findings {
        let counts = namespaces.entry((Report::is_platform(finding), finding.namespace())).or_default();
        for (count, severity) in counts.iter_mut().zip(Severity::WORST_FIRST) {
            *count += usize::from(severity == finding.severity());
        }
    }
    let mut rows: Vec<_> = namespaces.into_iter().collect();
    rows.sort_by_key(|((platform, _), counts)| (*platform, std::cmp::Reverse(*counts)));
    let mut grid = Grid::new(&[
        ("Namespace", Align::Left),
        ("Critical", Align::Right),
        ("High", Align::Right),
        ("Medium", Align::Right),
        ("Low", Align::Right),
        ("Info", Align::Right),
    ]);
    for ((platform, name), counts) in rows.iter().take(NAMESPACES) {
        let name = match (*name, platform) {
            ("", _) => "(none)".to_owned(),
            (name, true) => format!("{} (platform)", clean(name)),
            (name, false) => clean(name).into_owned(),
        };
        grid.row(std::iter::once(name).chain(counts.iter().map(|count| number(*count))));
    }
    out.push_str(&grid.render(style.width, |_, _, cell| cell.to_owned()));
    more(out, rows.len(), NAMESPACES, "namespace");
}

fn frameworks(out: &mut String, report: &Report, style: Style) {
    if report.scores.is_empty() {
        return;
    }
    let mut grid = Grid::new(&[
        ("Framework", Align::Left),
        ("Score", Align::Right),
        ("Coverage", Align::Right),
        ("Controls without fault", Align::Right),
    ]);
    for score in &report.scores {
        let clear = score.controls.iter().filter(|control| is_clear(control)).count();
        grid.row([
            score.framework.title().to_owned(),
            percent(score.percent()),
            percent(score.coverage()),
            format!("{clear} of {}", score.controls.len()),
        ]);
    }
    out.push_str(&grid.render(style.width, |_, _, cell| cell.to_owned()));
    out.push('\n');
}

/// Judged everywhere, and no fault. What could not be decided is not clear.
fn is_clear(control: &ControlScore) -> bool {
    control.passed > 0 && control.failed == 0 && control.undecided == 0
}

fn more(out: &mut String, all: usize, shown: usize, noun: &str) {
    if all > shown {
        let _ = writeln!(out, "and {} not shown", count(all - shown, noun));
    }
    out.push('\n');
}
