//! A page with the picture.

use super::model::{Options, Picture};

/// Draws a picture as a page.
pub fn html(picture: &Picture, options: &Options) -> String {
    super::svg::svg(picture, options)
}
