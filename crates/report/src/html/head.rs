//! The top of the page: what was found in what.

use ironhull_finding::Severity;

use super::markup::Html;
use crate::Report;
use crate::plain::{count, number, percent};
use crate::summary::{Summary, inputs, verdict};

pub(super) fn header(html: &mut Html, report: &Report, summary: &Summary) {
    html.raw("<header class=\"top\">\n<div class=\"wide\">\n<h1>Ironhull <span>report</span></h1>\n");
    html.raw("<div class=\"overview\">\n<div class=\"total\">\n");
    if summary.findings > 0 {
        html.raw("<p class=\"verdict\"><strong>").text(&number(summary.findings)).raw("</strong> ");
        html.text(if summary.findings == 1 { "finding" } else { "findings" });
        if summary.groups != summary.findings {
            html.raw(" <span>from ").text(&count(summary.groups, "cause")).raw("</span>");
        }
        html.raw("</p>\n");
        bar(html, summary);
    } else {
        html.classed("p", "verdict small", &verdict(report, summary)).raw("\n");
    }
    html.raw("</div>\n<dl class=\"facts\">\n");
    fact(html, "Read", &inputs(report));
    fact(html, "Asked", &count(report.rules.len(), "rule"));
    let coverage = match summary.coverage {
        Some(_) => {
            format!("{} of {} got a verdict", percent(summary.coverage), count(summary.asked, "question"))
        }
        None => "nothing was judged".to_owned(),
    };
    fact(html, "Coverage", &coverage);
    if !report.undecided.is_empty() {
        fact(html, "Undecided", &undecided(summary));
    }
    if !report.inputs.not_evaluated.is_empty() {
        fact(html, "Not evaluated", &count(report.inputs.not_evaluated.len(), "input"));
    }
    html.raw("</dl>\n</div>\n");
    contents(html, report, summary);
    html.raw("</div>\n</header>\n");
}

fn undecided(summary: &Summary) -> String {
    let sum = |reasons: &[(String, usize)]| reasons.iter().map(|(_, count)| count).sum::<usize>();
    let (unknown, errors) = (sum(&summary.unknown), sum(&summary.errors));
    match (unknown, errors) {
        (unknown, 0) => format!("{} unknown", number(unknown)),
        (0, errors) => count(errors, "error"),
        (unknown, errors) => format!("{} unknown, {}", number(unknown), count(errors, "error")),
    }
}

fn fact(html: &mut Html, name: &str, text: &str) {
    html.raw("<div>").element("dt", name).element("dd", text).raw("</div>\n");
}

/// One bar of all severities, with a legend that says the same in words.
fn bar(html: &mut Html, summary: &Summary) {
    html.raw("<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (severity, from, length) in segments(summary) {
        html.raw(&format!(
            "<rect class=\"f-{severity}\" x=\"{from}\" width=\"{length}\" y=\"0\" height=\"10\"/>"
        ));
    }
    html.raw("</svg>\n<ul class=\"legend\">\n");
    for (severity, count) in &summary.by_severity {
        html.raw("<li><i class=\"dot ").raw(severity.name()).raw("\"></i><b>").text(&number(*count));
        html.raw("</b> ").raw(severity.name()).raw("</li>\n");
    }
    html.raw("</ul>\n");
}

/// Parts of a thousand; a severity with findings is never invisible.
fn segments(summary: &Summary) -> Vec<(Severity, usize, usize)> {
    const LEAST: usize = 8;
    let present: Vec<_> = summary.by_severity.iter().filter(|(_, count)| *count > 0).collect();
    let room = 1000_usize.saturating_sub(LEAST * present.len());
    let mut from = 0;
    let mut segments = Vec::new();
    for (index, (severity, count)) in present.iter().enumerate() {
        let share = room * count / summary.findings.max(1) + LEAST;
        let length = if index + 1 == present.len() { 1000 - from } else { share };
        segments.push((*severity, from, length));
        from += length;
    }
    segments
}

fn contents(html: &mut Html, report: &Report, summary: &Summary) {
    html.raw("<nav aria-label=\"Sections\"><ul>\n");
    let mut link = |id: &str, title: &str, count: Option<usize>| {
        html.raw("<li><a href=\"#").raw(id).raw("\">").text(title);
        if let Some(count) = count {
            html.raw(" <span>").text(&number(count)).raw("</span>");
        }
        html.raw("</a></li>\n");
    };
    if !report.scores.is_empty() {
        link("frameworks", "Frameworks", None);
    }
    link("findings", "Findings", Some(summary.findings));
    if !report.suppressed.is_empty() {
        link("suppressed", "Suppressed", Some(report.suppressed.len()));
    }
    if !report.undecided.is_empty() {
        link("undecided", "Undecided", Some(report.undecided.len()));
    }
    if !report.inputs.not_evaluated.is_empty() {
        link("not-evaluated", "Not evaluated", Some(report.inputs.not_evaluated.len()));
    }
    if !report.rules.is_empty() {
        link("rules", "Rules", Some(report.rules.len()));
    }
    html.raw("</ul></nav>\n");
}
