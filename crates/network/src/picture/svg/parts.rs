//! Boxes, cards and lines.

use super::n;
use crate::picture::escape::{push_xml, xml};
use crate::picture::fold::Drawing;
use crate::picture::layout::{Bundle, Laid, Place, Rect, Row, RowKind, Side};
use crate::picture::model::{EdgeMark, Mark, Node, NodeClass};
use crate::picture::text;
use std::fmt::Write as _;

/// Writes one drawing.
pub(super) struct Painter<'a> {
    pub(super) drawing: &'a Drawing<'a>,
    pub(super) laid: &'a Laid,
    /// Prefix of ids.
    pub(super) id: &'a str,
    /// Say for the script of a page what is what.
    pub(super) page: bool,
}

impl Painter<'_> {
    pub(super) fn write(&self, out: &mut String) {
        let (drawing, laid) = (self.drawing, self.laid);
        for frame in 0..laid.scene.frames.len() {
            write_frame(out, drawing, laid, frame);
        }
        write_wires(out, drawing, laid, self.page);
        for card in 0..laid.scene.cards.len() {
            write_card(out, self, card);
        }
    }
}

fn write_frame(out: &mut String, drawing: &Drawing, laid: &Laid, index: usize) {
    let (frame, rect) = (&laid.scene.frames[index], laid.frames[index]);
    let class = match (frame.side, frame.all_inside || (frame.open_in && frame.open_out)) {
        (Side::Left | Side::Right, _) => "fr out",
        (Side::Inner, true) => "fr all",
        (Side::Inner, false) => "fr",
    };
    let full = drawing.graph.groups[frame.group].name;
    let _ = write!(
        out,
        "<g class=\"box\" data-g=\"{}\"><title>{}</title><rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" \
         height=\"{}\" rx=\"9\"/><text class=\"ft\" x=\"{}\" y=\"{}\">{}</text>",
        frame.group,
        xml(full),
        n(rect.x),
        n(rect.y),
        n(rect.w),
        n(rect.h),
        n(rect.x + 11.0),
        n(rect.y + 18.5),
        xml(&text::fit(&frame.title, 13.0 * 1.06, rect.w - 22.0)),
    );
    open_marks(out, rect, 14.0, frame.open_in, frame.open_out);
    write_rows(out, laid, &frame.rows, rect, 11.0);
    out.push_str("</g>\n");
}

/// Discs: on the left side for "open in", on the right for "open out".
fn open_marks(out: &mut String, rect: Rect, y: f64, incoming: bool, outgoing: bool) {
    for (is, x) in [(incoming, rect.x), (outgoing, rect.x + rect.w)] {
        if is {
            let _ = write!(out, "<circle class=\"og\" cx=\"{}\" cy=\"{}\" r=\"5\"/>", n(x), n(rect.y + y));
        }
    }
}

fn write_rows(out: &mut String, laid: &Laid, rows: &[Row], rect: Rect, indent: f64) {
    for row in rows {
        let bundle = match row.kind {
            RowKind::Port(bundle) => format!(" data-b=\"{bundle}\""),
            RowKind::Said => String::new(),
        };
        let class =
            if row.mark == EdgeMark::Normal { String::new() } else { format!(" {}", mark_class(row.mark)) };
        let fitted = text::fit(&row.text, 11.0, rect.w - indent - 6.0);
        let _ = write!(
            out,
            "<text class=\"row{class}\"{bundle} x=\"{}\" y=\"{}\">",
            n(rect.x + indent),
            n(rect.y + row.y + 4.0)
        );
        if fitted != row.text {
            let _ = write!(out, "<title>{}</title>", xml(&row.text));
        }
        push_xml(out, &fitted);
        out.push_str("</text>");
    }
    debug_assert!(laid.width >= 0.0);
}

