//! What the terminal can show.

use std::env;
use std::io::{IsTerminal, stdout};

use ironhull_report::Style;

use crate::cli::When;

/// Colours and width of standard output. `--color` wins, then `NO_COLOR`, then `CLICOLOR_FORCE`, then
/// whether it is a terminal.
pub(crate) fn style(when: When) -> Style {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let color = match when {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR") => false,
        When::Auto
            if set("CLICOLOR_FORCE") && env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0") =>
        {
            true
        }
        When::Auto => stdout().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    };
    let columns = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let width = columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)));
    Style { color, width: width.unwrap_or(100).clamp(40, 240) }
}
