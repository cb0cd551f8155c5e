//! Writing: data to standard output or files, everything else to standard error.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use ironhull_report::{Format, Style};

/// A format and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// None for standard output.
    pub(crate) file: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("the file name behind `=` is missing".to_owned()),
            Some((format, "-")) => (format, None),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self { format: format.parse()?, file })
    }
}

/// The formats of a command whose answers are no findings.
pub(crate) trait Named: Copy + 'static {
    /// All of them, by their names.
    const ALL: &'static [(Self, &'static str)];
}

/// One of these formats and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct To<F> {
    pub(crate) form: F,
    /// None for standard output.
    pub(crate) file: Option<PathBuf>,
}

impl<F: Named> FromStr for To<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("the file name behind `=` is missing".to_owned()),
            Some((name, "-")) => (name, None),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let found = F::ALL.iter().find(|(_, own)| *own == name);
        let (form, _) = found.ok_or_else(|| {
            let names: Vec<&str> = F::ALL.iter().map(|(_, name)| *name).collect();
            format!("`{name}` is no format here; use one of {}", names.join(", "))
        })?;
        Ok(Self { form: *form, file })
    }
}

/// Writes an answer in every form that was asked for; in the first one if none was. Colours are for standard
/// output alone.
pub(crate) fn write_all<F: Named>(
    wanted: &[To<F>],
    style: Style,
    mut answer: impl FnMut(F, Style) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let standard = wanted.iter().filter(|to| to.file.is_none()).count();
    anyhow::ensure!(standard < 2, "only one output can go to standard output; give the others a file");
    for to in wanted {
        match &to.file {
            None => print(&answer(to.form, style)?)?,
            Some(file) => write_file(file, &answer(to.form, Style { color: false, ..style })?)?,
        }
    }
    match F::ALL.first() {
        Some((first, _)) if wanted.is_empty() => print(&answer(*first, style)?),
        _ => Ok(()),
    }
}

/// Writes to standard output. That nobody reads it any more (`| head`) is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("writing to standard output")
        }
        _ => Ok(()),
    }
}

/// Writes a file as a whole.
pub(crate) fn write_file(file: &PathBuf, text: &str) -> anyhow::Result<()> {
    if let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
    }
    fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}

/// A line for the person at the terminal.
pub(crate) fn notice(quiet: bool, text: &str) {
    if !quiet {
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// The line that ends a failed command.
pub(crate) fn error_line(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "error: {error:#}");
}
