//! Certificates.

use crate::error::Error;
use crate::evaluate::Machine;
use crate::program::Call;
use crate::term::Term;

pub(in crate::functions) fn x509_decode<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    _: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Err(Error::Unavailable("x509"))
}
