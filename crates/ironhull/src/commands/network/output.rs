//! `-o FORMAT[=FILE]` for answers about the network, which are not findings.

use std::path::PathBuf;
use std::str::FromStr;

use ironhull_network::Format;
use ironhull_network::picture::{DotFlavour, Options, Picture, dot, html, svg};

use crate::output::{print, write_file};

/// A form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Written(Format),
    Drawn(Drawing),
}

/// A form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drawing {
    Dot,
    Svg,
    Html,
}

impl Drawing {
    /// Draws a picture.
    pub(super) fn of(self, picture: &Picture, options: &Options) -> String {
        match self {
            Self::Dot => dot(picture, DotFlavour::default()),
            Self::Svg => svg(picture, options),
            Self::Html => html(picture, options),
        }
    }
}

impl Form {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Written(Format::Text), "text"),
        (Self::Written(Format::Markdown), "md"),
        (Self::Written(Format::Csv), "csv"),
        (Self::Written(Format::Json), "json"),
        (Self::Drawn(Drawing::Dot), "dot"),
        (Self::Drawn(Drawing::Svg), "svg"),
        (Self::Drawn(Drawing::Html), "html"),
    ];
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

    /// To standard output.
    pub(super) fn standard(form: Form) -> Self {
        Self { form, file: None }
    }

    /// Writes an answer there.
    pub(super) fn write(&self, mut text: String) -> anyhow::Result<()> {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        match &self.file {
            Some(file) => write_file(file, &text),
            None => print(&text),
        }
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

/// Writes an answer in every form that was asked for; as text if none was. It is drawn once.
pub(super) fn write_all(
    wanted: &[To],
    options: &Options,
    mut answer: impl FnMut(Format) -> String,
    picture: impl FnOnce() -> Picture,
) -> anyhow::Result<()> {
    let default = [To::standard(Form::Written(Format::Text))];
    let wanted = if wanted.is_empty() { &default } else { wanted };
    let drawn = wanted.iter().any(|to| matches!(to.form, Form::Drawn(_))).then(picture);
    for to in wanted {
        to.write(match (to.form, &drawn) {
            (Form::Written(format), _) => answer(format),
            (Form::Drawn(drawing), Some(picture)) => drawing.of(picture, options),
            (Form::Drawn(_), None) => unreachable!("a picture was made where one is wanted"),
        })?;
    }
    Ok(())
}
