//! One file for a browser: to read, to search, to print and to hand on.
//!
//! It asks nobody for anything: style and script stand in it, and its content security policy allows
//! nothing else. Without script everything is there but the filters.

mod card;
mod doc;
mod head;
pub(crate) mod markup;
mod sections;

use crate::Report;
use crate::mask_text::HiddenText;
use crate::summary::{Summary, verdict};
use markup::Html;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The report as HTML.
pub(crate) fn render(report: &Report) -> String {
    let summary = Summary::of(report);
    let hidden = HiddenText::of(report);
    // A card is about two kilobytes.
    let mut html = Html::with_capacity(64 * 1024 + report.groups.len() * 2048);
    html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw(&format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; \
         script-src '{}'; base-uri 'none'; form-action 'none'\">\n",
        markup::csp_hash(STYLE),
        markup::csp_hash(SCRIPT),
    ));
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    html.raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    html.text(&format!("Ironhull: {}", verdict(report, &summary)));
    html.raw("</title>\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n");
    html.raw("<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n");
    head::header(&mut html, report, &summary);
    html.raw("<main>\n");
    sections::frameworks(&mut html, report);
    card::findings(&mut html, report, &summary, &hidden);
    sections::suppressed(&mut html, report);
    sections::undecided(&mut html, report);
    sections::not_evaluated(&mut html, report);
    sections::rules(&mut html, report);
    sections::docs(&mut html, report);
    html.raw("</main>\n<footer><p>Ironhull ");
    html.text(&report.version);
    html.raw("</p></footer>\n<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    html.finish()
}

#[cfg(test)]
mod tests;