fn write_card(out: &mut String, painter: &Painter, index: usize) {
    let Painter { drawing, laid, id, page } = *painter;
    let (card, rect) = (&laid.scene.cards[index], laid.cards[index]);
    let item = &drawing.items[card.item];
    let Some(first) = item.members.first().and_then(|&node| drawing.graph.nodes.get(node as usize)) else {
        return;
    };
    let node = first.node.as_ref();
    let _ = write!(out, "<g class=\"card{}\"", node_class(node.mark));
    if page {
        let members: Vec<String> = item.members.iter().map(u32::to_string).collect();
        let _ = write!(out, " data-i=\"{}\" data-n=\"{}\"", card.item, members.join(" "));
        if item.whole {
            let _ = write!(out, " data-w=\"{}\"", item.group);
        }
    }
    out.push_str("><title>");
    push_xml(out, &about(drawing, &item.members));
    out.push_str("</title>");
    if item.members.len() > 1 {
        for shift in [5.0, 2.5] {
            let _ = write!(out, "<rect class=\"cd\" {} rx=\"6\"/>", place(rect, shift));
        }
    }
    let radius = if node.class == NodeClass::Workload { 6.0 } else { 13.0 };
    let _ = write!(out, "<rect class=\"cd\" {} rx=\"{radius}\"/>", place(rect, 0.0));
    for (is, x) in [(node.unprotected.ingress, rect.x), (node.unprotected.egress, rect.x + rect.w - 5.0)] {
        if is {
            let _ = write!(
                out,
                "<rect class=\"open\" x=\"{}\" y=\"{}\" width=\"5\" height=\"{}\" fill=\"url(#{id}-h)\"/>",
                n(x),
                n(rect.y + 5.0),
                n(rect.h - 10.0)
            );
        }
    }
    open_marks(out, rect, 15.0, card.open_in, card.open_out);
    let mut x = rect.x + 12.0;
    if icon(out, node.class, x, rect.y + 8.0) {
        x += 17.0;
    }
    let mut right = rect.x + rect.w - 9.0;
    if let Mark::Reached(hops) = node.mark {
        right -= 14.0;
        let _ = write!(
            out,
            "<circle class=\"hop\" cx=\"{0}\" cy=\"{1}\" r=\"8\"/><text class=\"hopn\" x=\"{0}\" y=\"{2}\" text-anchor=\"middle\">{hops}</text>",
            n(rect.x + rect.w - 8.0),
            n(rect.y + 4.0),
            n(rect.y + 8.0)
        );
    }
    let (sign, struck) = match node.mark {
        Mark::Added => ("+ ", ""),
        Mark::Removed => ("− ", " tr"),
        Mark::Changed => ("± ", ""),
        Mark::EntryPoint => ("▶ ", ""),
        _ => ("", ""),
    };
    let title = text::fit(&format!("{sign}{}", card.title), 13.0 * 1.04, right - x);
    let _ = write!(
        out,
        "<text class=\"ct{struck}\" x=\"{}\" y=\"{}\">{}</text>",
        n(x),
        n(rect.y + 19.5),
        xml(&title)
    );
    let mut y = rect.y + 23.0;
    let lines = [(&card.subtitle, 14.0, "sub")].into_iter().filter(|line| !line.0.is_empty());
    for (line, height, class) in lines.chain(card.names.iter().map(|name| (name, 13.0, "name"))) {
        let _ = write!(
            out,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            n(rect.x + 12.0),
            n(y + 10.0),
            xml(&text::fit(line, 11.0, rect.w - 20.0))
        );
        y += height;
    }
    write_rows(out, laid, &card.rows, rect, 12.0);
    out.push_str("</g>\n");
}

fn place(rect: Rect, shift: f64) -> String {
    format!(
        "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        n(rect.x + shift),
        n(rect.y + shift),
        n(rect.w - shift * 0.4),
        n(rect.h - shift * 0.4)
    )
}

