//! Types and conversions.
#![expect(clippy::unnecessary_wraps, reason = "all functions have one type")]

use ironhull_value::Value;

use crate::Dialect;
use crate::error::{Error, Limit};
use crate::evaluate::Machine;
use crate::functions::arguments::get;
use crate::functions::signature::word;
use crate::go::{json, number};
use crate::program::Call;
use crate::term::{Term, View};

/// What is none of JSON's types, upstream has no word for.
pub(in crate::functions) fn kind<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let argument = get(arguments, 0);
    match argument.view() {
        View::GoInt(_) | View::Reference(_) => Err(Error::Function("unknown type".into())),
        _ => Ok(Term::text(word(argument))),
    }
}

pub(in crate::functions) fn to_array<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let argument = get(arguments, 0);
    if let View::Array(_) = argument.view() {
        return Ok(argument.clone());
    }
    Ok(Term::Own(vec![machine.value(argument.clone())?].into()))
}

/// Strings stay; the rest becomes JSON, in Go with `<`, `>` and `&` escaped.
pub(in crate::functions) fn to_string<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let argument = get(arguments, 0);
    let value = match argument {
        Term::Number(number) if !number.is_finite() => {
            return Err(Error::Function(format!("json: unsupported value: {}", number::general(*number))));
        }
        // Without the sign of zero and the digits of an integer that does not fit, this is `to_json`.
        Term::Number(number) => return Ok(Term::text(number::to_json(*number))),
        Term::Ref(Value::Str(_)) | Term::Own(Value::Str(_)) | Term::Bytes(_) => return Ok(argument.clone()),
        other => machine.value(other.clone())?,
    };
    let is_go = machine.dialect == Dialect::Kyverno;
    let text = json::encode(&value, is_go, machine.depth()).ok_or(Error::Limit(Limit::Depth))?;
    machine.charge(text.len())?;
    machine.step(text.len() / 16)?;
    Ok(Term::text(text))
}

/// Null for what is no number.
pub(in crate::functions) fn to_number<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let argument = get(arguments, 0);
    match argument.view() {
        View::Number(_) => Ok(argument.clone()),
        View::Text(text) => {
            let number = match machine.dialect {
                Dialect::Standard => json::decode(text).ok().filter(|value| value.as_f64().is_some()),
                Dialect::Kyverno => return Ok(number::parse(text).map_or(Term::NULL, Term::Number)),
            };
            Ok(number.map_or(Term::NULL, Term::Own))
        }
        View::GoInt(_) | View::Reference(_) => Err(Error::Function("unknown type".into())),
        _ => Ok(Term::NULL),
    }
}

pub(in crate::functions) fn not_null<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    Ok(arguments.iter().find(|argument| !argument.is_null()).cloned().unwrap_or(Term::NULL))
}
