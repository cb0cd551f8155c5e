//! Strings.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one type")]

use std::cmp::Ordering;

use ironhull_value::Value;

use super::fail;
use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::{bytes, number, text};
use crate::go::number::to_int;
use crate::go::{path, strings};
use crate::program::Call;
use crate::term::Term;

/// -1, 0 or 1, as an `int` of Go.
pub(in crate::functions) fn compare<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(Term::GoInt(match bytes(arguments, 0).cmp(bytes(arguments, 1)) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

pub(in crate::functions) fn equal_fold<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (left, right) = (text(arguments, 0), text(arguments, 1));
    machine.step(left.len() / 16)?;
    Ok(Term::bool(strings::equal_fold(&left, &right)))
}

/// So many times, always where the number is negative.
pub(in crate::functions) fn replace<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let count = usize::try_from(to_int(number(arguments, 3))).unwrap_or(usize::MAX);
    replaced(machine, arguments, count)
}

pub(in crate::functions) fn replace_all<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    replaced(machine, arguments, usize::MAX)
}

fn replaced<'a>(
    machine: &mut Machine<'a, '_, '_>,
    arguments: &[Term<'a>],
    count: usize,
) -> Result<Term<'a>, Error> {
    let (text, old, new) = (text(arguments, 0), text(arguments, 1), text(arguments, 2));
    machine.step(text.len() / 16)?;
    let matches = text.matches(&*old).take(count).count();
    machine.charge(matches.saturating_mul(new.len()).saturating_add(text.len()))?;
    Ok(Term::text(text.replacen(&*old, &new, count)))
}

pub(in crate::functions) fn to_upper<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let text = text(arguments, 0);
    machine.charge(text.len())?;
    Ok(Term::text(strings::to_upper(&text)))
}

pub(in crate::functions) fn to_lower<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let text = text(arguments, 0);
    machine.charge(text.len())?;
    Ok(Term::text(strings::to_lower(&text)))
}

pub(in crate::functions) fn trim<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (text, cutset) = (text(arguments, 0), text(arguments, 1));
    machine.step(text.len().saturating_mul(cutset.len()) / 64)?;
    machine.charge(text.len())?;
    Ok(Term::text(text.trim_matches(|character| cutset.contains(character))))
}

pub(in crate::functions) fn trim_prefix<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let text = text(arguments, 0);
    machine.charge(text.len())?;
    let prefix = super::super::arguments::text(arguments, 1);
    Ok(Term::text(text.strip_prefix(&*prefix).unwrap_or(&text)))
}

pub(in crate::functions) fn split<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (text, separator) = (text(arguments, 0), text(arguments, 1));
    let mut parts: Vec<Value> = Vec::new();
    for part in strings::split(&text, &separator) {
        machine.charge(part.len().saturating_add(size_of::<Value>()))?;
        parts.push(part.into());
    }
    Ok(Term::Own(parts.into()))
}

pub(in crate::functions) fn to_boolean<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let text = text(arguments, 0);
    match strings::to_lower(&text).as_str() {
        "true" => Ok(Term::bool(true)),
        "false" => Ok(Term::bool(false)),
        _ => {
            let what = format!("lowercase argument must be 'true' or 'false' (provided: '{text}')");
            Err(fail::generic("to_boolean", what))
        }
    }
}

pub(in crate::functions) fn path_canonicalize<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let text = text(arguments, 0);
    machine.charge(text.len())?;
    Ok(Term::text(path::join(&text)))
}

/// So many characters from the start; none for a negative number, or one beyond 64 bits.
pub(in crate::functions) fn truncate<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let text = text(arguments, 0);
    let length = usize::try_from(to_int(number(arguments, 1))).unwrap_or_default();
    machine.charge(text.len())?;
    let end = text.char_indices().nth(length).map_or(text.len(), |(at, _)| at);
    Ok(Term::text(text.get(..end).unwrap_or_default()))
}
