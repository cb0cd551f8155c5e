//! What a policy asks of labels: a LabelSelector, or an expression of the richer languages.

use std::fmt;

use compact_str::CompactString;
use ironhull_value::{Operator, Selector};

/// A condition on a set of labels.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LabelMatch {
    /// Holds if all of these do; none always holds.
    All(Vec<LabelMatch>),
    /// Holds if one of these does.
    Any(Vec<LabelMatch>),
    /// Holds if this does not.
    Not(Box<LabelMatch>),
    /// The label is there.
    Has(CompactString),
    /// The label is there with one of these values, sorted.
    In(CompactString, Vec<CompactString>),
    /// The label is there and its value contains the text.
    Contains(CompactString, CompactString),
    /// The label is there and its value starts with the text.
    StartsWith(CompactString, CompactString),
    /// The label is there and its value ends with the text.
    EndsWith(CompactString, CompactString),
    /// The label is there and is an integer above this.
    Above(CompactString, i64),
    /// The label is there and is an integer below this.
    Below(CompactString, i64),
    /// Never holds.
    Nothing,
}

impl LabelMatch {
    /// What every set of labels satisfies.
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// Whether every set of labels satisfies it.
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(parts) if parts.iter().all(Self::is_everything))
    }

    /// A label with just this value.
    pub fn equals(key: &str, value: &str) -> Self {
        Self::In(key.into(), vec![value.into()])
    }

    /// The same condition as a LabelSelector.
    pub fn of_selector(selector: &Selector) -> Self {
        let mut parts: Vec<Self> = selector
            .requirements()
            .iter()
            .map(|requirement| {
                let key = CompactString::new(requirement.key().as_str());
                let values = requirement.values().to_vec();
                let bound = || values.first().and_then(|value| value.parse().ok());
                match requirement.operator() {
                    Operator::Exists => Self::Has(key),
                    Operator::DoesNotExist => Self::Not(Box::new(Self::Has(key))),
                    Operator::Equals | Operator::DoubleEquals | Operator::In => Self::In(key, values),
                    Operator::NotEquals | Operator::NotIn => Self::Not(Box::new(Self::In(key, values))),
                    Operator::GreaterThan => bound().map_or(Self::Nothing, |bound| Self::Above(key, bound)),
                    Operator::LessThan => bound().map_or(Self::Nothing, |bound| Self::Below(key, bound)),
                }
            })
            .collect();
        if parts.len() == 1 { parts.remove(0) } else { Self::All(parts) }
    }

    /// Whether labels satisfy it, asked for by key.
    pub fn matches<'l>(&self, label: &impl Fn(&str) -> Option<&'l str>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(label)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(label)),
            Self::Not(part) => !part.matches(label),
            Self::Has(key) => label(key).is_some(),
            Self::In(key, values) => label(key).is_some_and(|value| values.iter().any(|one| one == value)),
            Self::Contains(key, text) => label(key).is_some_and(|value| value.contains(text.as_str())),
            Self::StartsWith(key, text) => label(key).is_some_and(|value| value.starts_with(text.as_str())),
            Self::EndsWith(key, text) => label(key).is_some_and(|value| value.ends_with(text.as_str())),
            Self::Above(key, bound) => number(label(key)).is_some_and(|value| value > *bound),
            Self::Below(key, bound) => number(label(key)).is_some_and(|value| value < *bound),
            Self::Nothing => false,
        }
    }

    /// A label and the values it must have one of, for an index to start from. `None` if there is none.
    pub fn required(&self) -> Option<(&CompactString, &[CompactString])> {
        match self {
            Self::In(key, values) => Some((key, values)),
            Self::All(parts) => {
                parts.iter().filter_map(Self::required).min_by_key(|(_, values)| values.len())
            }
            _ => None,
        }
    }

    /// The keys of all labels it looks at.
    pub fn keys(&self, found: &mut Vec<CompactString>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.keys(found)),
            Self::Not(part) => part.keys(found),
            Self::Has(key)
            | Self::In(key, _)
            | Self::Contains(key, _)
            | Self::StartsWith(key, _)
            | Self::EndsWith(key, _)
            | Self::Above(key, _)
            | Self::Below(key, _) => found.push(key.clone()),
            Self::Nothing => {}
        }
    }
}

fn number(value: Option<&str>) -> Option<i64> {
    value?.parse().ok()
}

impl fmt::Display for LabelMatch {
    /// As `kubectl -l` writes it where it can, so `app=web,tier in (a,b),!legacy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => join(f, parts, ","),
            Self::Any(parts) => {
                f.write_str("(")?;
                join(f, parts, " || ")?;
                f.write_str(")")
            }
            Self::Has(key) => f.write_str(key),
            Self::In(key, values) => match values.as_slice() {
                [value] => write!(f, "{key}={value}"),
                values => write!(f, "{key} in ({})", values.join(",")),
            },
            Self::Not(part) => match &**part {
                Self::Has(key) => write!(f, "!{key}"),
                Self::In(key, values) => match values.as_slice() {
                    [value] => write!(f, "{key}!={value}"),
                    values => write!(f, "{key} notin ({})", values.join(",")),
                },
                part => write!(f, "!({part})"),
            },
            Self::Contains(key, text) => write!(f, "{key} contains {text:?}"),
            Self::StartsWith(key, text) => write!(f, "{key} starts with {text:?}"),
            Self::EndsWith(key, text) => write!(f, "{key} ends with {text:?}"),
            Self::Above(key, bound) => write!(f, "{key}>{bound}"),
            Self::Below(key, bound) => write!(f, "{key}<{bound}"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[LabelMatch], between: &str) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(between)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}
