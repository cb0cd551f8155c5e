//! One scalar of a pattern.

use ironhull_value::{Map, Value};

use super::cel::{Truth, quote, wildcard};
use super::types::Known;
use crate::kyverno::pattern::leaf::{Leaf, Test};
use crate::kyverno::pattern::operator::Comparison;
use crate::kyverno::pattern::text::{Condition, Operand, TextPattern};

type Made = Result<Truth, String>;

/// Whether the value of an expression, which is there, matches a leaf: of a list each item must. What the value
/// is that is not there says [`Leaf::matches`] of null.
pub(super) fn leaf(value: &str, leaf: &Leaf, known: Known, items: Known) -> Made {
    match known {
        Known::Map => Ok(Truth::Const(leaf.matches(&Value::Map(Map::default())))),
        Known::List => each(value, leaf, items),
        Known::Anything => {
            let one = scalar(value, leaf, known)?;
            let each = each(value, leaf, items)?;
            let is_list = is_a(value, "list");
            Ok(Truth::any([Truth::all([is_list.clone(), each]), Truth::all([is_list.not(), one])]))
        }
        scalar_type => scalar(value, leaf, scalar_type),
    }
}

fn each(value: &str, leaf: &Leaf, items: Known) -> Made {
    Ok(Truth::each(value, "item", scalar("item", leaf, items)?, true))
}

/// Whether a value is of a type.
pub(super) fn is_a(value: &str, kind: &str) -> Truth {
    Truth::compare(&format!("type({value})"), "==", kind)
}

/// A value that is no list.
fn scalar(value: &str, leaf: &Leaf, known: Known) -> Made {
    let is = |wanted: bool, truth: Truth| if wanted { truth } else { Truth::NO };
    let may = |one: Known| known == one || known == Known::Anything;
    let of_type = |one: Known, name: &str, truth: Truth| {
        if known == one || truth.is_no() { truth } else { Truth::all([is_a(value, name), truth]) }
    };
    let equals = |literal: &str| Truth::compare(value, "==", literal);
    // A value of another type is no error and equals nothing.
    let mut found = vec![
        is(known == Known::Anything && leaf.matches(&Value::Null), equals("null")),
        is(may(Known::Bool) && leaf.matches(&Value::Bool(true)), equals("true")),
        is(may(Known::Bool) && leaf.matches(&Value::Bool(false)), equals("false")),
    ];
    let is_text = known == Known::Text || known == Known::Quantity;
    match &leaf.test {
        Test::Bool(_) | Test::Never | Test::Map => {}
        Test::Null => {
            found.push(is(may(Known::Int), equals("0")));
            found.push(is(may(Known::Text), equals("''")));
        }
        Test::Int(wanted) => {
            found.push(is(may(Known::Int), equals(&wanted.to_string())));
            let sign = match *wanted {
                ..0 => "-",
                0 => "[+-]?",
                _ => "[+]?",
            };
            let digits = quote(&format!("^{sign}0*{}$", wanted.unsigned_abs()));
            let reads = Truth::call(format!("{value}.matches({digits})"));
            let name = if is_text { known } else { Known::Text };
            found.push(is(known == Known::Anything || is_text, of_type(name, "string", reads)));
        }
        Test::Float(wanted) => {
            if known == Known::Anything || is_text {
                return Err(format!("a text that is compared with the number {wanted}"));
            }
            #[expect(clippy::cast_possible_truncation, reason = "whole and small enough")]
            let whole = (wanted.fract() == 0.0 && wanted.abs() < 1e15).then_some(*wanted as i64);
            match whole {
                Some(whole) => found.push(is(may(Known::Int), equals(&whole.to_string()))),
                None if wanted.fract() == 0.0 => return Err(format!("the number {wanted}")),
                None => {}
            }
        }
        Test::Text(pattern) => {
            if may(Known::Int) {
                found.push(of_type(Known::Int, "int", int(value, pattern)?));
            }
            if known == Known::Anything || is_text {
                let name = if is_text { known } else { Known::Text };
                found.push(of_type(name, "string", text(value, pattern, known)?));
            }
        }
    }
    Ok(Truth::any(found))
}

