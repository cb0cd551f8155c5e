//! An answer that is no list of findings: lines, with what each is made of below it.
//!
//! Lives here: the tree, and one module for each of its formats. Never lives here: what a line says.

mod html;
mod json;
mod markdown;
mod text;

use ironhull_value::Value;

use crate::Style;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// What it is about, for the page that a browser shows.
    pub title: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line, and what it is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// What kind of thing it tells, for programs.
    pub kind: &'static str,
    /// Whether that holds.
    pub mark: Mark,
    /// What it says.
    pub text: String,
    /// Where that is written: what there (`policy`, `resource`), and `file:line:column`.
    pub places: Vec<(&'static str, String)>,
    /// The same for programs.
    pub facts: Vec<(&'static str, Value)>,
    /// Whether this is what decided.
    pub decides: bool,
    /// Whether only somebody sees it who wants to see everything.
    pub is_folded: bool,
    /// What it is made of.
    pub lines: Vec<Line>,
}

/// What a line says of the thing that it tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mark {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It was not asked, or does not count.
    Aside,
    /// It just is.
    #[default]
    Plain,
    /// It comes in.
    Added,
    /// It goes away.
    Removed,
}

/// A format of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
    /// For the comment on a pull request.
    Markdown,
    /// One file for a browser.
    Html,
}

impl Line {
    /// A line of a kind.
    pub fn new(kind: &'static str, mark: Mark, text: impl Into<String>) -> Self {
        Self { kind, mark, text: text.into(), ..Self::default() }
    }

    /// With lines below it.
    #[must_use]
    pub fn with(self, lines: Vec<Self>) -> Self {
        Self { lines, ..self }
    }

    /// With a place, if there is one.
    #[must_use]
    pub fn at(mut self, what: &'static str, place: Option<String>) -> Self {
        self.places.extend(place.map(|place| (what, place)));
        self
    }

    /// With a fact for programs.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    /// Seen only by those who want to see everything.
    #[must_use]
    pub fn folded(self) -> Self {
        Self { is_folded: true, ..self }
    }

    /// As that what decided, or not.
    #[must_use]
    pub fn deciding(self, decides: bool) -> Self {
        Self { decides, ..self }
    }
}

impl Mark {
    /// The sign of it.
    fn sign(self) -> &'static str {
        match self {
            Self::Yes => "✓",
            Self::No => "✗",
            Self::Aside => "–",
            Self::Plain => "",
            Self::Added => "+",
            Self::Removed => "-",
        }
    }

    /// The name of it, for programs.
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Yes => Some("yes"),
            Self::No => Some("no"),
            Self::Aside => Some("aside"),
            Self::Plain => None,
            Self::Added => Some("added"),
            Self::Removed => Some("removed"),
        }
    }
}

impl Outline {
    /// The answer in a format. `full` shows what is folded; programs and browsers get everything anyway.
    pub fn render(&self, form: Form, style: Style, full: bool) -> String {
        match form {
            Form::Text => text::render(&self.lines, style, full),
            Form::Json => json::render(self),
            Form::Markdown => markdown::render(self, full),
            Form::Html => html::render(self),
        }
    }
}

/// Lines by themselves as text, so deep below others.
pub fn text(lines: &[Line], style: Style, full: bool, depth: usize) -> String {
    text::below(lines, style, full, depth)
}

/// Lines by themselves, as values for a larger answer.
pub fn values(lines: &[Line]) -> Value {
    json::lines(lines)
}

#[cfg(test)]
mod tests;
