//! The one table of functions, a part for each group.

use super::parameter::Type::{Any, Array, ArrayNumber, ArrayString, Number, Object, Reference, String};
use super::signature::Origin::{Both, StandardOnly};
use super::signature::{Function, Origin, Run};
use super::standard::{by, lists, numbers, objects, strings, types};
use super::{Parameter, Type};

/// Every function of either dialect.
pub(super) fn all() -> impl Iterator<Item = &'static Function> {
    STANDARD.iter()
}

/// A row of the table.
pub(super) const fn row(
    name: &'static str,
    parameters: &'static [Parameter],
    returns: &'static str,
    origin: Origin,
    run: Run,
    about: &'static str,
) -> Function {
    Function { name, parameters, is_variadic: false, returns, about, origin, run }
}

pub(super) const fn one_of(types: &'static [Type]) -> Parameter {
    Parameter(types)
}

pub(super) const ANY: Parameter = Parameter(&[Any]);
pub(super) const NUMBER: Parameter = Parameter(&[Number]);
pub(super) const STRING: Parameter = Parameter(&[String]);
pub(super) const ARRAY: Parameter = Parameter(&[Array]);
pub(super) const OBJECT: Parameter = Parameter(&[Object]);
const NUMBERS: Parameter = Parameter(&[ArrayNumber]);
const STRINGS: Parameter = Parameter(&[ArrayString]);
const REFERENCE: Parameter = Parameter(&[Reference]);
const NUMBERS_OR_STRINGS: Parameter = Parameter(&[ArrayNumber, ArrayString]);

#[rustfmt::skip]
static STANDARD: [Function; 26] = [
    row("abs", &[NUMBER], "number", Both, numbers::abs, "The number without its sign."),
    row("avg", &[NUMBERS], "number", Both, numbers::avg, "The mean of the numbers."),
    row("ceil", &[NUMBER], "number", Both, numbers::ceil, "The next whole number, upwards."),
    row("contains", &[one_of(&[Array, String]), ANY], "boolean", Both, lists::contains, "Whether a list has the element, or a string the part."),
    row("ends_with", &[STRING, STRING], "boolean", Both, strings::ends_with, "Whether the first string ends with the second."),
    row("floor", &[NUMBER], "number", Both, numbers::floor, "The next whole number, downwards."),
    row("join", &[STRING, STRINGS], "string", Both, strings::join, "The strings of the list with the first argument between them."),
    row("keys", &[OBJECT], "array", Both, objects::keys, "The keys of the object, in order."),
    row("length", &[one_of(&[String, Array, Object])], "number", Both, lists::length, "The number of characters, elements or members."),
    row("map", &[REFERENCE, ARRAY], "array", Both, by::map, "What the expression makes of each element, nulls included."),
    row("max", &[NUMBERS_OR_STRINGS], "any", Both, lists::max, "The greatest element; null for an empty list."),
    row("max_by", &[ARRAY, REFERENCE], "any", Both, by::max_by, "The element for which the expression is greatest."),
    variadic(row("merge", &[OBJECT], "object", Both, objects::merge, "All members of all objects; of equal keys the last one stays.")),
    row("min", &[NUMBERS_OR_STRINGS], "any", Both, lists::min, "The least element; null for an empty list."),
    row("min_by", &[ARRAY, REFERENCE], "any", Both, by::min_by, "The element for which the expression is least."),
    variadic(row("not_null", &[ANY], "any", Both, types::not_null, "The first argument that is not null.")),
    row("reverse", &[one_of(&[Array, String])], "any", Both, lists::reverse, "The list or string from its end."),
    row("sort", &[one_of(&[ArrayString, ArrayNumber])], "array", Both, lists::sort, "The elements in ascending order."),
    row("sort_by", &[ARRAY, REFERENCE], "array", Both, by::sort_by, "The elements in ascending order of what the expression makes of them."),
    row("starts_with", &[STRING, STRING], "boolean", Both, strings::starts_with, "Whether the first string begins with the second."),
    row("sum", &[NUMBERS], "number", StandardOnly, numbers::sum, "The sum of the numbers."),
    row("to_array", &[ANY], "array", Both, types::to_array, "A list as it is, anything else as the only element of one."),
    row("to_number", &[ANY], "number", Both, types::to_number, "The number that a string is; null for what is none."),
    row("to_string", &[ANY], "string", Both, types::to_string, "A string as it is, anything else as JSON."),
    row("type", &[ANY], "string", Both, types::kind, "The name of the type."),
    row("values", &[OBJECT], "array", Both, objects::values, "The values of the object, in the order of their keys."),
];

const fn variadic(mut function: Function) -> Function {
    function.is_variadic = true;
    function
}
