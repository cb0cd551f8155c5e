//! The legend: only what the drawing uses.

use super::n;
use super::parts::mark_class;
use crate::picture::escape::xml;
use crate::picture::fold::Drawing;
use crate::picture::layout::{Laid, Side};
use crate::picture::model::EdgeMark;
use crate::picture::text;
use std::fmt::Write as _;

const SAMPLE: f64 = 40.0;
const SIZE: f64 = 11.0;
const LINE: f64 = 15.0;

/// Writes the legend below a height and gives the height where it ends.
pub(super) fn write(
    out: &mut String,
    drawing: &Drawing,
    laid: &Laid,
    left: f64,
    top: f64,
    width: f64,
) -> f64 {
    let (mut x, mut y) = (0.0, top);
    let mut bottom = top;
    for (sample, words) in entries(drawing, laid) {
        let lines = text::wrap(&words, SIZE, (width - SAMPLE).max(60.0));
        let wide = SAMPLE + lines.iter().map(|line| text::width(line, SIZE)).fold(0.0, f64::max) + 22.0;
        if x > 0.0 && x + wide - 22.0 > width {
            x = 0.0;
            y = bottom + 5.0;
        }
        let _ = write!(out, "<g transform=\"translate({} {})\">{sample}", n(left + x), n(y));
        let mut down = 0.0;
        for line in lines {
            down += LINE;
            let _ = write!(
                out,
                "<text class=\"lg\" x=\"{SAMPLE}\" y=\"{}\">{}</text>",
                n(down - 3.5),
                xml(&line)
            );
        }
        out.push_str("</g>\n");
        bottom = bottom.max(y + down);
        x += wide;
    }
    bottom
}

/// A drawn sample and its meaning.
fn entries(drawing: &Drawing, laid: &Laid) -> Vec<(String, String)> {
    let scene = &laid.scene;
    let mut entries = Vec::new();
    let marked =
        |mark: EdgeMark| scene.bundles.iter().any(|bundle| bundle.mark == mark && bundle.share.is_none());
    for (mark, sign) in [
        (EdgeMark::Normal, ""),
        (EdgeMark::Path, ""),
        (EdgeMark::Added, "+ "),
        (EdgeMark::Removed, "− "),
        (EdgeMark::Changed, "± "),
        (EdgeMark::Unknown, "? "),
    ] {
        if marked(mark) {
            let words = match drawing.graph.word(mark) {
                "" => "may connect; the ports stand where the line ends",
                words => words,
            };
            entries.push((line(mark_class(mark), false), format!("{sign}{words}")));
        }
    }
    if scene.bundles.iter().any(|bundle| bundle.both) {
        entries.push((line("k-normal", true), "may connect both ways".to_owned()));
    }
    if scene.bundles.iter().any(|bundle| bundle.share.is_some()) {
        entries.push((line("some", false), "some of them may connect".to_owned()));
    }
    let nodes = || drawing.graph.nodes.iter().map(|member| member.node.as_ref());
    let strip = |x: &str| {
        format!(
            "<rect class=\"cd\" x=\"6\" y=\"1\" width=\"24\" height=\"14\" rx=\"3\"/>\
             <rect class=\"open\" x=\"{x}\" y=\"2\" width=\"5\" height=\"12\" fill=\"url(#-h)\"/>"
        )
    };
    if nodes().any(|node| node.unprotected.ingress) {
        entries.push((strip("6"), "no policy restricts what connects to it".to_owned()));
    }
    if nodes().any(|node| node.unprotected.egress) {
        entries.push((strip("25"), "no policy restricts where it connects to".to_owned()));
    }
    if let Some(key) = drawing.sets.key {
        let label = drawing.label(&[key]);
        entries.push((
            "<rect class=\"cd\" x=\"10\" y=\"1\" width=\"22\" height=\"14\" rx=\"3\"/><circle class=\"og\" cx=\"10\" cy=\"8\" r=\"5\"/>".to_owned(),
            format!("open in: accepts from all {} that are open out ({label})", drawing.sets.senders.len()),
        ));
        entries.push((
            "<rect class=\"cd\" x=\"8\" y=\"1\" width=\"22\" height=\"14\" rx=\"3\"/><circle class=\"og\" cx=\"30\" cy=\"8\" r=\"5\"/>".to_owned(),
            format!("open out: may connect to all {} that are open in ({label})", drawing.sets.receivers.len()),
        ));
    }
    let shaded = |frame: &crate::picture::layout::Frame| {
        frame.side == Side::Inner && (frame.all_inside || (frame.open_in && frame.open_out))
    };
    if scene.frames.iter().any(shaded) {
        entries.push((
            "<rect class=\"fr all\" x=\"4\" y=\"1\" width=\"28\" height=\"14\" rx=\"4\"/>".to_owned(),
            "all may talk to all inside".to_owned(),
        ));
    }
    if scene.bundles.iter().any(|bundle| {
        matches!(bundle.to, crate::picture::layout::Place::Frame(_))
            || bundle.sources.iter().any(|source| matches!(source, crate::picture::layout::Place::Frame(_)))
    }) {
        entries.push((
            "<rect class=\"fr\" x=\"18\" y=\"1\" width=\"16\" height=\"14\" rx=\"3\"/><path class=\"w k-normal\" d=\"M2 8h16\"/>".to_owned(),
            "a line at a box: every workload in it".to_owned(),
        ));
    }
    if drawing.items.iter().any(|item| item.members.len() > 1 && !item.whole) {
        entries.push((
            "<rect class=\"cd\" x=\"8\" y=\"3\" width=\"22\" height=\"13\" rx=\"3\"/><rect class=\"cd\" x=\"5\" y=\"0\" width=\"22\" height=\"13\" rx=\"3\"/>".to_owned(),
            "several with the same connections".to_owned(),
        ));
    }
    entries
}

fn line(class: &str, both: bool) -> String {
    let (start, second) = if both {
        (9, format!("<path class=\"hd {class}\" d=\"M2 8l7 -4v8z\"/>"))
    } else {
        (2, String::new())
    };
    format!(
        "<path class=\"w {class}\" d=\"M{start} 8H28\"/><path class=\"hd {class}\" d=\"M34 8l-7 -4v8z\"/>{second}"
    )
}
