//! Label selectors: the LabelSelector of the API and the texts of `kubectl -l`.
//!
//! Semantics: `k8s.io/apimachinery/pkg/labels/selector.go`, `pkg/apis/meta/v1/helpers.go` and
//! `pkg/apis/meta/v1/validation`.

mod compile;
mod names;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use compact_str::CompactString;

pub use self::names::{label_key_problems, label_value_problems};
use crate::{Key, Map, Path, Value};

/// What a requirement asks of the label with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Present with this value; `=`.
    Equals,
    /// The same, written `==`.
    DoubleEquals,
    /// Absent or with another value.
    NotEquals,
    /// Present with one of the values.
    In,
    /// Absent or with none of the values.
    NotIn,
    /// Present.
    Exists,
    /// Absent.
    DoesNotExist,
    /// Present and an integer above the value.
    GreaterThan,
    /// Present and an integer below the value.
    LessThan,
}

/// One requirement on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    key: Key,
    operator: Operator,
    /// Sorted.
    values: Box<[CompactString]>,
}

/// A compiled label selector: requirements that must all hold. The default one has none and matches
/// everything.
///
/// Whether an absent selector matches everything or nothing depends on the field it is absent from, so
/// that is the caller's matter.
///
/// Displayed in canonical form: requirements sorted by key, values sorted, as `kubectl` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Selector {
    requirements: Box<[Requirement]>,
}

/// Why a selector is not valid. The messages are those of the API server and of kubectl.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// A LabelSelector object that the API server would reject.
    #[error("{path}: {message}")]
    Field {
        /// From the selector to the field at fault.
        path: Path,
        /// What is wrong with it.
        message: String,
    },
    /// A text that kubectl would reject.
    #[error("{0}")]
    Text(String),
}

impl Selector {
    /// Compiles a LabelSelector object: `matchLabels` and `matchExpressions`. An empty one matches
    /// everything. Unknown fields are ignored, as the API server prunes them.
    pub fn compile(selector: &Value) -> Result<Self, SelectorError> {
        compile::compile(selector)
    }

    /// The plain map of a Service or a ReplicationController, which the API server does not validate
    /// beyond its types.
    pub fn from_labels(labels: &Map) -> Result<Self, SelectorError> {
        compile::from_labels(labels)
    }

    /// Parses the text of `kubectl -l`: `a=b,c!=d,e in (x,y),!f,g`. An empty text matches everything.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        parse::parse(text).map(Self::new).map_err(SelectorError::Text)
    }

    fn new(mut requirements: Vec<Requirement>) -> Self {
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Self { requirements: requirements.into() }
    }

    /// Whether an object with these labels is selected.
    ///
    /// A label that is null counts as the empty string. One that is of any other type cannot exist in a
    /// cluster; here it counts as present and equal to nothing.
    pub fn matches(&self, labels: &Map) -> bool {
        self.requirements.iter().all(|requirement| requirement.matches(labels))
    }

    /// Whether this selects everything, because nothing is required.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// The requirements, sorted by key.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The only value that the label `key` may have, if the first requirement on it allows just one. An
    /// index by label can start from it.
    pub fn exact_value(&self, key: &str) -> Option<&str> {
        let requirement = self.requirements.iter().find(|requirement| requirement.key.as_str() == key)?;
        match (requirement.operator, &*requirement.values) {
            (Operator::Equals | Operator::DoubleEquals | Operator::In, [value]) => Some(value),
            _ => None,
        }
    }
}

impl Requirement {
    fn new(key: Key, operator: Operator, mut values: Vec<CompactString>) -> Self {
        values.sort();
        Self { key, operator, values: values.into() }
    }

    /// The label's key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// What is asked.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The values, sorted; none for `Exists` and `DoesNotExist`.
    pub fn values(&self) -> &[CompactString] {
        &self.values
    }

    /// Whether these labels satisfy the requirement.
    pub fn matches(&self, labels: &Map) -> bool {
        let label = labels.get(&self.key);
        match self.operator {
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::Equals | Operator::DoubleEquals | Operator::In => {
                label.is_some_and(|label| self.has(label))
            }
            Operator::NotEquals | Operator::NotIn => !label.is_some_and(|label| self.has(label)),
            Operator::GreaterThan => self.compare(label, |label, bound| label > bound),
            Operator::LessThan => self.compare(label, |label, bound| label < bound),
        }
    }

    fn has(&self, label: &Value) -> bool {
        let Some(text) = label_text(label) else { return false };
        match &*self.values {
            [value] => value == text,
            values => values.binary_search_by(|value| value.as_str().cmp(text)).is_ok(),
        }
    }

    fn compare(&self, label: Option<&Value>, holds: fn(i64, i64) -> bool) -> bool {
        let number = |text: &str| text.parse().ok();
        let label = label.and_then(label_text).and_then(number);
        let bound = self.values.first().and_then(|text| number(text));
        label.zip(bound).is_some_and(|(label, bound)| holds(label, bound))
    }
}

fn label_text(label: &Value) -> Option<&str> {
    match label {
        Value::Null => Some(""),
        other => other.as_str(),
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, requirement) in self.requirements.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = match self.operator {
            Operator::Exists => return self.key.fmt(f),
            Operator::DoesNotExist => return write!(f, "!{}", self.key),
            Operator::Equals => ("=", ""),
            Operator::DoubleEquals => ("==", ""),
            Operator::NotEquals => ("!=", ""),
            Operator::In => (" in (", ")"),
            Operator::NotIn => (" notin (", ")"),
            Operator::GreaterThan => (">", ""),
            Operator::LessThan => ("<", ""),
        };
        write!(f, "{}{before}{}{after}", self.key, self.values.join(","))
    }
}
