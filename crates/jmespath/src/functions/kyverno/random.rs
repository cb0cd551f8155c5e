//! Random strings.

use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::text;
use crate::go::regex::{Chance, generate};
use crate::program::Call;
use crate::term::Term;

/// A string that matches the pattern, which is in the plain syntax: no `\d`, no `(?…)`.
pub(in crate::functions) fn random<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let pattern = text(arguments, 0);
    if pattern.is_empty() {
        return Err(Error::Function("no pattern provided".into()));
    }
    generate(&pattern, machine).map(Term::text)
}

impl Chance for Machine<'_, '_, '_> {
    type Error = Error;

    fn number(&mut self) -> Result<u64, Error> {
        let fill = self.env.random.as_mut().ok_or(Error::Unavailable("randomness"))?;
        let mut bytes = [0; 8];
        fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Error> {
        self.step(1)?;
        self.charge(bytes.saturating_mul(4))
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::Function(message)
    }
}
