//! What is written on cards.

use super::scene::SMALL;
use crate::picture::model::{EdgeMark, Mark, NodeClass};
use crate::picture::text;

/// Lines with names of members on a card for several.
const NAME_LINES: usize = 2;

/// As many names as fit into a few lines, and the number of the others.
pub(super) fn names(of: &[&str], width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, name) in of.iter().enumerate() {
        let last = index + 1 == of.len();
        let piece = if last { (*name).to_owned() } else { format!("{name},") };
        let full = lines.len() >= NAME_LINES;
        match lines.last_mut() {
            Some(line) if text::width(line, SMALL) + text::width(&piece, SMALL) + 4.0 <= width.min(135.0) => {
                line.push(' ');
                line.push_str(&piece);
            }
            _ if !full => lines.push(piece),
            Some(line) => {
                let mut left_out = of.len() - index;
                while text::width(line, SMALL) + text::width(" +000", SMALL) > width.min(150.0) {
                    let Some(cut) = line.trim_end_matches(',').rfind(", ") else { break };
                    line.truncate(cut + 1);
                    left_out += 1;
                }
                *line = format!("{line} +{left_out}");
                break;
            }
            None => break,
        }
    }
    lines
}

/// A sign before the ports, so that colour is not the only difference.
pub(super) fn sign(mark: EdgeMark) -> &'static str {
    match mark {
        EdgeMark::Normal | EdgeMark::Path => "",
        EdgeMark::Added => "+ ",
        EdgeMark::Removed => "− ",
        EdgeMark::Changed => "± ",
        EdgeMark::Unknown => "? ",
    }
}

pub(super) fn subtitle(kind: &str, mark: Mark) -> String {
    let note = match mark {
        Mark::None => String::new(),
        Mark::Focus => "in focus".to_owned(),
        Mark::Reached(1) => "reached in 1 hop".to_owned(),
        Mark::Reached(hops) => format!("reached in {hops} hops"),
        Mark::EntryPoint => "entry point".to_owned(),
        Mark::Added => "added".to_owned(),
        Mark::Removed => "removed".to_owned(),
        Mark::Changed => "changed".to_owned(),
    };
    match (kind.is_empty(), note.is_empty()) {
        (_, true) => kind.to_owned(),
        (true, false) => note,
        (false, false) => format!("{kind} · {note}"),
    }
}

/// The kinds of several nodes, each once.
pub(super) fn kinds<'a>(of: impl Iterator<Item = &'a str>) -> String {
    let mut found: Vec<&str> = of.filter(|kind| !kind.is_empty()).collect();
    found.sort_unstable();
    found.dedup();
    found.join(", ")
}

pub(super) fn plural(class: NodeClass) -> &'static str {
    match class {
        NodeClass::Workload => "workloads",
        NodeClass::Internet => "networks",
        NodeClass::Addresses => "address ranges",
        NodeClass::Ingress => "ways in",
        NodeClass::Name => "domain names",
        NodeClass::Host => "cluster nodes",
    }
}
