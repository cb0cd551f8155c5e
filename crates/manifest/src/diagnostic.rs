//! What is wrong with a text.

use crate::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something was not read.
    Error,
    /// Everything was read, but not as the author may think.
    Warning,
}

/// The kinds of problems, stable for tests and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The syntax is broken; this document was not read.
    Syntax,
    /// A value that YAML can say but JSON, and so the Kubernetes API, cannot.
    NotJson,
    /// A limit of size, depth or aliases was reached.
    Limit,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The bytes are not text.
    Binary,
    /// Two entries of one object have the same key; the last one counts.
    DuplicateKey,
    /// kubectl does not read this part of the file.
    IgnoredByKubectl,
    /// kubectl refuses what follows `---` on the same line.
    BadSeparator,
}

/// A problem with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem.
    pub code: Code,
    /// Error or warning.
    pub level: Level,
    /// One sentence: what was found, and what was expected where that helps.
    pub message: String,
    /// Where.
    pub span: Span,
}

impl Diagnostic {
    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, level: Level::Error, message: message.into(), span }
    }

    pub(crate) fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, level: Level::Warning, message: message.into(), span }
    }
}
