//! The forms in which answers are written; pictures are drawn by [`crate::picture`].

/// A form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a pull request.
    Markdown,
    /// Comma-separated values.
    Csv,
    /// For programs.
    Json,
}