/// A small sign for what is not a workload.
fn icon(out: &mut String, class: NodeClass, x: f64, y: f64) -> bool {
    let path = match class {
        NodeClass::Workload => return false,
        // A globe.
        NodeClass::Internet => "m6 0a6 6 0 1 0 .1 0zM0 6h12M6 0c-4 4-4 8 0 12c4-4 4-8 0-12",
        // A ruler of addresses.
        NodeClass::Addresses => "m0 3h12v6h-12zM3 3v3M6 3v4M9 3v3",
        // An arrow through a door.
        NodeClass::Ingress => "m5 0h7v12h-7M0 6h8M5 3l3 3l-3 3",
        // A label.
        NodeClass::Name => "m0 1h6l6 5l-6 5h-6zM3 6h.1",
        // Two drawers.
        NodeClass::Host => "m1 1h10v4h-10zM1 7h10v4h-10zM3 3h2M3 9h2",
    };
    // The parts after the first start at the icon's corner again.
    let mut d = String::new();
    for (index, part) in path.split('M').enumerate() {
        if index == 0 {
            d.push('M');
            let _ = write!(d, "{} {}{part}", n(x), n(y));
        } else {
            let split = part.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(part.len());
            let (point, rest) = part.split_at(split);
            let mut numbers = point.split(' ').map(|number| number.parse().unwrap_or(0.0));
            let (dx, dy): (f64, f64) = (numbers.next().unwrap_or(0.0), numbers.next().unwrap_or(0.0));
            let _ = write!(d, "M{} {}", n(x + dx), n(y + dy));
            // Absolute lengths would start at the drawing's corner.
            d.push_str(&rest.replace('H', "h").replace('V', "v"));
        }
    }
    let _ = write!(out, "<path class=\"ic\" d=\"{d}\"/>");
    true
}

fn write_wires(out: &mut String, drawing: &Drawing, laid: &Laid, page: bool) {
    let plain = laid.scene.bundles.iter().all(|bundle| bundle.mark == EdgeMark::Normal);
    // Lines with a mark lie above those without.
    let mut order: Vec<usize> = (0..laid.wires.len()).collect();
    order.sort_by_key(|&wire| (laid.scene.bundles[laid.wires[wire].bundle].mark, wire));
    for index in order {
        let wire = &laid.wires[index];
        let bundle = &laid.scene.bundles[wire.bundle];
        let mut class = match (bundle.mark, plain) {
            (EdgeMark::Normal, true) => format!("s{}", strand(bundle.to)),
            (mark, _) => mark_class(mark).to_owned(),
        };
        if bundle.share.is_some() {
            class.push_str(" some");
        }
        let _ = write!(out, "<g class=\"wire\" data-b=\"{}\"", wire.bundle);
        if page {
            let keys: Vec<String> = bundle.keys.iter().map(u32::to_string).collect();
            let (from, to) = (end(laid, wire.source), end(laid, bundle.to));
            let _ = write!(out, " data-f=\"{from}\" data-t=\"{to}\" data-k=\"{}\"", keys.join(" "));
        }
        out.push_str("><title>");
        push_xml(out, &about_wire(drawing, laid, wire.source, bundle));
        let _ = write!(out, "</title><path class=\"w {class}\" d=\"{}\"/>", path(&wire.points, bundle.both));
        if let [to, before, ..] = wire.points[..] {
            head(out, &class, before, to);
        }
        if let ([.., before, from], true) = (&wire.points[..], bundle.both) {
            head(out, &class, *before, *from);
        }
        out.push_str("</g>\n");
    }
}

/// An end for the script of the page: `i` and the item or `g` and the group.
fn end(laid: &Laid, place: Place) -> String {
    match place {
        Place::Card(card) => format!("i{}", laid.scene.cards[card].item),
        Place::Frame(frame) => format!("g{}", laid.scene.frames[frame].group),
    }
}

fn strand(place: Place) -> usize {
    match place {
        Place::Card(card) => card % 5,
        Place::Frame(frame) => frame * 2 % 5,
    }
}

const HEAD: f64 = 7.0;

/// A line with round corners, short enough for its heads.
fn path(points: &[(f64, f64)], both: bool) -> String {
    let mut points: Vec<(f64, f64)> = points.to_vec();
    points.dedup_by(|a, b| (a.0 - b.0).abs() < 0.05 && (a.1 - b.1).abs() < 0.05);
    let count = points.len();
    if count < 2 {
        return "M0 0".to_owned();
    }
    points[0] = toward(points[0], points[1], HEAD - 1.0);
    if both {
        points[count - 1] = toward(points[count - 1], points[count - 2], HEAD - 1.0);
    }
    let mut d = format!("M{} {}", n(points[0].0), n(points[0].1));
    for at in 1..count - 1 {
        let (before, corner, after) = (points[at - 1], points[at], points[at + 1]);
        let radius = 7.0_f64.min(distance(before, corner) / 2.0).min(distance(corner, after) / 2.0);
        let (start, end) = (toward(corner, before, radius), toward(corner, after, radius));
        let _ = write!(
            d,
            "L{} {}Q{} {} {} {}",
            n(start.0),
            n(start.1),
            n(corner.0),
            n(corner.1),
            n(end.0),
            n(end.1)
        );
    }
    let last = points[count - 1];
    let _ = write!(d, "L{} {}", n(last.0), n(last.1));
    d
}

fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn toward(from: (f64, f64), to: (f64, f64), by: f64) -> (f64, f64) {
    let whole = distance(from, to);
    if whole < 0.01 {
        return from;
    }
    let share = (by / whole).min(1.0);
    (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
}

fn head(out: &mut String, class: &str, from: (f64, f64), tip: (f64, f64)) {
    let back = if tip.0 >= from.0 { -HEAD } else { HEAD };
    let _ = write!(out, "<path class=\"hd {class}\" d=\"M{} {}l{} -4v8z\"/>", n(tip.0), n(tip.1), n(back));
}

pub(super) fn mark_class(mark: EdgeMark) -> &'static str {
    match mark {
        EdgeMark::Normal => "k-normal",
        EdgeMark::Added => "k-added",
        EdgeMark::Removed => "k-removed",
        EdgeMark::Changed => "k-changed",
        EdgeMark::Path => "k-path",
        EdgeMark::Unknown => "k-unknown",
    }
}

fn node_class(mark: Mark) -> &'static str {
    match mark {
        Mark::None => "",
        Mark::Focus => " m-focus",
        Mark::Reached(_) => " m-reached",
        Mark::EntryPoint => " m-entry",
        Mark::Added => " m-added",
        Mark::Removed => " m-removed",
        Mark::Changed => " m-changed",
    }
}

/// Tooltips name so many and count the rest.
const NAMED: usize = 12;

fn about(drawing: &Drawing, members: &[u32]) -> String {
    let nodes = members.iter().map(|&node| drawing.graph.nodes[node as usize].node.as_ref());
    if let [_] = members {
        return nodes.map(about_node).collect();
    }
    let mut names: Vec<&str> = nodes.take(NAMED).map(|node| node.label.as_str()).collect();
    let rest = members.len().saturating_sub(NAMED);
    let more = format!("and {rest} more");
    if rest > 0 {
        names.push(&more);
    }
    format!("{} with the same connections: {}", members.len(), names.join(", "))
}

fn about_node(node: &Node) -> String {
    let mut text = node.label.clone();
    if !node.kind.is_empty() {
        let _ = write!(text, " ({})", node.kind);
    }
    match (node.unprotected.ingress, node.unprotected.egress) {
        (true, true) => text.push_str(". No policy restricts it"),
        (true, false) => text.push_str(". No policy restricts what connects to it"),
        (false, true) => text.push_str(". No policy restricts where it connects to"),
        (false, false) => {}
    }
    for line in &node.detail {
        let _ = write!(text, ". {line}");
    }
    text
}

fn about_wire(drawing: &Drawing, laid: &Laid, source: Place, bundle: &Bundle) -> String {
    let name = |place: Place| match place {
        Place::Card(card) => laid.scene.cards[card].title.clone(),
        Place::Frame(frame) => format!("every workload of {}", laid.scene.frames[frame].title),
    };
    let arrow = if bundle.both { "↔" } else { "→" };
    let mut text = format!("{} {arrow} {}: {}", name(source), name(bundle.to), drawing.label(&bundle.keys));
    if let Some((some, all)) = bundle.share {
        let _ = write!(text, " (at least {some} of {all} pairs)");
    }
    if let (Place::Card(from), Place::Card(to)) = (source, bundle.to) {
        let members = |card: usize| drawing.items[laid.scene.cards[card].item].members.as_slice();
        if let ([from], [to]) = (members(from), members(to)) {
            for &key in &bundle.keys {
                let link = crate::picture::graph::Link { from: *from, to: *to, key };
                for line in drawing.graph.details.get(&link).copied().unwrap_or_default() {
                    let _ = write!(text, ". {line}");
                }
            }
        }
    }
    text
}
