//! For a terminal: a mark, what it says, where that is written.

use std::fmt::Write as _;

use super::{Line, Mark};
use crate::Style;
use crate::paint::Paint;
use crate::plain::{clean, count, width};

/// What stands behind the line that decided; those who see colours see it in bold as well.
const DECIDES: &str = "  ← decides";

pub(super) fn render(lines: &[Line], style: Style, full: bool) -> String {
    let mut out = String::new();
    let writer = Writer { paint: Paint { color: style.color }, width: style.width, full };
    writer.lines(&mut out, lines, 0);
    let folded = if full { 0 } else { folded(lines) };
    if folded > 0 {
        let text = format!("{} folded; --full shows everything.", count(folded, "line"));
        let _ = writeln!(out, "\n{}", writer.paint.dim(text));
    }
    out
}

/// The same below other lines, without a word of what is folded.
pub(super) fn below(lines: &[Line], style: Style, full: bool, depth: usize) -> String {
    let mut out = String::new();
    let writer = Writer { paint: Paint { color: style.color }, width: style.width, full };
    writer.lines(&mut out, lines, depth);
    out
}

/// How many lines are folded; those below others count as well.
fn folded(lines: &[Line]) -> usize {
    let all = |line: &Line| 1 + lines_of(&line.lines);
    lines.iter().map(|line| if line.is_folded { all(line) } else { folded(&line.lines) }).sum()
}

fn lines_of(lines: &[Line]) -> usize {
    lines.iter().map(|line| 1 + lines_of(&line.lines)).sum()
}

struct Writer {
    paint: Paint,
    width: usize,
    full: bool,
}

impl Writer {
    fn lines(&self, out: &mut String, lines: &[Line], depth: usize) {
        for line in lines.iter().filter(|line| self.full || !line.is_folded) {
            self.line(out, line, depth);
        }
    }

    fn line(&self, out: &mut String, line: &Line, depth: usize) {
        if depth == 0 && !out.is_empty() {
            out.push('\n');
        }
        let indent = "  ".repeat(depth);
        let mut texts = line.text.split('\n');
        let first = clean(texts.next().unwrap_or_default());
        let sign = line.mark.sign();
        let space = if sign.is_empty() { "" } else { " " };
        let _ = write!(out, "{indent}");
        let _ = match line.mark {
            Mark::Yes | Mark::Added => write!(out, "{}", self.paint.good(sign)),
            Mark::No | Mark::Removed => write!(out, "{}", self.paint.bad(sign)),
            Mark::Aside | Mark::Plain => write!(out, "{sign}"),
        };
        let is_head = depth == 0 || line.decides;
        let _ = if is_head {
            write!(out, "{space}{}", self.paint.bold(&first))
        } else {
            write!(out, "{space}{first}")
        };
        let mut used = indent.len() + width(sign) + space.len() + width(&first);
        if line.decides {
            out.push_str(DECIDES);
            used += width(DECIDES);
        }
        let more: Vec<_> = texts.map(clean).collect();
        for text in &more {
            let _ = write!(out, "\n{indent}    {text}");
        }
        self.places(out, line, &indent, if more.is_empty() { used } else { usize::MAX });
        out.push('\n');
        self.lines(out, &line.lines, depth + 1);
    }

    /// Places stand behind the line while there is room, else below it.
    fn places(&self, out: &mut String, line: &Line, indent: &str, used: usize) {
        let text = match line.places.as_slice() {
            [] => return,
            [(_, one)] => clean(one).into_owned(),
            several => {
                let all = several.iter().map(|(what, place)| format!("{what} {}", clean(place)));
                all.collect::<Vec<_>>().join(", ")
            }
        };
        let text_width = width(&text);
        let _ = if used.saturating_add(2 + text_width) <= self.width {
            write!(out, "  {}", self.paint.dim(text))
        } else {
            write!(out, "\n{indent}    {}", self.paint.dim(text))
        };
    }
}
