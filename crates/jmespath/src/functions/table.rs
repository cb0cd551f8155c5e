//! The one table of functions, a part for each group.

use super::kyverno::{
    arithmetic, encoding, image, matching, objects as pairs, random, semver, strings as texts, times, url,
    x509,
};
use super::parameter::Type::{Any, Array, ArrayNumber, ArrayString, Number, Object, Reference, String};
use super::signature::Origin::{Both, KyvernoOnly, StandardOnly};
use super::signature::{Function, Origin, Run};
use super::standard::{by, lists, numbers, objects, strings, types};
use super::{Parameter, Type};

/// Every function of either dialect.
pub(super) fn all() -> impl Iterator<Item = &'static Function> {
    STANDARD.iter().chain(&KYVERNO)
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

const STRING_OR_NUMBER: Parameter = Parameter(&[String, Number]);
const OBJECT_OR_ARRAY: Parameter = Parameter(&[Object, Array]);

/// A row for Kyverno's dialect.
const fn kyverno(
    name: &'static str,
    parameters: &'static [Parameter],
    returns: &'static str,
    run: Run,
    about: &'static str,
) -> Function {
    row(name, parameters, returns, KyvernoOnly, run, about)
}

#[rustfmt::skip]
static KYVERNO: [Function; 51] = [
    kyverno("add", &[ANY, ANY], "any", arithmetic::add, "The sum of two numbers, quantities or durations."),
    kyverno("base64_decode", &[STRING], "string", encoding::base64_decode, "What a base64 text encodes."),
    kyverno("base64_encode", &[STRING], "string", encoding::base64_encode, "The string in base64."),
    kyverno("compare", &[STRING, STRING], "number", texts::compare, "-1, 0 or 1 for the order of two strings; an integer of Go, which equals no number."),
    kyverno("divide", &[ANY, ANY], "any", arithmetic::divide, "The quotient of numbers, of quantities, of durations, or of either of those by a number."),
    kyverno("equal_fold", &[STRING, STRING], "bool", texts::equal_fold, "Whether two strings are equal but for their case."),
    kyverno("image_normalize", &[STRING], "string", image::image_normalize, "The name of an image with registry and tag."),
    kyverno("is_external_url", &[STRING], "bool", url::is_external_url, "Whether no address of the host of a URL is loopback or private; may ask the name service."),
    kyverno("items", &[OBJECT_OR_ARRAY, STRING, STRING], "array", pairs::pairs, "An object for each member or element, with its key and its value under the names given."),
    kyverno("label_match", &[OBJECT, OBJECT], "bool", matching::label_match, "Whether the second object has every member of the first."),
    kyverno("lookup", &[OBJECT_OR_ARRAY, STRING_OR_NUMBER], "any", pairs::lookup, "The member with that key, or the element with that index."),
    kyverno("md5", &[STRING], "string", encoding::md5, "The MD5 digest in hexadecimal."),
    kyverno("modulo", &[ANY, ANY], "any", arithmetic::modulo, "The remainder of whole numbers, whole quantities or durations."),
    kyverno("multiply", &[ANY, ANY], "any", arithmetic::multiply, "The product of numbers, or of a quantity or duration and a number."),
    kyverno("object_from_lists", &[ARRAY, ARRAY], "object", pairs::object_from_lists, "An object of a list of keys and a list of values."),
    kyverno("parse_json", &[STRING], "any", encoding::parse_json, "What a JSON text says."),
    kyverno("parse_yaml", &[STRING], "any", encoding::parse_yaml, "What the first document of a YAML text says."),
    kyverno("path_canonicalize", &[STRING], "string", texts::path_canonicalize, "The shortest path that means the same."),
    kyverno("pattern_match", &[STRING, STRING_OR_NUMBER], "bool", matching::pattern_match, "Whether a text matches a pattern with `*` and `?`."),
    kyverno("random", &[STRING], "string", random::random, "A random string that matches a regular expression."),
    kyverno("regex_match", &[STRING, STRING_OR_NUMBER], "bool", matching::regex_match, "Whether a regular expression matches anywhere in a text."),
    kyverno("regex_replace_all", &[STRING, STRING_OR_NUMBER, STRING_OR_NUMBER], "string", matching::regex_replace_all, "The text with every match replaced; `$1` and `${name}` stand for groups."),
    kyverno("regex_replace_all_literal", &[STRING, STRING_OR_NUMBER, STRING_OR_NUMBER], "string", matching::regex_replace_all_literal, "The text with every match replaced, as it is written."),
    kyverno("replace", &[STRING, STRING, STRING, NUMBER], "string", texts::replace, "The string with a part replaced so many times; everywhere for a negative number."),
    kyverno("replace_all", &[STRING, STRING, STRING], "string", texts::replace_all, "The string with a part replaced everywhere."),
    kyverno("round", &[NUMBER, NUMBER], "number", arithmetic::round, "The number rounded to so many decimal places."),
    kyverno("semver_compare", &[STRING, STRING], "bool", semver::semver_compare, "Whether a version is in a range."),
    kyverno("sha1", &[STRING], "string", encoding::sha1, "The SHA-1 digest in hexadecimal."),
    kyverno("sha256", &[STRING], "string", encoding::sha256, "The SHA-256 digest in hexadecimal."),
    kyverno("split", &[STRING, STRING], "array[string]", texts::split, "The parts of the first string between the second; its characters where that is empty."),
    kyverno("subtract", &[ANY, ANY], "any", arithmetic::subtract, "The difference of two numbers, quantities or durations."),
    kyverno("sum", &[ARRAY], "any", arithmetic::sum, "The sum of a list of numbers, quantities or durations."),
    kyverno("time_add", &[STRING, STRING], "string", times::time_add, "The time so long after another."),
    kyverno("time_after", &[STRING, STRING], "bool", times::time_after, "Whether the first time is after the second."),
    kyverno("time_before", &[STRING, STRING], "bool", times::time_before, "Whether the first time is before the second."),
    kyverno("time_between", &[STRING, STRING, STRING], "bool", times::time_between, "Whether the first time is after the second and before the third."),
    kyverno("time_diff", &[STRING, STRING], "string", times::time_diff, "The duration from the first time to the second."),
    kyverno("time_now", &[], "string", times::time_now, "The time now."),
    kyverno("time_now_utc", &[], "string", times::time_now_utc, "The time now in UTC."),
    kyverno("time_parse", &[STRING, STRING], "string", times::time_parse, "A time read by a layout of Go; a layout that is a number means seconds since 1970."),
    kyverno("time_since", &[STRING, STRING, STRING], "string", times::time_since, "The duration between two times of a layout; an empty second time is now."),
    kyverno("time_to_cron", &[STRING], "string", times::time_to_cron, "The time as a schedule of cron."),
    kyverno("time_truncate", &[STRING, STRING], "string", times::time_truncate, "The time rounded down to a multiple of a duration."),
    kyverno("time_utc", &[STRING], "string", times::time_utc, "The same time in UTC."),
    kyverno("to_boolean", &[STRING], "bool", texts::to_boolean, "The truth value that a string names, in any case."),
    kyverno("to_lower", &[STRING], "string", texts::to_lower, "The string in lower case."),
    kyverno("to_upper", &[STRING], "string", texts::to_upper, "The string in upper case."),
    kyverno("trim", &[STRING, STRING], "string", texts::trim, "The first string without the characters of the second at its ends."),
    kyverno("trim_prefix", &[STRING, STRING], "string", texts::trim_prefix, "The first string without the second at its start."),
    kyverno("truncate", &[STRING, NUMBER], "string", texts::truncate, "So many characters from the start of the string."),
    kyverno("x509_decode", &[STRING], "object", x509::x509_decode, "The fields of a certificate or certificate request in PEM, with an RSA key."),
];
