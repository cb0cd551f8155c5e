//! Regular expressions, wildcards, labels.

use ironhull_value::wildcard_match;

use super::fail;
use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::{get, text};
use crate::go::number::short_plain;
use crate::go::regex::Pattern;
use crate::program::Call;
use crate::term::{Term, View};

pub(in crate::functions) fn regex_replace_all<'a>(
    machine: &mut Machine<'a, '_, '_>,
    call: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    replaced(machine, call, arguments, "regex_replace_all", |pattern, captures, template, into| {
        pattern.expand(template, captures, into);
    })
}

pub(in crate::functions) fn regex_replace_all_literal<'a>(
    machine: &mut Machine<'a, '_, '_>,
    call: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    replaced(machine, call, arguments, "regex_replace_all_literal", |_, _, template, into| {
        into.push_str(template);
    })
}

fn replaced<'a>(
    machine: &mut Machine<'a, '_, '_>,
    call: &'a Call,
    arguments: &[Term<'a>],
    name: &str,
    write: impl Fn(&Pattern, &regex::Captures<'_>, &str, &mut String),
) -> Result<Term<'a>, Error> {
    let source = printed(arguments, 1).ok_or_else(|| fail::argument(name, 2, "String or Real"))?;
    let template = printed(arguments, 2).ok_or_else(|| fail::argument(name, 3, "String or Real"))?;
    machine.step(source.len())?;
    machine.charge(source.len())?;
    let replace = |pattern: &Pattern| {
        pattern.replace_all(&source, |pattern, captures, into| {
            let before = into.len();
            write(pattern, captures, &template, into);
            machine.charge(into.len().saturating_sub(before))
        })
    };
    with_pattern(call, arguments, replace).map_err(|error| fail::generic(name, error))?.map(Term::text)
}

pub(in crate::functions) fn regex_match<'a>(
    machine: &mut Machine<'a, '_, '_>,
    call: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let source = printed(arguments, 1).ok_or_else(|| fail::argument("regex_match", 2, "String or Real"))?;
    machine.step(source.len())?;
    let found = with_pattern(call, arguments, |pattern| pattern.is_match(&source));
    found.map(Term::bool).map_err(Error::Function)
}

pub(in crate::functions) fn pattern_match<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let source = printed(arguments, 1).ok_or_else(|| fail::argument("regex_match", 2, "String or Real"))?;
    let pattern = text(arguments, 0);
    // The worst case of the matcher.
    machine.step(pattern.len().saturating_mul(source.len()) / 8)?;
    Ok(Term::bool(wildcard_match(&pattern, &source)))
}

/// Whether the second object has every member of the first.
pub(in crate::functions) fn label_match<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (View::Map(labels), View::Map(found)) = (get(arguments, 0).view(), get(arguments, 1).view()) else {
        return Err(fail::argument("label_match", 0, "Object"));
    };
    for (key, value) in labels.iter() {
        let is_equal = match found.get(key) {
            Some(other) => machine.equal_trees(other, value, machine.depth())?,
            None => false,
        };
        if !is_equal {
            return Ok(Term::bool(false));
        }
    }
    Ok(Term::bool(true))
}

/// Uses the pattern of the first argument, which is compiled once where it is written in the expression.
fn with_pattern<'a, T>(
    call: &'a Call,
    arguments: &[Term<'a>],
    use_it: impl FnOnce(&Pattern) -> T,
) -> Result<T, String> {
    if !call.is_constant {
        return Pattern::compile(&text(arguments, 0)).map(|pattern| use_it(&pattern));
    }
    let pattern = call.pattern.get_or_init(|| Pattern::compile(&text(arguments, 0)));
    pattern.as_ref().map(use_it).map_err(Clone::clone)
}

/// A string, or a number rounded to 32 bits (`ifaceToString`).
fn printed(arguments: &[Term<'_>], index: usize) -> Option<String> {
    match get(arguments, index).view() {
        View::Text(_) | View::Bytes(_) => Some(text(arguments, index).into_owned()),
        View::Number(number) => Some(short_plain(number)),
        _ => None,
    }
}
