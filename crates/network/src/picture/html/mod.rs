//! A picture as a page: the drawing, a side panel, filters, and a table of the same connections.
//!
//! One file that asks nobody for anything. Without script the drawing and the table are all there; the
//! script adds search, filters, the connections of one workload, and the other views.

mod csp;
mod data;

use super::escape::{push_xml, xml};
use super::fold::{self, Drawing};
use super::graph::Graph;
use super::model::{Fold, Options, Picture, Theme};
use super::svg::{Document, sheet};
use data::{Block, Part};
use std::fmt::Write as _;

/// Widths of the drawing in the page: beside the panel, and on a phone.
const WIDE: f64 = 1240.0;
const NARROW: f64 = 370.0;
/// More views than this make the page slow to open.
const MOST_VIEWS: usize = 40;
/// Edges to fold again for every view.
const MOST_WORK: usize = 4_000_000;
/// Rows of the table that stand in the page itself; the script has the others.
const MOST_ROWS: usize = 3000;

/// Draws a picture as a page for a browser: self-contained, for wide and narrow screens and for print.
///
/// Deterministic; every text of the picture is escaped. [`Options::max_width`] limits the wide drawing.
/// The views are all workloads, one card for each namespace, and one namespace among cards.
pub fn html(picture: &Picture, options: &Options) -> String {
    let graph = Graph::new(picture);
    let drawing = fold::fold(&graph, options.fold);
    let title = if picture.title.is_empty() { "Connections" } else { &picture.title };
    let mut out = String::with_capacity(256 * 1024);
    out.push_str(match options.theme {
        Theme::Auto => "<!doctype html>\n<html lang=\"en\">\n",
        Theme::Light => "<!doctype html>\n<html lang=\"en\" class=\"light\">\n",
        Theme::Dark => "<!doctype html>\n<html lang=\"en\" class=\"dark\">\n",
    });
    let _ = write!(
        out,
        "<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{}</style>\n<style>{}</style>\n\
         </head>\n<body>\n<header><h1>{}</h1>\n",
        csp::policy(options.theme),
        xml(title),
        csp::STYLE,
        sheet(options.theme),
        xml(title)
    );
    if !picture.subtitle.is_empty() {
        let _ = writeln!(out, "<p class=\"faint\">{}</p>", xml(&picture.subtitle));
    }
    out.push_str("</header>\n");
    let views = views(&graph);
    tools(&mut out, &graph, &views);
    out.push_str("<main>\n<div class=\"work\">\n<div id=\"stage\" tabindex=\"0\" aria-label=\"Picture. Plus and minus zoom, 0 fits, Escape shows everything.\">\n");
    let width = f64::from(options.max_width.clamp(360, 20_000));
    let mut view = |name: &str, drawing: &Drawing| {
        let hidden = if name == "all" { "" } else { " hidden" };
        let _ = writeln!(out, "<div class=\"view\" data-view=\"{name}\"{hidden}>");
        for (class, width) in [("wide", WIDE.min(width)), ("narrow", NARROW)] {
            let _ = writeln!(out, "<div class=\"{class}\">");
            let id = format!("{name}-{class}");
            Document { picture, theme: None, id: &id, page: true }.write(&mut out, drawing, width);
            out.push_str("</div>\n");
        }
        out.push_str("</div>\n");
    };
    view("all", &drawing);
    if !views.is_empty() {
        let all = vec![true; graph.groups.len()];
        view("names", &fold::collapse(&graph, &all));
        for &group in &views {
            let mut others = all.clone();
            others[group] = false;
            view(&format!("g{group}"), &fold::collapse(&graph, &others));
        }
    }
    out.push_str("</div>\n<aside id=\"panel\" aria-live=\"polite\"></aside>\n</div>\n");
    if !picture.notes.is_empty() {
        out.push_str("<ul class=\"notes\">\n");
        for note in &picture.notes {
            let _ = writeln!(out, "<li>{}</li>", xml(note));
        }
        out.push_str("</ul>\n");
    }
    // The table and the panel are exact, whatever the drawing had to leave to shares.
    let exact = fold::exact(&graph, options.fold == Fold::Never);
    let blocks = data::blocks(&exact);
    table(&mut out, &exact, &blocks);
    out.push_str("</main>\n<script type=\"application/json\" id=\"data\">");
    data::json(&mut out, &exact, &blocks);
    let _ = write!(out, "</script>\n<script>{}</script>\n</body>\n</html>\n", csp::SCRIPT);
    out
}

