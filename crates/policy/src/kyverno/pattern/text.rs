//! Texts in leafs: `>= 5 & < 10 | nginx:*`.

use std::borrow::Cow;
use std::cmp::Ordering;

use ironhull_value::{Quantity, Value, contains_wildcard, parse_duration, wildcard_match};

use super::operator::{Comparison, Operation, operation};
use crate::kyverno::go_number::write_exponent;

/// A text of a pattern: alternatives of conditions that must all hold.
#[derive(Clone, Debug)]
pub(in crate::kyverno) struct TextPattern {
    /// A string that equals it always matches.
    pub(in crate::kyverno) whole: Box<str>,
    pub(in crate::kyverno) alternatives: Vec<Vec<Condition>>,
}

#[derive(Clone, Debug)]
pub(in crate::kyverno) enum Condition {
    Compare(Comparison, Operand),
    /// Both ends.
    Within(Operand, Operand),
    Outside(Operand, Operand),
}

/// What a value is compared with: as a duration if both are one, else as a quantity if both are one, else as
/// a text.
#[derive(Clone, Debug)]
pub(in crate::kyverno) struct Operand {
    pub(in crate::kyverno) text: Box<str>,
    pub(in crate::kyverno) duration: Option<i64>,
    pub(in crate::kyverno) quantity: Option<Quantity>,
    pub(in crate::kyverno) wildcard: bool,
}

impl TextPattern {
    pub(in crate::kyverno) fn compile(text: &str) -> Self {
        // Only the space is trimmed here; around operands it is any blank.
        let parts =
            |text: &str| text.split('&').map(|part| Condition::compile(part.trim_matches(' '))).collect();
        let alternatives = text.split('|').map(|part| parts(part.trim_matches(' '))).collect();
        Self { whole: text.into(), alternatives }
    }

    pub(in crate::kyverno) fn matches(&self, value: &Value) -> bool {
        value.as_str() == Some(&self.whole)
            || self.alternatives.iter().any(|all| all.iter().all(|condition| condition.holds(value)))
    }
}

impl Condition {
    fn compile(text: &str) -> Self {
        match operation(text) {
            Operation::Compare(comparison, operand) => Self::Compare(comparison, Operand::compile(operand)),
            Operation::InRange(first, last) => Self::Within(Operand::compile(first), Operand::compile(last)),
            Operation::NotInRange(first, last) => {
                Self::Outside(Operand::compile(first), Operand::compile(last))
            }
        }
    }

    pub(in crate::kyverno) fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Compare(comparison, operand) => operand.compare(value, *comparison),
            Self::Within(first, last) => {
                first.compare(value, Comparison::MoreEqual) && last.compare(value, Comparison::LessEqual)
            }
            Self::Outside(first, last) => {
                first.compare(value, Comparison::Less) || last.compare(value, Comparison::More)
            }
        }
    }
}

impl Operand {
    fn compile(text: &str) -> Self {
        Self {
            text: text.into(),
            duration: parse_duration(text).ok(),
            quantity: Quantity::parse(text).ok(),
            wildcard: contains_wildcard(text),
        }
    }

    pub(in crate::kyverno) fn compare(&self, value: &Value, comparison: Comparison) -> bool {
        if let Some(wanted) = self.duration
            && let Some(found) = duration_of(value)
        {
            return comparison.accepts(found.cmp(&wanted));
        }
        if let Some(wanted) = &self.quantity
            && let Some(found) = quantity_of(value)
        {
            return comparison.accepts(found.cmp(wanted));
        }
        let negated = match comparison {
            Comparison::Equal => false,
            Comparison::NotEqual => true,
            // Texts have no order.
            _ => return false,
        };
        // What has no text, like null, is neither equal nor different.
        text_of(value).is_some_and(|text| self.matches_text(&text) != negated)
    }

    fn matches_text(&self, text: &str) -> bool {
        if self.wildcard { wildcard_match(&self.text, text) } else { *self.text == *text }
    }
}

impl Comparison {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::More => ordering.is_gt(),
            Self::Less => ordering.is_lt(),
            Self::MoreEqual => ordering.is_ge(),
            Self::LessEqual => ordering.is_le(),
        }
    }
}

/// Nanoseconds. Upstream writes numbers out and reads them again, and the only number without a unit that is
/// a duration is `0`; null counts as that.
fn duration_of(value: &Value) -> Option<i64> {
    match value {
        Value::Null | Value::Int(0) => Some(0),
        Value::Str(text) => parse_duration(text).ok(),
        // A float is written with six decimals, so not even zero is one.
        _ => None,
    }
}

fn quantity_of(value: &Value) -> Option<Quantity> {
    match value {
        Value::Null => Some(Quantity::from_int(0)),
        Value::Int(number) => Some(Quantity::from_int(*number)),
        Value::Float(number) => Quantity::parse(&format!("{number:.6}")).ok(),
        Value::Str(text) => Quantity::parse(text).ok(),
        Value::Bool(_) | Value::Array(_) | Value::Map(_) => None,
    }
}

fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Str(text) => Cow::Borrowed(text),
        Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Value::Int(number) => Cow::Owned(number.to_string()),
        Value::Float(number) => {
            let mut text = String::new();
            write_exponent(&mut text, *number, 'E').ok()?;
            Cow::Owned(text)
        }
        Value::Null | Value::Array(_) | Value::Map(_) => return None,
    })
}
