//! What can be calculated with (`arithmetic.go`).

use ironhull_value::{Quantity, format_duration, parse_duration};

use super::fail;
use crate::error::Error;
use crate::go::number::{general, to_float, to_int};
use crate::term::{Term, View};

/// A number, a quantity, or a duration in nanoseconds. A text that is a quantity is one, even `1m`.
pub(super) enum Operand {
    Scalar(f64),
    Quantity(Quantity),
    Duration(i64),
}

impl Operand {
    pub(super) fn of(term: &Term<'_>, function: &str) -> Result<Self, Error> {
        match term.view() {
            View::Number(number) => return Ok(Self::Scalar(number)),
            View::Text(text) => {
                if let Ok(quantity) = Quantity::parse(text) {
                    return Ok(Self::Quantity(quantity));
                }
                if let Ok(duration) = parse_duration(text) {
                    return Ok(Self::Duration(duration));
                }
            }
            _ => {}
        }
        Err(fail::generic(function, "invalid operand"))
    }
}

/// A number as a quantity, read from how Go prints it.
pub(super) fn quantity_of(number: f64) -> Result<Quantity, Error> {
    Quantity::parse(&general(number)).map_err(|error| Error::Function(error.to_string()))
}

pub(super) fn duration<'a>(nanoseconds: i64) -> Term<'a> {
    Term::text(format_duration(nanoseconds))
}

/// `Duration.Seconds`: the fraction is added to the whole seconds.
pub(super) fn seconds(nanoseconds: i64) -> f64 {
    to_float(nanoseconds / 1_000_000_000) + to_float(nanoseconds % 1_000_000_000) / 1e9
}

/// A duration of so many seconds.
pub(super) fn of_seconds<'a>(seconds: f64) -> Term<'a> {
    duration(to_int(seconds * 1e9))
}

/// A quantity, if the result of exact arithmetic is not too long to be written.
pub(super) fn quantity<'a>(result: Option<Quantity>, function: &str) -> Result<Term<'a>, Error> {
    match result {
        Some(quantity) => Ok(Term::text(quantity.canonical())),
        None => Err(fail::generic(function, "the result has too many digits")),
    }
}