/// The namespaces that get a view of their own.
fn views(graph: &Graph) -> Vec<usize> {
    let inner: Vec<usize> = (0..graph.groups.len()).filter(|&group| !graph.groups[group].outside).collect();
    if inner.len() < 2 || inner.len() > MOST_VIEWS || inner.len() * graph.edges.len() > MOST_WORK {
        return Vec::new();
    }
    inner
}

fn tools(out: &mut String, graph: &Graph, views: &[usize]) {
    out.push_str(
        "<form class=\"tools\" autocomplete=\"off\"><label>Search <input id=\"search\" type=\"search\" \
         placeholder=\"name, namespace or kind\"></label><label>Port <input id=\"port\" inputmode=\"numeric\" \
         placeholder=\"any\"></label><label><input id=\"open\" type=\"checkbox\"> Only unprotected</label>\
         <label>View <select id=\"view\"><option value=\"all\">All workloads</option>",
    );
    if !views.is_empty() {
        out.push_str("<option value=\"names\">Namespaces only</option>");
    }
    for &group in views {
        let _ =
            write!(out, "<option value=\"g{group}\">Only {} in full</option>", xml(graph.groups[group].name));
    }
    out.push_str(
        "</select></label><span><button type=\"button\" id=\"out\" aria-label=\"Smaller\">−</button> \
         <button type=\"button\" id=\"in\" aria-label=\"Larger\">+</button> \
         <button type=\"button\" id=\"fit\">Fit</button></span></form>\n",
    );
}

fn table(out: &mut String, drawing: &Drawing, blocks: &[Block]) {
    out.push_str(
        "<div class=\"table\">\n<table>\n<caption>Connections</caption>\n<thead><tr><th scope=\"col\">From</th>\
         <th scope=\"col\">To</th><th scope=\"col\">Ports</th><th scope=\"col\">State</th></tr></thead>\n<tbody id=\"rows\">\n",
    );
    for block in blocks.iter().take(MOST_ROWS) {
        let key = drawing.graph.keys[block.key as usize];
        out.push_str("<tr><td>");
        side(out, drawing, block.from);
        out.push_str("</td><td>");
        side(out, drawing, block.to);
        let _ = writeln!(
            out,
            "</td><td>{}</td><td>{}</td></tr>",
            xml(key.label),
            xml(drawing.graph.word(key.mark))
        );
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    let rows = blocks.len();
    if rows > MOST_ROWS {
        let _ = writeln!(out, "<p><span id=\"count\">{MOST_ROWS} of {rows} rows</span></p>");
    } else {
        let _ = writeln!(out, "<p><span id=\"count\">{rows} rows</span></p>");
    }
    out.push_str(
        "<div class=\"tools\"><label><input id=\"unfold\" type=\"checkbox\"> One row for each pair</label>\
         <button type=\"button\" id=\"more\" hidden>Show more rows</button></div>\n",
    );
}

fn side(out: &mut String, drawing: &Drawing, part: Part) {
    let name = xml(&data::name(drawing, part));
    if matches!(part, Part::Node(_)) {
        out.push_str(&name);
        return;
    }
    let _ = write!(out, "<details><summary>{name}</summary>");
    for (index, &node) in data::members(drawing, &part).iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        push_xml(out, &data::name(drawing, Part::Node(node)));
    }
    out.push_str("</details>");
}
