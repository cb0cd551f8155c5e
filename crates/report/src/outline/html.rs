//! One file for a browser, which asks nobody for anything. What is folded can be opened.

use super::{Line, Mark, Outline};
use crate::html::markup::{Html, csp_hash};

const STYLE: &str = include_str!("style.css");

pub(super) fn render(outline: &Outline) -> String {
    let mut html = Html::with_capacity(16 * 1024);
    html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw(&format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; \
         base-uri 'none'; form-action 'none'\">\n",
        csp_hash(STYLE),
    ));
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    html.text(&outline.title);
    html.raw("</title>\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n<main>\n");
    html.element("h1", &outline.title);
    list(&mut html, &outline.lines);
    html.raw("</main>\n</body>\n</html>\n");
    html.finish()
}

fn list(html: &mut Html, lines: &[Line]) {
    html.raw("<ul>\n");
    for line in lines {
        html.raw("<li");
        html.attribute("class", class(line));
        html.raw(">");
        if line.lines.is_empty() {
            words(html, line);
        } else {
            html.raw(if line.is_folded { "<details><summary>" } else { "<details open><summary>" });
            words(html, line);
            html.raw("</summary>\n");
            list(html, &line.lines);
            html.raw("</details>");
        }
        html.raw("</li>\n");
    }
    html.raw("</ul>\n");
}

fn class(line: &Line) -> &'static str {
    match line.mark {
        Mark::Yes => "yes",
        Mark::No => "no",
        Mark::Aside => "aside",
        Mark::Plain => "plain",
        Mark::Added => "added",
        Mark::Removed => "removed",
    }
}

fn words(html: &mut Html, line: &Line) {
    if !line.mark.sign().is_empty() {
        html.classed("span", "sign", line.mark.sign());
        html.raw(" ");
    }
    html.element(if line.decides { "strong" } else { "span" }, &line.text);
    if line.decides {
        html.raw(" <em>← decides</em>");
    }
    for (what, place) in &line.places {
        html.raw(" ");
        html.classed("code", "place", &format!("{what} {place}"));
    }
}
