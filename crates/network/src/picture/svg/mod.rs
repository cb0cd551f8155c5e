//! A picture as SVG: heading, drawing, legend and notes, in one file that needs nothing else.

mod legend;
mod parts;
mod style;

use super::escape;
use super::fold::{self, Drawing};
use super::graph::Graph;
#[cfg(test)]
use super::layout::Laid;
use super::layout::layout;
use super::model::{Options, Picture};
use super::text;
use std::fmt::Write as _;
pub(super) use style::sheet;

/// Room around everything.
const MARGIN: f64 = 14.0;

/// Draws a picture as an SVG document.
///
/// Deterministic; every text of the picture is escaped; colours follow [`Options::theme`]. The drawing
/// shows exactly the edges of the picture: what is merged is merged without adding or losing one. If there
/// are so many that no line could be followed, namespaces become one card each, lines between them say
/// "some", and a note says so.
pub fn svg(picture: &Picture, options: &Options) -> String {
    let graph = Graph::new(picture);
    let drawing = fold::fold(&graph, options.fold);
    let mut out = String::with_capacity(32 * 1024);
    let frame = Document { picture, theme: Some(options.theme), id: "ironhull", page: false };
    frame.write(&mut out, &drawing, f64::from(options.max_width.clamp(200, 20_000)));
    out
}

/// What surrounds a drawing.
pub(super) struct Document<'a> {
    pub(super) picture: &'a Picture,
    /// The style sheet to include; none inside of a page that has it.
    pub(super) theme: Option<super::model::Theme>,
    /// Prefix of ids, unique in the page.
    pub(super) id: &'a str,
    /// Part of a page, which has heading and notes itself, and whose script needs to know what is what.
    pub(super) page: bool,
}

impl Document<'_> {
    pub(super) fn write(&self, out: &mut String, drawing: &Drawing, max_width: f64) {
        let laid = layout(drawing, max_width - 2.0 * MARGIN);
        let most = max_width - 2.0 * MARGIN;
        let title = text::width(&self.picture.title, 19.0).max(text::width(&self.picture.subtitle, 13.8));
        let width = if self.page { laid.width } else { laid.width.max(title.min(most)) };
        let wide = width.max(300.0_f64.min(most));
        let mut head = String::new();
        let mut y = MARGIN;
        if !self.page {
            y = self.heading(&mut head, y, wide);
        }
        let top = y;
        y += laid.height + 16.0;
        let mut foot = String::new();
        y = legend::write(&mut foot, drawing, &laid, MARGIN, y, wide);
        y = self.notes(&mut foot, drawing, y, wide);
        let (w, h) = ((wide + 2.0 * MARGIN).ceil(), (y + MARGIN).ceil());
        // A drawing that cannot be made as narrow as asked is scaled down.
        let shown = w.min(max_width);
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ih\" role=\"{}\" width=\"{shown}\" height=\"{:.0}\" \
             viewBox=\"0 0 {w} {h}\" aria-labelledby=\"{id}-t {id}-d\">\n<title id=\"{id}-t\">{}</title>\n\
             <desc id=\"{id}-d\">{}</desc>\n",
            if self.page { "group" } else { "img" },
            h * shown / w,
            escape::xml(if self.picture.title.is_empty() { "Connections" } else { &self.picture.title }),
            escape::xml(&description(self.picture, drawing)),
            id = self.id,
        );
        if let Some(theme) = self.theme {
            let _ = writeln!(out, "<style>{}</style>", sheet(theme));
        }
        let _ = writeln!(
            out,
            "<defs><pattern id=\"{}-h\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect class=\"hb\" width=\"4\" height=\"4\"/>\
             <rect class=\"hs\" width=\"2\" height=\"4\"/></pattern></defs>\n\
             <rect class=\"ground\" width=\"{w}\" height=\"{h}\"/>",
            self.id
        );
        out.push_str(&head);
        let _ = writeln!(
            out,
            "<g transform=\"translate({} {})\">",
            MARGIN + ((wide - laid.width) / 2.0).floor(),
            top
        );
        parts::Painter { drawing, laid: &laid, id: self.id, page: self.page }.write(out);
        out.push_str("</g>\n");
        out.push_str(&foot.replace("url(#-h)", &format!("url(#{}-h)", self.id)));
        out.push_str("</svg>\n");
    }

    fn heading(&self, out: &mut String, mut y: f64, width: f64) -> f64 {
        for (string, size, class) in [(&self.picture.title, 18.0, "h1"), (&self.picture.subtitle, 13.0, "h2")]
        {
            for line in text::wrap(string, size * 1.06, width) {
                y += size + 2.0;
                let _ = writeln!(
                    out,
                    "<text class=\"{class}\" x=\"{MARGIN}\" y=\"{y}\">{}</text>",
                    escape::xml(&line)
                );
                y += 4.0;
            }
        }
        if y > MARGIN { y + 10.0 } else { y }
    }

    fn notes(&self, out: &mut String, drawing: &Drawing, mut y: f64, width: f64) -> f64 {
        let own = folding_notes(drawing);
        let given = if self.page { &[] } else { self.picture.notes.as_slice() };
        for note in own.iter().chain(given) {
            y += 6.0;
            for line in text::wrap(note, 12.0, width) {
                y += 15.0;
                let _ = writeln!(
                    out,
                    "<text class=\"note\" x=\"{MARGIN}\" y=\"{y}\">{}</text>",
                    escape::xml(&line)
                );
            }
        }
        y
    }
}

fn folding_notes(drawing: &Drawing) -> Vec<String> {
    let mut notes = Vec::new();
    if drawing.items.is_empty() {
        notes.push("Nothing to show: no workloads.".to_owned());
    } else if drawing.graph.edges.is_empty() {
        notes.push("No connections.".to_owned());
    }
    if drawing.lines_left_out {
        notes.push("Too many connections to draw: the lines between namespaces are left out.".to_owned());
    } else if drawing.items.iter().all(|item| item.whole || drawing.graph.groups[item.group].outside)
        && drawing.collapsed
    {
        notes.push(
            "Each namespace is one card; a dashed line stands for connections of some of its workloads."
                .to_owned(),
        );
    }
    notes
}

fn description(picture: &Picture, drawing: &Drawing) -> String {
    let graph = drawing.graph;
    let inside: Vec<_> = graph.groups.iter().filter(|group| !group.outside).collect();
    let workloads: usize = inside.iter().map(|group| group.members.len()).sum();
    let mut text = format!(
        "{workloads} workloads in {} namespaces, {} things outside, {} connections.",
        inside.len(),
        graph.nodes.len() - workloads,
        graph.edges.len()
    );
    if !picture.subtitle.is_empty() {
        text.push(' ');
        text.push_str(&picture.subtitle);
    }
    text
}

/// A number with at most one decimal, without a trailing zero.
pub(super) fn n(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

/// The layout that a drawing gets, for tests.
#[cfg(test)]
pub(super) fn laid_for_tests(drawing: &Drawing, width: f64) -> Laid {
    layout(drawing, width - 2.0 * MARGIN)
}