fn alternatives(pattern: &TextPattern, mut compare: impl FnMut(&Operand, Comparison) -> Made) -> Made {
    let mut any = Vec::new();
    for alternative in &pattern.alternatives {
        let mut all = Vec::new();
        for condition in alternative {
            all.push(match condition {
                Condition::Compare(comparison, operand) => compare(operand, *comparison)?,
                Condition::Within(first, last) => Truth::all([
                    compare(first, Comparison::MoreEqual)?,
                    compare(last, Comparison::LessEqual)?,
                ]),
                Condition::Outside(first, last) => {
                    Truth::any([compare(first, Comparison::Less)?, compare(last, Comparison::More)?])
                }
            });
        }
        any.push(Truth::all(all));
    }
    Ok(Truth::any(any))
}

fn int(value: &str, pattern: &TextPattern) -> Made {
    alternatives(pattern, |operand, comparison| {
        let as_text = format!("string({value})");
        match (&operand.duration, &operand.quantity) {
            // Zero is a duration as well, and of what is both zero is on the same side.
            (_, Some(quantity)) => Ok(match quantity.as_i64() {
                Some(whole) => Truth::compare(value, sign(comparison), &whole.to_string()),
                None => by_quantity(&as_text, operand, comparison),
            }),
            // Of numbers only zero is one.
            (Some(_), None) => {
                let of_zero = operand.compare(&Value::Int(0), comparison);
                let zero = Truth::compare(value, "==", "0");
                let other = words(&as_text, operand, comparison);
                Ok(Truth::any([
                    Truth::all([zero.clone(), Truth::Const(of_zero)]),
                    Truth::all([zero.not(), other]),
                ]))
            }
            (None, None) => Ok(words(&as_text, operand, comparison)),
        }
    })
}

fn text(value: &str, pattern: &TextPattern, known: Known) -> Made {
    let found = alternatives(pattern, |operand, comparison| {
        if known == Known::Quantity && operand.quantity.is_some() {
            // A canonical quantity that is a duration too is in minutes or zero; so must this one be.
            let digits = operand.text.strip_suffix('m').unwrap_or(&operand.text);
            if operand.duration.is_none() || digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Ok(by_quantity(value, operand, comparison));
            }
        }
        if operand.duration.is_some() {
            return Err(format!("`{}`, which a text is compared with as a duration", operand.text));
        }
        if operand.quantity.is_some() {
            let is_quantity = Truth::call(format!("isQuantity({value})"));
            return Ok(Truth::any([
                Truth::all([is_quantity.clone(), by_quantity(value, operand, comparison)]),
                Truth::all([is_quantity.not(), words(value, operand, comparison)]),
            ]));
        }
        Ok(words(value, operand, comparison))
    })?;
    // A text that is the pattern itself always matches; mostly it does so anyway.
    let whole: Value = Value::from(&*pattern.whole);
    let does_anyway = pattern.alternatives.iter().any(|all| all.iter().all(|one| one.holds(&whole)));
    if does_anyway || known == Known::Quantity {
        return Ok(found);
    }
    Ok(Truth::any([Truth::compare(value, "==", &quote(&pattern.whole)), found]))
}

fn by_quantity(text: &str, operand: &Operand, comparison: Comparison) -> Truth {
    let compared = format!("quantity({text}).compareTo(quantity({}))", quote(&operand.text));
    Truth::compare(&compared, sign(comparison), "0")
}

/// Texts have no order.
fn words(value: &str, operand: &Operand, comparison: Comparison) -> Truth {
    let is = || {
        if operand.wildcard {
            wildcard(value, &operand.text)
        } else {
            Truth::compare(value, "==", &quote(&operand.text))
        }
    };
    match comparison {
        Comparison::Equal => is(),
        Comparison::NotEqual => is().not(),
        _ => Truth::NO,
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::More => ">",
        Comparison::Less => "<",
        Comparison::MoreEqual => ">=",
        Comparison::LessEqual => "<=",
    }
}
