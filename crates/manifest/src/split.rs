//! Cutting a stream into documents as `apimachinery`'s `YAMLReader` does: by lines that begin with `---`.

use std::ops::Range;

/// A part of the stream between two separators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Bytes of the part. It begins at its own `---` line only when something other than a comment
    /// follows there, which kubectl refuses.
    pub(crate) range: Range<usize>,
    /// Whether its first line is such a refused separator.
    pub(crate) bad_separator: bool,
}

/// Cuts `text`, whose part before `from` was read already.
pub(crate) fn split(text: &str, from: usize) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut start = from;
    let mut bad_separator = false;
    for line in separators(text, from) {
        let after = text.get(line.start.saturating_add(3)..line.end).unwrap_or_default().trim();
        let refused = !after.is_empty() && !after.starts_with('#');
        // With nothing before it a separator opens its part and stays in it, which matters to a `...` that
        // follows; otherwise it is dropped.
        if line.start > start {
            chunks.push(Chunk { range: start..line.start, bad_separator });
            start = if refused { line.start } else { line.end };
            bad_separator = refused;
        } else {
            start = line.start;
            bad_separator |= refused;
        }
    }
    chunks.push(Chunk { range: start..text.len(), bad_separator });
    chunks.retain(|chunk| {
        let part = text.get(chunk.range.clone()).unwrap_or_default().trim();
        chunk.bad_separator || !part.is_empty() && part != "---"
    });
    chunks
}

/// Lines, with their line break, that begin with `---`.
fn separators(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> {
    let rest = text.get(from..).unwrap_or_default();
    // A byte-order mark may stand before the first separator.
    let head = rest.strip_prefix('\u{feff}').unwrap_or(rest);
    let first = head.starts_with("---").then(|| text.len().saturating_sub(head.len()));
    let others = memchr::memmem::find_iter(rest.as_bytes(), b"\n---")
        .map(move |at| from.saturating_add(at).saturating_add(1));
    first.into_iter().chain(others).map(|start| {
        let tail = text.get(start..).unwrap_or_default().as_bytes();
        let length = memchr::memchr(b'\n', tail).map_or(tail.len(), |at| at.saturating_add(1));
        start..start.saturating_add(length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        split(text, 0).into_iter().map(|chunk| &text[chunk.range]).collect()
    }

    #[test]
    fn separators_may_carry_a_comment() {
        assert_eq!(parts("a: 1\n--- # c\nb: 2\n---   \nc: 3"), ["a: 1\n", "b: 2\n", "c: 3"]);
    }

    #[test]
    fn empty_parts_vanish() {
        assert_eq!(parts("---\n---\n\na: 1\n---\n"), ["\na: 1\n"]);
        assert_eq!(parts("---\n...\n"), ["---\n...\n"]);
        assert_eq!(parts(""), [""; 0]);
    }

    #[test]
    fn content_after_a_separator_is_marked() {
        let chunks = split("a: 1\n--- {b: 2}\n", 0);
        assert_eq!(chunks[1], Chunk { range: 5..16, bad_separator: true });
    }

    #[test]
    fn an_indented_separator_is_text() {
        assert_eq!(parts("a: |\n  x\n  ---\n  y\n"), ["a: |\n  x\n  ---\n  y\n"]);
    }
}
