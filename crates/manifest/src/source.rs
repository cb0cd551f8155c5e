//! A text that was read, and positions in it.

use std::sync::{Arc, OnceLock};

/// A range of bytes in a [`Source`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`; offsets beyond 4 GiB are cut off (`Limits` forbids such files).
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `offset` lies within.
    pub fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }
}

/// A place as editors count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One input: its name for messages, and its text.
#[derive(Debug)]
pub struct Source {
    name: Arc<str>,
    text: Box<str>,
    lines: OnceLock<Vec<u32>>,
    /// Characters before each block of [`BLOCK`] bytes.
    blocks: OnceLock<Vec<u32>>,
}

/// A whole cluster can be one line of JSON. Counting its characters from the start for each position
/// made a report of a thousand findings in 20 MB take seconds; so they are counted by blocks, once.
const BLOCK: usize = 1 << 14;

impl Source {
    /// A source with a display name (a path as the user gave it, or `<stdin>`).
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Box<str>>) -> Self {
        Self { name: name.into(), text: text.into(), lines: OnceLock::new(), blocks: OnceLock::new() }
    }

    /// The display name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty when the span is not inside the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.lines();
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        let column = self.characters(start as usize, end);
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX).saturating_add(1),
        }
    }

    /// The span of a line (from 1) without its line break; empty beyond the end.
    pub fn line_span(&self, line: u32) -> Span {
        let starts = self.lines();
        let index = (line as usize).saturating_sub(1);
        let Some(start) = starts.get(index).copied() else {
            return Span::new(self.text.len(), self.text.len());
        };
        let end = starts.get(index.saturating_add(1)).map_or(self.text.len(), |next| *next as usize);
        let text = self.text.get(start as usize..end).unwrap_or_default();
        let trimmed = text.trim_end_matches(['\n', '\r']).len();
        Span::new(start as usize, (start as usize).saturating_add(trimmed))
    }

    /// Number of lines.
    pub fn line_count(&self) -> u32 {
        u32::try_from(self.lines().len()).unwrap_or(u32::MAX)
    }

    /// The number of characters between two offsets, which stand between characters.
    fn characters(&self, start: usize, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        let count = |from: usize, to: usize| {
            // Every byte but those that continue a character.
            let bytes = bytes.get(from..to).unwrap_or_default();
            bytes.iter().filter(|byte| (**byte & 0b1100_0000) != 0b1000_0000).count()
        };
        if end.saturating_sub(start) <= BLOCK {
            return count(start, end);
        }
        let blocks = self.blocks.get_or_init(|| {
            let mut before = 0_u32;
            (0..bytes.len())
                .step_by(BLOCK)
                .map(|from| {
                    let here = before;
                    let characters = count(from, from.saturating_add(BLOCK).min(bytes.len()));
                    before = before.saturating_add(u32::try_from(characters).unwrap_or(u32::MAX));
                    here
                })
                .collect()
        });
        let before = |offset: usize| {
            let block = offset / BLOCK;
            match blocks.get(block) {
                Some(before) => (*before as usize).saturating_add(count(block.saturating_mul(BLOCK), offset)),
                // The end of a text that fills its last block.
                None => blocks.last().map_or(0, |before| {
                    let from = blocks.len().saturating_sub(1).saturating_mul(BLOCK);
                    (*before as usize).saturating_add(count(from, offset))
                }),
            }
        };
        before(end).saturating_sub(before(start))
    }

    fn lines(&self) -> &[u32] {
        // Computed on the first question: most files have no finding and need no line table.
        self.lines.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0)
                .chain(breaks.map(|at| u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let source = Source::new("x", "aß\n  ü: 1\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(4), Position { line: 2, column: 1 });
        assert_eq!(source.position(8), Position { line: 2, column: 4 });
        assert_eq!(source.slice(source.line_span(2)), "  ü: 1");
    }

    #[test]
    fn columns_of_long_lines_are_counted_the_same() {
        // Characters of one to four bytes, so that blocks begin inside of some.
        let line: String = "aü名🦀".chars().cycle().take(40_000).collect();
        let source = Source::new("x", format!("first\n{line}"));
        for (column, (offset, _)) in line.char_indices().enumerate().step_by(977) {
            let position = source.position(u32::try_from(offset + 6).unwrap());
            assert_eq!(position, Position { line: 2, column: u32::try_from(column + 1).unwrap() });
        }
        let exact = "x".repeat(3 * BLOCK);
        let end = u32::try_from(exact.len()).unwrap();
        let source = Source::new("x", exact);
        assert_eq!(source.position(end), Position { line: 1, column: end + 1 });
    }
}
