//! Findings in every output format.
//!
//! Lives here: the [`Report`], which is everything that a scan found out, and one module for each format,
//! a pure function from a report to text; the [`outline`] of an answer that has no findings; what no output
//! shows.
//!
//! Never lives here: an opinion about a finding, a terminal, a file.

mod cause;
mod csv;
mod excerpt;
mod grid;
mod html;
mod json;
pub mod junit;
mod markdown;
mod mask;
mod mask_text;
mod model;
pub mod outline;
mod paint;
mod plain;
mod remedy;
mod sarif;
mod snippet;
mod summary;
mod table;
mod text;
mod text_full;
mod xml;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use grid::{Align, Grid};
pub use json::{SCHEMA_ID, schema};
pub use mask::{HIDDEN, is_hidden, masked};
pub use model::{Format, InputCounts, NotEvaluated, Report, Style, Undecided};

/// The report in a format. `style` matters to text and tables alone.
pub fn render(report: &Report, format: Format, style: Style) -> String {
    match format {
        Format::Text => text::render(report, style),
        Format::TextFull => text_full::render(report, style),
        Format::Table => table::render(report, style),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Junit => junit::render(report),
        Format::Markdown => markdown::render(report),
        Format::Html => html::render(report),
        Format::Csv => csv::render(report),
    }
}
