//! Functions that apply an expression to each element.

use std::cmp::Ordering;

use ironhull_value::Value;

use super::lists::order;
use crate::Dialect;
use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::{get, items, reference};
use crate::program::{Call, NodeId};
use crate::term::Term;

pub(in crate::functions) fn map<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let Some(node) = reference(arguments, 0) else { return Ok(Term::NULL) };
    let list = get(arguments, 1);
    let mut mapped = Vec::with_capacity(items(arguments, 1).len());
    for index in 0..items(arguments, 1).len() {
        let element = list.item(index).unwrap_or(Term::NULL);
        let term = machine.lenient(node, &element)?;
        mapped.push(machine.value(term)?);
    }
    Ok(Term::Own(mapped.into()))
}

pub(in crate::functions) fn max_by<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    best(machine, arguments, Ordering::Greater)
}

pub(in crate::functions) fn min_by<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    best(machine, arguments, Ordering::Less)
}

/// The element with the first of the best keys. A single element is not even looked at upstream.
fn best<'a>(
    machine: &mut Machine<'a, '_, '_>,
    arguments: &[Term<'a>],
    wanted: Ordering,
) -> Result<Term<'a>, Error> {
    let list = get(arguments, 0);
    let length = items(arguments, 0).len();
    if length == 0 || length == 1 && machine.dialect == Dialect::Kyverno {
        return Ok(list.item(0).unwrap_or(Term::NULL));
    }
    let keys = keys(machine, arguments, |first| match first {
        Value::Str(_) => "invalid type, must be string",
        _ => "invalid type, must be number",
    })?;
    let mut best: Option<(usize, &Value)> = None;
    for (index, key) in keys.iter().enumerate() {
        if best.is_none_or(|(_, best)| order(key, best) == wanted) {
            best = Some((index, key));
        }
    }
    Ok(best.and_then(|(index, _)| list.item(index)).unwrap_or(Term::NULL))
}

/// Stable. The input stays as it is, which upstream's does not.
pub(in crate::functions) fn sort_by<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let items = items(arguments, 0);
    if items.is_empty() || items.len() == 1 && machine.dialect == Dialect::Kyverno {
        return Ok(get(arguments, 0).clone());
    }
    machine.step(items.len().saturating_mul(16))?;
    machine.charge(items.len().saturating_mul(size_of::<[Value; 2]>()))?;
    let keys = keys(machine, arguments, |_| "error in sort_by comparison")?;
    let mut pairs: Vec<(&Value, &Value)> = keys.iter().zip(items).collect();
    pairs.sort_by(|(left, _), (right, _)| order(left, right));
    Ok(Term::Own(pairs.into_iter().map(|(_, item)| item.clone()).collect::<Vec<_>>().into()))
}

/// What the expression makes of each element: all numbers, or all strings. The message is for a list that
/// has both or something else.
fn keys<'a>(
    machine: &mut Machine<'a, '_, '_>,
    arguments: &[Term<'a>],
    mixed: impl Fn(&Value) -> &'static str,
) -> Result<Vec<Value>, Error> {
    let Some(node) = reference(arguments, 1) else { return Ok(Vec::new()) };
    let mut keys: Vec<Value> = Vec::with_capacity(items(arguments, 0).len());
    for index in 0..items(arguments, 0).len() {
        let key = key(machine, get(arguments, 0), index, node)?;
        let is_alike = match keys.first() {
            None => matches!(key, Value::Int(_) | Value::Float(_) | Value::Str(_)),
            Some(first) => {
                is_text(first) == is_text(&key)
                    && !matches!(key, Value::Null | Value::Bool(_) | Value::Array(_) | Value::Map(_))
            }
        };
        if !is_alike {
            let message = keys.first().map_or("invalid type, must be number of string", &mixed);
            return Err(Error::InvalidType(message.into()));
        }
        keys.push(key);
    }
    Ok(keys)
}

fn key<'a>(
    machine: &mut Machine<'a, '_, '_>,
    list: &Term<'a>,
    index: usize,
    node: NodeId,
) -> Result<Value, Error> {
    let element = list.item(index).unwrap_or(Term::NULL);
    let term = machine.lenient(node, &element)?;
    machine.value(term)
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Str(_))
}
