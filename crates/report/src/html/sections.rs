//! Everything besides the findings that count.

use std::collections::BTreeMap;

use ironhull_finding::{FrameworkScore, RuleMeta};
use ironhull_world::ObjectRef;

use super::card::pill;
use super::doc;
use super::markup::Html;
use crate::Report;
use crate::cause::{at, locator, subject};
use crate::plain::{number, percent};

/// Rows of a table; what is beyond is counted.
const MOST_ROWS: usize = 1000;

pub(super) fn frameworks(html: &mut Html, report: &Report) {
    if report.scores.is_empty() {
        return;
    }
    open(html, "frameworks", "Frameworks");
    html.raw("<div class=\"scores\">\n");
    for score in &report.scores {
        framework(html, score);
    }
    html.raw("</div>\n");
    controls(html, report);
    html.raw("</section>\n");
}

fn framework(html: &mut Html, score: &FrameworkScore) {
    let value = score.percent();
    html.raw("<div class=\"score\">\n").element("h3", score.framework.title());
    html.raw("\n<p class=\"value\">").text(&percent(value)).raw("</p>\n");
    html.raw(
        "<svg class=\"bar thin\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
    );
    html.raw("<rect class=\"track\" x=\"0\" y=\"0\" width=\"100\" height=\"4\"/>");
    html.raw(&format!(
        "<rect class=\"level\" x=\"0\" y=\"0\" width=\"{:.1}\" height=\"4\"/></svg>\n",
        value.unwrap_or(0.0)
    ));
    let failing = score.controls.iter().filter(|control| control.failed > 0).count();
    html.raw("<p class=\"quiet\">coverage ").text(&percent(score.coverage())).raw(", ");
    html.text(&format!("{failing} of {} controls with faults", score.controls.len())).raw("</p>\n");
    html.raw("</div>\n");
}

/// Every control of every framework, in one table.
fn controls(html: &mut Html, report: &Report) {
    html.raw("<details class=\"controls\"><summary>All controls</summary>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"list\"><thead><tr>");
    html.raw("<th scope=\"col\">Framework</th><th scope=\"col\">Control</th>");
    for title in ["Score", "Passed", "Failed", "Undecided"] {
        html.raw("<th scope=\"col\" class=\"n\">").text(title).raw("</th>");
    }
    html.raw("</tr></thead><tbody>\n");
    for score in &report.scores {
        for control in &score.controls {
            html.raw("<tr>").element("td", score.framework.title()).classed("td", "nw", control.id);
            let counts = [control.passed, control.failed, control.undecided].map(number);
            numbers(html, [percent(control.percent())]);
            numbers(html, counts);
            html.raw("</tr>\n");
        }
    }
    html.raw("</tbody></table></div></details>\n");
}

pub(super) fn suppressed(html: &mut Html, report: &Report) {
    if report.suppressed.is_empty() {
        return;
    }
    open(html, "suppressed", "Suppressed");
    html.raw("<p class=\"quiet\">Findings that somebody accepted. Frameworks count them as faults.</p>\n");
    table(html, &["Severity", "Rule", "Finding", "Reason", "Until", "Accepted in"]);
    for (finding, by) in report.suppressed.iter().take(MOST_ROWS) {
        html.raw("<tr><td>");
        pill(html, finding.severity());
        html.raw("</td>").classed("td", "nw", finding.rule.id).raw("<td>").text(&finding.message);
        html.raw("<br><small>").text(&subject(finding)).raw("</small></td>").element("td", &by.reason);
        html.classed("td", "nw", &by.until.map_or_else(|| "–".to_owned(), |date| date.to_string()));
        let place = by.place().map_or_else(|| locator(finding), |place| at(&place));
        html.raw("<td><code>").text(&place).raw("</code></td></tr>\n");
    }
    close_table(html, report.suppressed.len());
}

pub(super) fn undecided(html: &mut Html, report: &Report) {
    if report.undecided.is_empty() {
        return;
    }
    open(html, "undecided", "Undecided");
    html.raw("<p class=\"quiet\">Questions without a verdict. They count as neither good nor bad, and lower the coverage.</p>\n");
    let mut groups: BTreeMap<(bool, &str, &str), Vec<&ObjectRef>> = BTreeMap::new();
    for entry in &report.undecided {
        groups.entry((!entry.error, entry.rule.id, &entry.reason)).or_default().push(&entry.object);
    }
    table(html, &["Result", "Rule", "Why", "Objects"]);
    for ((unknown, rule, reason), objects) in groups.iter().take(MOST_ROWS) {
        html.raw("<tr>")
            .classed("td", "nw", if *unknown { "unknown" } else { "error" })
            .classed("td", "nw", rule);
        html.element("td", reason).raw("<td>");
        objects_text(html, objects);
        html.raw("</td></tr>\n");
    }
    close_table(html, groups.len());
}

fn objects_text(html: &mut Html, objects: &[&ObjectRef]) {
    const SHOWN: usize = 3;
    let names: Vec<String> = objects.iter().take(SHOWN).map(ToString::to_string).collect();
    html.text(&names.join(", "));
    if objects.len() > SHOWN {
        html.raw(" <span class=\"quiet\">and ").text(&number(objects.len() - SHOWN)).raw(" more</span>");
    }
}

