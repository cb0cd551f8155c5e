//! Pictures in the forms that pictures have.

use anyhow::bail;
use ironhull_network::picture::{DotFlavour, Options, Picture, dot, html, svg};

use super::output::Form;

/// Draws a picture.
pub(super) fn draw(picture: &Picture, form: Form, options: &Options) -> anyhow::Result<String> {
    Ok(match form {
        Form::Dot => dot(picture, DotFlavour::default()),
        Form::Svg => svg(picture, options),
        Form::Html => html(picture, options),
        other => bail!("{} is not a form of pictures; there are dot, svg and html", other.name()),
    })
}
