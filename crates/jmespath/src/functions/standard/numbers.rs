//! Numbers.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one type")]

use crate::Dialect;
use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::{items, number};
use crate::program::Call;
use crate::term::Term;

pub(in crate::functions) fn abs<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::Number(number(arguments, 0).abs()))
}

pub(in crate::functions) fn ceil<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::Number(number(arguments, 0).ceil()))
}

pub(in crate::functions) fn floor<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::Number(number(arguments, 0).floor()))
}

/// Of an empty list, null by the specification, and in Go 0/0, which is not a number.
pub(in crate::functions) fn avg<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let items = items(arguments, 0);
    machine.step(items.len())?;
    if items.is_empty() && machine.dialect == Dialect::Standard {
        return Ok(Term::NULL);
    }
    #[expect(clippy::cast_precision_loss, reason = "no list is so long")]
    let count = items.len() as f64;
    Ok(Term::Number(total(arguments) / count))
}

pub(in crate::functions) fn sum<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    machine.step(items(arguments, 0).len())?;
    Ok(Term::Number(total(arguments)))
}

fn total(arguments: &[Term<'_>]) -> f64 {
    // Not `sum`, which begins at -0.
    items(arguments, 0).iter().filter_map(ironhull_value::Value::as_f64).fold(0.0, |total, item| total + item)
}
