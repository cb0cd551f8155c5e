//! Answers that are findings, in the formats of a scan.

use ironhull_report::{Format, Report, Style, render};

use crate::cli::Global;
use crate::output::{Output, print, write_file};
use crate::terminal;

/// The outputs that were asked for; text if none was.
pub(super) fn outputs(typed: &[Output]) -> anyhow::Result<Vec<Output>> {
    crate::commands::scan::outputs(typed)
}

/// Writes a report in every form that was asked for.
pub(super) fn show(report: &Report, outputs: &[Output], global: &Global) -> anyhow::Result<()> {
    show_with(report, outputs, global, |_| None)
}

/// The same, where `own` has another text for a format.
pub(super) fn show_with(
    report: &Report,
    outputs: &[Output],
    global: &Global,
    own: impl Fn(Format) -> Option<String>,
) -> anyhow::Result<()> {
    let style = terminal::style(global.color);
    for output in outputs {
        let text = |style: Style| own(output.format).unwrap_or_else(|| render(report, output.format, style));
        match &output.file {
            None => print(&text(style))?,
            Some(file) => write_file(file, &text(Style { color: false, ..style }))?,
        }
    }
    Ok(())
}
