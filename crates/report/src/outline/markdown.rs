//! For the comment on a pull request: a list of lists.

use std::fmt::Write as _;

use super::{Line, Mark, Outline};
use crate::markdown::text;

pub(super) fn render(outline: &Outline, full: bool) -> String {
    let mut out = format!("## {}\n", text(&outline.title));
    for line in &outline.lines {
        let _ = write!(out, "\n### {}\n\n", words(line));
        items(&mut out, &line.lines, 0, full);
    }
    out
}

fn items(out: &mut String, lines: &[Line], depth: usize, full: bool) {
    for line in lines.iter().filter(|line| full || !line.is_folded) {
        let _ = writeln!(out, "{}- {}", "  ".repeat(depth), words(line));
        items(out, &line.lines, depth + 1, full);
    }
}

fn words(line: &Line) -> String {
    let mut out = String::new();
    // A plus or a minus at the start of an item would begin another list.
    let sign = match line.mark {
        Mark::Added => "\\+",
        Mark::Removed => "\\-",
        mark => mark.sign(),
    };
    if !sign.is_empty() {
        let _ = write!(out, "{sign} ");
    }
    let said = text(&line.text.replace('\n', " "));
    let _ = if line.decides { write!(out, "**{said}** ← decides") } else { write!(out, "{said}") };
    for (what, place) in &line.places {
        let _ = write!(out, " ({what} {})", text(place));
    }
    out
}
