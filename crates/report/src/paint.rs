//! Colours of a terminal.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style as Ansi};
use ironhull_finding::Severity;

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    pub(crate) color: bool,
}

const fn fg(color: AnsiColor) -> Ansi {
    Ansi::new().fg_color(Some(anstyle::Color::Ansi(color)))
}

const BOLD: Ansi = Ansi::new().bold();
const DIM: Ansi = Ansi::new().dimmed();

impl Paint {
    pub(crate) fn severity<T: Display>(self, severity: Severity, text: T) -> Painted<T> {
        let style = match severity {
            Severity::Critical => fg(AnsiColor::BrightRed).bold(),
            Severity::High => fg(AnsiColor::Red),
            Severity::Medium => fg(AnsiColor::Yellow),
            Severity::Low => fg(AnsiColor::Cyan),
            Severity::Info => DIM,
        };
        self.with(style, text)
    }

    pub(crate) fn bold<T: Display>(self, text: T) -> Painted<T> {
        self.with(BOLD, text)
    }

    /// What matters less.
    pub(crate) fn dim<T: Display>(self, text: T) -> Painted<T> {
        self.with(DIM, text)
    }

    /// What to do.
    pub(crate) fn good<T: Display>(self, text: T) -> Painted<T> {
        self.with(fg(AnsiColor::Green), text)
    }

    /// What is in the way.
    pub(crate) fn bad<T: Display>(self, text: T) -> Painted<T> {
        self.with(fg(AnsiColor::Red), text)
    }

    fn with<T>(self, style: Ansi, text: T) -> Painted<T> {
        Painted { style: self.color.then_some(style), text }
    }
}

/// Text in a style.
pub(crate) struct Painted<T> {
    style: Option<Ansi>,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => {
                write!(f, "{style}")?;
                self.text.fmt(f)?;
                write!(f, "{style:#}")
            }
            None => self.text.fmt(f),
        }
    }
}
