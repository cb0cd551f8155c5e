//! `image_normalize`.

use super::fail;
use crate::Image;
use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::text;
use crate::program::Call;
use crate::term::Term;

/// The name with its registry, and a tag or a digest.
pub(in crate::functions) fn image_normalize<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let image = text(arguments, 0);
    machine.step(image.len())?;
    match Image::parse(&image, &machine.env.images) {
        Ok(image) => Ok(Term::text(image.to_string())),
        Err(why) => Err(fail::generic("image_normalize", why)),
    }
}
