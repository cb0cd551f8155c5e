//! Lists, and what works on strings as well.

use std::cmp::Ordering;

use ironhull_value::Value;

use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::{get, items, text};
use crate::go::number;
use crate::program::Call;
use crate::term::{Term, View};

/// Characters of a string, elements of a list, members of an object. A byte of Go that is no character
/// counts as one.
pub(in crate::functions) fn length<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let length = match get(arguments, 0).view() {
        View::Array(items) => items.len(),
        View::Map(map) => map.len(),
        _ => {
            let text = text(arguments, 0);
            machine.step(text.len() / 64)?;
            text.chars().count()
        }
    };
    Ok(Term::Number(number::to_float(i64::try_from(length).unwrap_or(i64::MAX))))
}

/// Lists of lists are compared by value; there upstream panics.
pub(in crate::functions) fn contains<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let wanted = get(arguments, 1);
    if let View::Array(items) = get(arguments, 0).view() {
        for item in items {
            if machine.equal(&Term::Own(item.clone()), wanted)? {
                return Ok(Term::bool(true));
            }
        }
        return Ok(Term::bool(false));
    }
    let View::Text(_) = wanted.view() else { return Ok(Term::bool(false)) };
    let searched = text(arguments, 0);
    machine.step(searched.len() / 64)?;
    Ok(Term::bool(searched.contains(&*text(arguments, 1))))
}

pub(in crate::functions) fn reverse<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    if let View::Array(items) = get(arguments, 0).view() {
        machine.charge(items.len().saturating_mul(size_of::<Value>()))?;
        return Ok(Term::Own(items.iter().rev().cloned().collect::<Vec<_>>().into()));
    }
    let text = text(arguments, 0);
    machine.charge(text.len())?;
    Ok(Term::text(text.chars().rev().collect::<String>()))
}

pub(in crate::functions) fn max<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    best(machine, arguments, Ordering::Greater)
}

pub(in crate::functions) fn min<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    best(machine, arguments, Ordering::Less)
}

/// The first of the best.
fn best<'a>(
    machine: &mut Machine<'a, '_, '_>,
    arguments: &[Term<'a>],
    wanted: Ordering,
) -> Result<Term<'a>, Error> {
    let items = items(arguments, 0);
    machine.step(items.len())?;
    let mut best: Option<&Value> = None;
    for item in items {
        if best.is_none_or(|best| order(item, best) == wanted) {
            best = Some(item);
        }
    }
    Ok(best.map_or(Term::NULL, |best| Term::Own(best.clone())))
}

pub(in crate::functions) fn sort<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let mut sorted = items(arguments, 0).to_vec();
    machine.step(sorted.len().saturating_mul(16))?;
    machine.charge(sorted.len().saturating_mul(size_of::<Value>()))?;
    sorted.sort_by(order);
    Ok(Term::Own(sorted.into()))
}

/// Numbers by value, strings by bytes. A tree holds no NaN, so this is a total order on either.
pub(super) fn order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Str(left), Value::Str(right)) => left.cmp(right),
        _ => left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal),
    }
}
