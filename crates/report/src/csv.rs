//! One row a finding, for spreadsheets. RFC 4180.

use ironhull_finding::{Finding, Suppression};

use crate::Report;
use crate::cause::subject;
use crate::plain::clean;
use crate::remedy::safety_id;

const HEADER: &[&str] = &[
    "status",
    "severity",
    "rule",
    "name",
    "title",
    "message",
    "group",
    "kind",
    "namespace",
    "object",
    "container",
    "file",
    "line",
    "column",
    "field",
    "fix",
    "fix_safety",
    "controls",
    "reason",
    "until",
    "fingerprint",
];

/// The findings, the suppressed ones behind the others.
pub(crate) fn render(report: &Report) -> String {
    let mut out = String::new();
    row(&mut out, HEADER.iter().copied());
    let mut groups = vec![String::new(); report.findings.len()];
    for (number, group) in report.groups.iter().enumerate() {
        for member in &group.members {
            if let Some(slot) = groups.get_mut(*member) {
                *slot = (number + 1).to_string();
            }
        }
    }
    for (finding, group) in report.findings.iter().zip(&groups) {
        one(&mut out, finding, group, None);
    }
    for (finding, suppression) in &report.suppressed {
        one(&mut out, finding, "", Some(suppression));
    }
    out
}

fn one(out: &mut String, finding: &Finding, group: &str, suppression: Option<&Suppression>) {
    let rule = finding.rule;
    let key = finding.object().map(|object| &object.key);
    let input = subject(finding);
    let position = finding.place().map(|place| place.start);
    let line = position.map_or_else(String::new, |at| at.line.to_string());
    let column = position.map_or_else(String::new, |at| at.column.to_string());
    let field = finding.evidence.first().map_or_else(String::new, |evidence| evidence.path.to_string());
    let fix = finding.fix.as_ref();
    let controls: Vec<String> =
        rule.controls.iter().map(|control| format!("{}:{}", control.framework.id(), control.id)).collect();
    let until = suppression.and_then(|by| by.until).map_or_else(String::new, |date| date.to_string());
    let cells = [
        if suppression.is_some() { "suppressed" } else { "open" },
        rule.severity.name(),
        rule.id,
        rule.name,
        rule.title,
        &finding.message,
        group,
        key.map_or("", |key| &key.kind),
        key.map_or("", |key| &key.namespace),
        key.map_or(input.as_str(), |key| &key.name),
        finding.container().unwrap_or_default(),
        finding.source_name().map_or("", |name| name),
        &line,
        &column,
        &field,
        fix.map_or("", |fix| &fix.summary),
        fix.map_or("", |fix| safety_id(fix.safety)),
        &controls.join(" "),
        suppression.map_or("", |by| &by.reason),
        &until,
        &finding.fingerprint(),
    ];
    row(out, cells.into_iter());
}

fn row<'c>(out: &mut String, cells: impl Iterator<Item = &'c str>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_cell(out, &clean(cell));
    }
    out.push_str("\r\n");
}

/// A spreadsheet would run a cell that begins like a formula, be it quoted or not. An apostrophe makes it
/// text; leading blanks do not hide a formula from every one of them.
fn push_cell(out: &mut String, cell: &str) {
    let formula = cell
        .trim_start_matches(' ')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let quoted = cell.contains([',', '"', '\r', '\n']) || cell.starts_with(' ') || cell.ends_with(' ');
    if quoted {
        out.push('"');
    }
    if formula {
        out.push('\'');
    }
    if quoted {
        out.push_str(&cell.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut out = String::new();
        push_cell(&mut out, text);
        out
    }

    #[test]
    fn formulas_become_text() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(cell("-2"), "'-2");
        assert_eq!(cell("  =cmd|' /C calc'!A0"), "\"'  =cmd|' /C calc'!A0\"");
        assert_eq!(cell("web-1"), "web-1");
    }

    #[test]
    fn what_would_end_a_cell_is_quoted() {
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"hi\"\nthere"), "\"say \"\"hi\"\"\nthere\"");
        assert_eq!(cell("plain"), "plain");
    }
}
