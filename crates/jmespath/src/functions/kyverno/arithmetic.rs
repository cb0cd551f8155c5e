//! Arithmetic on numbers, quantities and durations. Only what goes together is calculated.

use ironhull_value::{Quantity, Value};

use super::fail::{self, generic, mismatch};
use super::operand::{Operand, duration, of_seconds, quantity, quantity_of, seconds};
use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::{get, items, number};
use crate::go::number::{to_float, to_int};
use crate::program::Call;
use crate::term::Term;

const ZERO: &str = "Zero divisor passed";
const FRACTION: &str = "Non-integer argument(s) passed for modulo";

pub(in crate::functions) fn add<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    sum_of(get(arguments, 0), get(arguments, 1), "add")
}

/// Of at least one element; a single one stays what it is.
pub(in crate::functions) fn sum<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let mut items = items(arguments, 0).iter();
    let Some(first) = items.next() else {
        return Err(generic("sum", "at least one element in the array is required"));
    };
    let mut total = Term::Own(first.clone());
    for item in items {
        machine.step(4)?;
        total = sum_of(&total, &Term::Own(Value::clone(item)), "sum")?;
    }
    Ok(total)
}

fn sum_of<'a>(left: &Term<'a>, right: &Term<'a>, function: &str) -> Result<Term<'a>, Error> {
    match (Operand::of(left, function)?, Operand::of(right, function)?) {
        (Operand::Scalar(left), Operand::Scalar(right)) => Ok(Term::Number(left + right)),
        (Operand::Quantity(left), Operand::Quantity(right)) => quantity(left.plus(&right), function),
        (Operand::Duration(left), Operand::Duration(right)) => Ok(duration(left.wrapping_add(right))),
        _ => Err(mismatch(function)),
    }
}

pub(in crate::functions) fn subtract<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    match operands(arguments, "subtract")? {
        (Operand::Scalar(left), Operand::Scalar(right)) => Ok(Term::Number(left - right)),
        (Operand::Quantity(left), Operand::Quantity(right)) => quantity(left.minus(&right), "subtract"),
        (Operand::Duration(left), Operand::Duration(right)) => Ok(duration(left.wrapping_sub(right))),
        _ => Err(mismatch("subtract")),
    }
}

pub(in crate::functions) fn multiply<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    match operands(arguments, "multiply")? {
        (Operand::Scalar(left), Operand::Scalar(right)) => Ok(Term::Number(left * right)),
        (Operand::Quantity(amount), Operand::Scalar(factor))
        | (Operand::Scalar(factor), Operand::Quantity(amount)) => {
            quantity(amount.times(&quantity_of(factor)?), "multiply")
        }
        (Operand::Duration(amount), Operand::Scalar(factor))
        | (Operand::Scalar(factor), Operand::Duration(amount)) => Ok(of_seconds(seconds(amount) * factor)),
        _ => Err(mismatch("multiply")),
    }
}

pub(in crate::functions) fn divide<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let not_zero = |divisor: f64| if divisor == 0.0 { Err(generic("divide", ZERO)) } else { Ok(divisor) };
    match operands(arguments, "divide")? {
        (Operand::Scalar(left), Operand::Scalar(right)) => Ok(Term::Number(left / not_zero(right)?)),
        (Operand::Quantity(left), Operand::Quantity(right)) => {
            Ok(Term::Number(left.as_f64() / not_zero(right.as_f64())?))
        }
        (Operand::Quantity(left), Operand::Scalar(right)) => {
            quantity(left.divided(&quantity_of(not_zero(right)?)?), "divide")
        }
        (Operand::Duration(left), Operand::Duration(right)) => {
            Ok(Term::Number(seconds(left) / not_zero(seconds(right))?))
        }
        (Operand::Duration(left), Operand::Scalar(right)) => Ok(of_seconds(seconds(left) / not_zero(right)?)),
        _ => Err(mismatch("divide")),
    }
}

pub(in crate::functions) fn modulo<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    match operands(arguments, "modulo")? {
        (Operand::Scalar(left), Operand::Scalar(right)) => {
            Ok(Term::Number(to_float(remainder(whole(left)?, whole(right)?)?)))
        }
        (Operand::Quantity(left), Operand::Quantity(right)) => {
            let rest = remainder(whole(left.as_f64())?, whole(right.as_f64())?)?;
            quantity(Some(Quantity::whole(rest, left.format())), "modulo")
        }
        (Operand::Duration(left), Operand::Duration(right)) => Ok(duration(remainder(left, right)?)),
        _ => Err(mismatch("modulo")),
    }
}

fn remainder(left: i64, right: i64) -> Result<i64, Error> {
    match right {
        0 => Err(generic("modulo", ZERO)),
        // The one remainder that overflows, as Go has it.
        -1 => Ok(0),
        _ => Ok(left.checked_rem(right).unwrap_or_default()),
    }
}

fn whole(number: f64) -> Result<i64, Error> {
    let whole = to_int(number);
    #[expect(clippy::float_cmp, reason = "this asks whether the conversion was exact")]
    let is_exact = to_float(whole) == number;
    if is_exact { Ok(whole) } else { Err(generic("modulo", FRACTION)) }
}

/// Half away from zero. Upstream leaves the numbers out of one of its messages.
pub(in crate::functions) fn round<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let places = fail::whole(number(arguments, 1))
        .map_err(|_| generic("round", "Non-integer argument(s) passed for round off"))?;
    if places < 0 {
        return Err(generic("round", "%!d(MISSING) argument is out of bounds (%!d(MISSING))"));
    }
    let shift = crate::go::number::power_of_ten(places);
    Ok(Term::Number((number(arguments, 0) * shift).round() / shift))
}

fn operands(arguments: &[Term<'_>], function: &str) -> Result<(Operand, Operand), Error> {
    Ok((Operand::of(get(arguments, 0), function)?, Operand::of(get(arguments, 1), function)?))
}
