//! Objects.

use ironhull_value::{Map, MapBuilder, Value};

use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::Type;
use crate::functions::arguments::get;
use crate::functions::signature::wrong_type;
use crate::program::Call;
use crate::term::{Term, View};

pub(in crate::functions) fn keys<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let map = object(arguments);
    machine.charge(map.len().saturating_mul(size_of::<Value>()))?;
    Ok(Term::Own(map.keys().map(|key| Value::from(key.as_str())).collect::<Vec<_>>().into()))
}

pub(in crate::functions) fn values<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let map = object(arguments);
    machine.charge(map.len().saturating_mul(size_of::<Value>()))?;
    Ok(Term::Own(map.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>().into()))
}

/// Later objects win. Upstream panics on anything but objects.
pub(in crate::functions) fn merge<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let mut merged = MapBuilder::default();
    for argument in arguments {
        let View::Map(map) = argument.view() else { return Err(wrong_type(argument, &[Type::Object])) };
        machine.charge(map.len().saturating_mul(size_of::<[Value; 2]>()))?;
        for (key, value) in map.iter() {
            merged.insert(key.clone(), value.clone());
        }
    }
    Ok(Term::Own(Value::Map(merged.finish())))
}

fn object(arguments: &[Term<'_>]) -> Map {
    if let View::Map(map) = get(arguments, 0).view() { map.clone() } else { Map::default() }
}
