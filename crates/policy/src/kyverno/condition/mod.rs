//! Conditions: what `preconditions` and `deny.conditions` do with a key, an operator and a value, as Kyverno
//! 1.19 does it.
//!
//! Lives here: the operators. Never lives here: variables, which are replaced before, and how conditions are
//! put together with `any` and `all`.
//!
//! Source: `pkg/engine/variables/operator` of Kyverno.

mod duration;
mod equality;
mod membership;
mod numeric;
#[cfg(test)]
mod tests;

use ironhull_value::Value;

/// An operator of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `Equals` or `Equal`
    Equals,
    /// `NotEquals` or `NotEqual`
    NotEquals,
    /// Deprecated: every item of the key is in the value, without wildcards where the key is a list.
    In,
    /// Any item of the key is in the value.
    AnyIn,
    /// Every item of the key is in the value.
    AllIn,
    /// Deprecated: some item of the key is not in the value.
    NotIn,
    /// Some item of the key is not in the value.
    AnyNotIn,
    /// No item of the key is in the value.
    AllNotIn,
    /// By order: numbers, durations, quantities or versions.
    Ordered(Order),
    /// Deprecated `Duration…`: by order of durations; plain numbers are seconds.
    OrderedDuration(Order),
    /// An operator of the two kinds before in letters of another case. Upstream takes it and then holds nothing
    /// true.
    NeverHolds,
}

/// The order that an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// `GreaterThanOrEquals`
    GreaterThanOrEquals,
    /// `GreaterThan`
    GreaterThan,
    /// `LessThanOrEquals`
    LessThanOrEquals,
    /// `LessThan`
    LessThan,
}

const ORDERS: [(&str, Order); 4] = [
    ("GreaterThanOrEquals", Order::GreaterThanOrEquals),
    ("GreaterThan", Order::GreaterThan),
    ("LessThanOrEquals", Order::LessThanOrEquals),
    ("LessThan", Order::LessThan),
];

impl Operator {
    /// Reads an operator in letters of any case; none if there is no such operator, which upstream makes an
    /// error.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.to_lowercase().as_str() {
            "equal" | "equals" => Self::Equals,
            "notequal" | "notequals" => Self::NotEquals,
            "in" => Self::In,
            "anyin" => Self::AnyIn,
            "allin" => Self::AllIn,
            "notin" => Self::NotIn,
            "anynotin" => Self::AnyNotIn,
            "allnotin" => Self::AllNotIn,
            lower => {
                let (durations, name) = match lower.strip_prefix("duration") {
                    Some(name) => (true, name),
                    None => (false, lower),
                };
                let (exact, order) = ORDERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
                let written = if durations { text.strip_prefix("Duration") } else { Some(text) };
                match (written == Some(*exact), durations) {
                    (true, false) => Self::Ordered(*order),
                    (true, true) => Self::OrderedDuration(*order),
                    (false, _) => Self::NeverHolds,
                }
            }
        })
    }

    /// Whether the condition holds. What cannot be compared does not hold, but for `NotEquals`, where it is
    /// different; a key that is null never holds.
    ///
    /// Upstream's numbers are floats where they stand alone and integers within lists and maps, and their texts
    /// differ from 10^6 on; see [`operand`].
    pub fn holds(self, key: &Value, value: &Value) -> bool {
        match self {
            Self::Equals => equality::equals(key, value),
            Self::NotEquals => equality::differs(key, value),
            Self::In => membership::holds_in(key, value),
            Self::NotIn => membership::holds_not_in(key, value),
            Self::AnyIn => membership::holds_any_in(key, value),
            Self::AllIn => membership::holds_all_in(key, value),
            Self::AnyNotIn => membership::holds_any_not_in(key, value),
            Self::AllNotIn => membership::holds_all_not_in(key, value),
            Self::Ordered(order) => numeric::holds(order, key, value),
            Self::OrderedDuration(order) => duration::holds(order, key, value),
            Self::NeverHolds => false,
        }
    }
}

impl Order {
    /// Whether `key` stands in this order to `value`; numbers that are none do not.
    fn accepts<T: PartialOrd>(self, key: &T, value: &T) -> bool {
        match self {
            Self::GreaterThanOrEquals => key >= value,
            Self::GreaterThan => key > value,
            Self::LessThanOrEquals => key <= value,
            Self::LessThan => key < value,
        }
    }
}

/// A key or value of a condition as upstream hands it to an operator: it goes through JSON once more unless it
/// is a text, a list or a map, so an integer that stands alone becomes a float.
pub fn operand(value: &Value) -> Value {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "Go's decoder rounds in the same way")]
        Value::Int(number) => Value::Float(*number as f64),
        other => other.clone(),
    }
}
