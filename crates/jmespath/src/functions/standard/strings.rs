//! Strings.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one type")]

use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::{bytes, items, text};
use crate::program::Call;
use crate::term::Term;

pub(in crate::functions) fn starts_with<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::bool(bytes(arguments, 0).starts_with(bytes(arguments, 1))))
}

pub(in crate::functions) fn ends_with<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::bool(bytes(arguments, 0).ends_with(bytes(arguments, 1))))
}

pub(in crate::functions) fn join<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let separator = text(arguments, 0);
    let mut joined = String::new();
    for (index, item) in items(arguments, 1).iter().enumerate() {
        let item = item.as_str().unwrap_or_default();
        machine.charge(separator.len().saturating_add(item.len()))?;
        if index > 0 {
            joined.push_str(&separator);
        }
        joined.push_str(item);
    }
    Ok(Term::text(joined))
}
