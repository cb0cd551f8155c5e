//! What looks like a secret. Pure functions over text, shared by the rules of this area.
//!
//! Two ways lead to a hit: the value has the form of a known credential, wherever it stands; or the name
//! says secret and the value could be one. A value that is a placeholder, a reference, a path, a URL, a
//! truth value or a number never is. In doubt it is none: a false alarm costs more than it finds.
//!
//! Nothing here keeps or formats a value; hits carry names and lines only.

mod base64;
mod forms;
mod lines;
mod names;
#[cfg(test)]
mod tests;
mod values;

pub(super) use base64::decode;
pub(super) use forms::known_form;
pub(super) use lines::in_file;
pub(super) use values::{is_placeholder, is_public};

/// Why something is taken for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its name says so.
    Name,
    /// It has the form of this: `an AWS access key id`.
    Form(&'static str),
}

/// Whether a value under a name is a secret.
pub(super) fn literal(name: &str, value: &str) -> Option<Why> {
    if let Some(form) = known_form(value) {
        return Some(Why::Form(form.what));
    }
    let says = names::says(name)?;
    values::could_be_secret(value, says).then_some(Why::Name)
}
