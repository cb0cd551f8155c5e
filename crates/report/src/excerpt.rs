//! A few lines of a source around a mark.

use std::sync::Arc;

use ironhull_finding::Place;
use ironhull_manifest::{Document, Source, Span};

use crate::mask::HIDDEN;
use crate::mask_text::HiddenText;
use crate::plain::{char_width, visible, width};

/// Lines to show.
#[derive(Debug)]
pub(crate) struct Excerpt {
    pub(crate) lines: Vec<Line>,
}

/// One line.
#[derive(Debug)]
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) parts: Vec<Part>,
}

/// A run of text within a line, without characters that could do harm.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) marked: bool,
}

/// How much to show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    pub(crate) before: u32,
    pub(crate) after: u32,
    /// Columns of a line; a longer one is cut around its mark.
    pub(crate) columns: usize,
}

/// Lines of a mark that are shown.
const MARKED_LINES: u32 = 6;

impl Line {
    /// The columns before the mark and those of the mark; none when nothing is marked.
    pub(crate) fn mark(&self) -> Option<(usize, usize)> {
        let first = self.parts.iter().position(|part| part.marked)?;
        let columns = |parts: &[Part]| parts.iter().map(|part| width(&part.text)).sum::<usize>();
        let before = columns(self.parts.get(..first)?);
        let last = self.parts.iter().rposition(|part| part.marked)?;
        Some((before, columns(self.parts.get(first..=last)?).max(1)))
    }
}

/// The excerpt of a place. Lines of other documents are not shown.
pub(crate) fn excerpt(
    place: &Place,
    document: Option<&Document>,
    hidden: &HiddenText,
    extent: Extent,
) -> Excerpt {
    let source = &place.source;
    // Of a dump, and of what could not be opened, there is no text to show.
    if source.text().is_empty() {
        return Excerpt { lines: Vec::new() };
    }
    let (mut first, mut last) = (1, source.line_count());
    if let Some(document) = document {
        first = source.position(document.span.start).line;
        last = source.position(document.span.end).line;
    }
    let from = place.start.line.saturating_sub(extent.before).max(first).min(place.start.line);
    let mark_end =
        place.end.line.min(place.start.line.saturating_add(MARKED_LINES - 1)).max(place.start.line);
    let to = mark_end.saturating_add(extent.after).min(last).max(mark_end);
    let hidden = hidden.spans(source);
    let is_rule = |line: u32| source.slice(source.line_span(line)).starts_with("---");
    let mut lines: Vec<Line> = (from..=to)
        .filter(|number| {
            let within = (place.start.line..=mark_end).contains(number);
            within || !is_rule(*number)
        })
        .map(|number| line(source, number, place.span, hidden, extent.columns))
        .collect();
    // Blank lines at the edges say nothing.
    let blank = |line: &Line| line.parts.iter().all(|part| !part.marked && part.text.trim().is_empty());
    while lines.last().is_some_and(blank) {
        lines.pop();
    }
    let skip = lines.iter().take_while(|line| blank(line)).count();
    lines.drain(..skip);
    Excerpt { lines }
}

fn line(source: &Arc<Source>, number: u32, mark: Span, hidden: &[Span], columns: usize) -> Line {
    let span = source.line_span(number);
    let text = source.slice(span);
    let base = span.start as usize;
    let local = |span: Span| {
        let start = (span.start as usize).saturating_sub(base).min(text.len());
        let end = (span.end as usize).saturating_sub(base).min(text.len());
        (start, end)
    };
    let marked = (mark.start <= span.end && mark.end >= span.start).then(|| local(mark));
    // Of a line that begins within the mark the indentation is not marked.
    let marked = marked.map(|(start, end)| {
        let indent = text.len() - text.trim_start().len();
        (if mark.start < span.start { indent.min(end) } else { start }, end)
    });
    let (from, to) = window(text, marked.map_or(0, |(start, _)| start), columns);
    let first = hidden.partition_point(|hidden| hidden.end <= span.start);
    let mut hidden = hidden
        .iter()
        .skip(first)
        .take_while(|hidden| hidden.start < span.end)
        .map(|span| local(*span))
        .peekable();
    let mut parts = Parts::default();
    if from > 0 {
        parts.push_str("…", false);
    }
    let mut at = from;
    while at < to {
        while hidden.next_if(|(_, end)| *end <= at).is_some() {}
        let is_marked = marked.is_some_and(|(start, end)| start <= at && at < end);
        if let Some((start, end)) = hidden.peek().copied()
            && start <= at
        {
            let touched = marked.is_some_and(|(from, to)| from < end && to > at);
            parts.push_str(HIDDEN, touched);
            at = end;
            continue;
        }
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
        match c {
            '\t' => parts.push_str("    ", is_marked),
            c => parts.push(visible(c).unwrap_or(c), is_marked),
        }
        at += c.len_utf8();
    }
    if to < text.len() && at < text.len() {
        parts.push_str("…", false);
    }
    // An empty mark still marks something.
    if marked.is_some() && !parts.0.iter().any(|part| part.marked) && mark.start >= span.start {
        parts.push(' ', true);
    }
    Line { number, parts: parts.0 }
}

/// The part of a line to show: all of it, or `columns` columns, a quarter of them before the mark. Looks
/// at no more of the line than that: a line can have a hundred megabytes.
fn window(text: &str, mark: usize, columns: usize) -> (usize, usize) {
    let within = |text: &str| text.len() <= columns || text.len() <= columns * 4 && width(text) <= columns;
    if within(text) {
        return (0, text.len());
    }
    let mut mark = mark.min(text.len());
    while !text.is_char_boundary(mark) {
        mark -= 1;
    }
    let (before, after) = text.split_at(mark);
    let mut room = columns / 4;
    let mut from = mark;
    for (index, c) in before.char_indices().rev() {
        let Some(rest) = room.checked_sub(char_width(c)) else { break };
        (room, from) = (rest, index);
    }
    let mut room = columns.saturating_sub(columns / 4 - room);
    let mut to = mark;
    for (index, c) in after.char_indices() {
        let Some(rest) = room.checked_sub(char_width(c)) else { break };
        (room, to) = (rest, mark + index + c.len_utf8());
    }
    (from, to)
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn run(&mut self, marked: bool) -> &mut String {
        if self.0.last().is_none_or(|part| part.marked != marked) {
            self.0.push(Part { text: String::new(), marked });
        }
        let last = self.0.len() - 1;
        &mut self.0[last].text
    }

    fn push(&mut self, c: char, marked: bool) {
        self.run(marked).push(c);
    }

    fn push_str(&mut self, text: &str, marked: bool) {
        self.run(marked).push_str(text);
    }
}

#[cfg(test)]
#[path = "excerpt_tests.rs"]
mod tests;
