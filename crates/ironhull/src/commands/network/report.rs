//! Answers that are findings, in the formats of a scan, and as pictures.

use std::str::FromStr;

use anyhow::bail;
use ironhull_network::picture::{Options, Picture};
use ironhull_report::{Format, Report, Style, render};

use super::output::{Drawing, Form, To, write_all};
use crate::cli::Global;
use crate::output::{Output, print, write_file};
use crate::terminal;

/// A form of findings and where it goes. A page is that of findings, not that of a picture.
#[derive(Clone, Debug)]
pub(super) enum Shown {
    Report(Output),
    Picture(To),
}

impl Shown {
    /// Whether it lists what passed.
    pub(super) fn lists_passes(&self) -> bool {
        matches!(self, Self::Report(output) if output.format == Format::Junit)
    }

    fn has_file(&self) -> bool {
        match self {
            Self::Report(output) => output.file.is_some(),
            Self::Picture(to) => to.has_file(),
        }
    }
}

impl FromStr for Shown {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<To>() {
            Ok(to) if matches!(to.form, Form::Drawn(Drawing::Dot | Drawing::Svg)) => Ok(Self::Picture(to)),
            _ => text.parse().map(Self::Report).map_err(|why: String| format!("{why}; or dot, svg")),
        }
    }
}

/// Writes a report in every form that was asked for, as text if none was. `own` may have another text for a
/// format.
pub(super) fn show(
    report: &Report,
    wanted: &[Shown],
    global: &Global,
    own: impl Fn(Format) -> Option<String>,
    picture: impl Fn() -> Picture,
) -> anyhow::Result<()> {
    if wanted.iter().filter(|one| !one.has_file()).count() > 1 {
        bail!("only one output can go to standard output; give the others a file: `-o sarif=report.sarif`");
    }
    let default = [Shown::Report(Output { format: Format::Text, file: None })];
    let style = terminal::style(global.color);
    for one in if wanted.is_empty() { &default } else { wanted } {
        let output = match one {
            Shown::Report(output) => output,
            Shown::Picture(to) => {
                write_all(std::slice::from_ref(to), &Options::default(), |_| String::new(), &picture)?;
                continue;
            }
        };
        let text = |style: Style| own(output.format).unwrap_or_else(|| render(report, output.format, style));
        match &output.file {
            None => print(&text(style))?,
            Some(file) => write_file(file, &text(Style { color: false, ..style }))?,
        }
    }
    Ok(())
}