pub(super) fn not_evaluated(html: &mut Html, report: &Report) {
    let entries = &report.inputs.not_evaluated;
    if entries.is_empty() {
        return;
    }
    open(html, "not-evaluated", "Not evaluated");
    html.raw("<p class=\"quiet\">What was seen and not judged.</p>\n");
    table(html, &["Path", "Why"]);
    for entry in entries.iter().take(MOST_ROWS) {
        html.raw("<tr><td><code>")
            .text(&entry.path)
            .raw("</code></td>")
            .element("td", &entry.reason)
            .raw("</tr>\n");
    }
    close_table(html, entries.len());
}

pub(super) fn rules(html: &mut Html, report: &Report) {
    let mut rules: BTreeMap<&str, &'static RuleMeta> =
        report.rules.iter().map(|rule| (rule.id, *rule)).collect();
    let found: BTreeMap<&str, &'static RuleMeta> = found(report).map(|rule| (rule.id, rule)).collect();
    rules.extend(&found);
    if rules.is_empty() {
        return;
    }
    open(html, "rules", "Rules");
    html.raw(
        "<p class=\"quiet\">The rules that were asked, with the number of objects for each result.</p>\n",
    );
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table class=\"list\"><thead><tr>");
    html.raw("<th scope=\"col\">Rule</th><th scope=\"col\">Severity</th>");
    for title in ["Failed", "Suppressed", "Passed", "Unknown", "Errors", "Not applicable"] {
        html.raw("<th scope=\"col\" class=\"n\">").text(title).raw("</th>");
    }
    html.raw("</tr></thead><tbody>\n");
    for rule in rules.values() {
        let tally = report.tally.get(rule.id).copied().unwrap_or_default();
        html.raw("<tr><td>");
        rule_name(html, rule, found.contains_key(rule.id));
        html.raw("</td><td>");
        pill(html, rule.severity);
        html.raw("</td>");
        let counts =
            [tally.failed, tally.suppressed, tally.passed, tally.unknown, tally.errors, tally.skipped];
        numbers(html, counts.map(|count| if count == 0 { "·".to_owned() } else { number(count) }));
        html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n</section>\n");
}

fn rule_name(html: &mut Html, rule: &RuleMeta, linked: bool) {
    if linked {
        html.raw("<a href=\"#rule-").raw(rule.id).raw("\">").raw(rule.id).raw("</a> ");
    } else {
        html.raw(rule.id).raw(" ");
    }
    html.text(rule.title);
}

/// Why the rules that found something matter, and what to do about it.
pub(super) fn docs(html: &mut Html, report: &Report) {
    let rules: BTreeMap<&str, &'static RuleMeta> = found(report).map(|rule| (rule.id, rule)).collect();
    if rules.is_empty() {
        return;
    }
    open(html, "why", "Why it matters");
    html.raw(
        "<p class=\"quiet\">The rules that found something, in their own words.</p>\n<div class=\"docs\">\n",
    );
    for rule in rules.values() {
        html.raw("<details class=\"rule\" id=\"rule-").raw(rule.id).raw("\"><summary>");
        pill(html, rule.severity);
        html.raw("<b>").raw(rule.id).raw("</b> ").text(rule.title).raw("</summary>\n<div class=\"text\">\n");
        html.raw("<p class=\"quiet\">").text(rule.name).raw("</p>\n");
        for heading in ["Why it matters", "How to fix", "References"] {
            if let Some(text) = rule.section(heading) {
                html.classed("p", "label", heading).raw("\n");
                doc::blocks(html, &text);
            }
        }
        html.raw("</div></details>\n");
    }
    html.raw("</div>\n</section>\n");
}

fn found(report: &Report) -> impl Iterator<Item = &'static RuleMeta> {
    let suppressed = report.suppressed.iter().map(|(finding, _)| finding);
    report.findings.iter().chain(suppressed).map(|finding| finding.rule)
}

fn open(html: &mut Html, id: &str, title: &str) {
    html.raw("<section id=\"")
        .raw(id)
        .raw("\" aria-labelledby=\"")
        .raw(id)
        .raw("-title\">\n<h2 id=\"")
        .raw(id);
    html.raw("-title\">").text(title).raw("</h2>\n");
}

fn table(html: &mut Html, columns: &[&str]) {
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table class=\"list\"><thead><tr>");
    for title in columns {
        html.raw("<th scope=\"col\">").text(title).raw("</th>");
    }
    html.raw("</tr></thead><tbody>\n");
}

fn close_table(html: &mut Html, rows: usize) {
    html.raw("</tbody></table></div>\n");
    if rows > MOST_ROWS {
        html.raw("<p class=\"quiet\">").text(&number(rows - MOST_ROWS)).raw(" more are left out here.</p>\n");
    }
    html.raw("</section>\n");
}

fn numbers<const N: usize>(html: &mut Html, cells: [String; N]) {
    for cell in cells {
        html.classed("td", "n", &cell);
    }
}
