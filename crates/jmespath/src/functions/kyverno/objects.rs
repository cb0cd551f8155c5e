//! Objects and lists.

use ironhull_value::{Key, MapBuilder, Value};

use super::fail;
use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::{get, items, text};
use crate::go::number::short_plain;
use crate::program::Call;
use crate::term::{Term, View};

/// By key in an object, by index in a list; null for what is not there.
pub(in crate::functions) fn lookup<'a>(
    _: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (input, key) = (get(arguments, 0), get(arguments, 1));
    match (input.view(), key.view()) {
        (View::Map(_), View::Text(key)) => Ok(input.member(key).unwrap_or(Term::NULL)),
        (View::Map(_), View::Bytes(_)) => Ok(Term::NULL),
        (View::Map(_), _) => Err(fail::argument("lookup", 2, "String")),
        (View::Array(_), View::Number(index)) => {
            let index = fail::whole(index)
                .map_err(|error| fail::generic("lookup", format!("argument #2: {error}")))?;
            Ok(usize::try_from(index).ok().and_then(|index| input.item(index)).unwrap_or(Term::NULL))
        }
        (View::Array(_), _) => Err(fail::argument("lookup", 2, "Number")),
        _ => Err(fail::argument("lookup", 1, "Object or Array")),
    }
}

/// An object for each member or element, with its key or index and its value under the names given.
pub(in crate::functions) fn pairs<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let (key_name, value_name) = (Key::new(&text(arguments, 1)), Key::new(&text(arguments, 2)));
    let mut pairs = Vec::new();
    let mut push = |key: Value, value: &Value| {
        machine.charge(size_of::<Value>().saturating_mul(5))?;
        let mut pair = MapBuilder::default();
        pair.insert(key_name.clone(), key);
        pair.insert(value_name.clone(), value.clone());
        pairs.push(Value::Map(pair.finish()));
        Ok::<(), Error>(())
    };
    match get(arguments, 0).view() {
        View::Map(map) => {
            for (key, value) in map.iter() {
                push(key.as_str().into(), value)?;
            }
        }
        View::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                push(Value::Int(i64::try_from(index).unwrap_or(i64::MAX)), value)?;
            }
        }
        _ => return Err(fail::argument("items", 1, "Object or Array")),
    }
    Ok(Term::Own(pairs.into()))
}

/// Keys without a value get null, values without a key are left out.
pub(in crate::functions) fn object_from_lists<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let values = items(arguments, 1);
    let mut map = MapBuilder::default();
    for (index, key) in items(arguments, 0).iter().enumerate() {
        machine.charge(size_of::<Value>().saturating_mul(3))?;
        let key = match View::of(key) {
            View::Text(text) => Key::new(text),
            View::Number(number) => Key::new(&short_plain(number)),
            View::Bool(value) => Key::new(if value { "true" } else { "false" }),
            _ => return Err(fail::argument("object_from_lists", 1, "StringArray")),
        };
        map.insert(key, values.get(index).cloned().unwrap_or_default());
    }
    Ok(Term::Own(Value::Map(map.finish())))
}
