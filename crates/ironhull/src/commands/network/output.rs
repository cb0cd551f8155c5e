//! `-o FORMAT[=FILE]` for answers about the network, which are not findings.

use std::path::PathBuf;
use std::str::FromStr;

use crate::output::{print, write_file};

/// A form of an answer. Not every command has every form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Md,
    Csv,
    Json,
    Dot,
    Svg,
    Html,
}

impl Form {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Text, "text"),
        (Self::Md, "md"),
        (Self::Csv, "csv"),
        (Self::Json, "json"),
        (Self::Dot, "dot"),
        (Self::Svg, "svg"),
        (Self::Html, "html"),
    ];

    /// As it is typed.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(form, _)| *form == self).map_or("", |(_, name)| name)
    }
}

/// A form and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct To {
    pub(super) form: Form,
    /// None for standard output.
    file: Option<PathBuf>,
}

impl To {
    /// Whether it leaves standard output alone.
    pub(super) fn has_file(&self) -> bool {
        self.file.is_some()
    }
}

impl To {
    /// To standard output.
    pub(super) fn standard(form: Form) -> Self {
        Self { form, file: None }
    }
}

impl FromStr for To {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("the file name behind `=` is missing".to_owned()),
            Some((name, "-")) => (name, None),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        // `txt` is what netpol-analyzer calls it.
        let name = if name == "txt" { "text" } else { name };
        let found = Form::ALL.into_iter().find(|(_, own)| *own == name);
        let (form, _) = found.ok_or_else(|| {
            let names: Vec<&str> = Form::ALL.iter().map(|(_, name)| *name).collect();
            format!("unknown format {name:?}; there are {}", names.join(", "))
        })?;
        Ok(Self { form, file })
    }
}

/// Writes an answer in every form that was asked for; as text if none was.
pub(super) fn write_all(
    wanted: &[To],
    mut answer: impl FnMut(Form) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let default = [To { form: Form::Text, file: None }];
    let wanted = if wanted.is_empty() { &default } else { wanted };
    for to in wanted {
        let mut text = answer(to.form)?;
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        match &to.file {
            Some(file) => write_file(file, &text)?,
            None => print(&text)?,
        }
    }
    Ok(())
}
