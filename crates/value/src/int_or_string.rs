//! int-or-string fields, as `k8s.io/apimachinery/pkg/util/intstr` has them.

use std::fmt;

use crate::{Type, Value};

/// A port or a share: a number or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntOrString {
    /// A number.
    Int(i32),
    /// A name or a percentage.
    Str(String),
}

/// Why a value is no int-or-string, or cannot be scaled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntOrStringError {
    /// A number that is not a whole one within 32 bits.
    #[error("expected a whole number within 32 bits, found {0}")]
    OutOfRange(String),
    /// Neither a number nor a string.
    #[error("expected an integer or a string, found {}", .0.name())]
    WrongType(Type),
    /// A string that is not like `25%`, where a share is wanted.
    #[error("invalid value for IntOrString: invalid type: string is not a percentage")]
    NotAPercentage,
    /// A percentage whose number cannot be read.
    #[error("invalid value for IntOrString: invalid value {0:?}")]
    BadPercentage(String),
}

impl IntOrString {
    /// Reads a field. A number must be whole and within 32 bits, as the API server demands; `1.0` is not.
    pub fn from_value(value: &Value) -> Result<Self, IntOrStringError> {
        match value {
            Value::Int(number) => i32::try_from(*number)
                .map(Self::Int)
                .map_err(|_| IntOrStringError::OutOfRange(number.to_string())),
            Value::Float(number) => Err(IntOrStringError::OutOfRange(number.to_string())),
            Value::Str(text) => Ok(Self::Str(text.to_string())),
            other => Err(IntOrStringError::WrongType(other.kind())),
        }
    }

    /// A text that a person typed: a number if it reads as one, else a string.
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Str(text.into()), Self::Int)
    }

    /// The number, if this is one.
    pub fn as_int(&self) -> Option<i32> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The whole percents of a text like `25%`. None for a number, an error for any other text.
    pub fn percent(&self) -> Result<Option<i64>, IntOrStringError> {
        let Self::Str(text) = self else { return Ok(None) };
        let digits = text.strip_suffix('%').ok_or(IntOrStringError::NotAPercentage)?;
        digits.parse().map(Some).map_err(|_| IntOrStringError::BadPercentage(text.clone()))
    }

    /// A number as it is, or this percentage of `total`, rounded up or down. Computed in floating point,
    /// as `GetScaledValueFromIntOrPercent` does.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "upstream computes in float64; beyond 64 bits ours saturates"
    )]
    pub fn scaled(&self, total: i64, round_up: bool) -> Result<i64, IntOrStringError> {
        if let Self::Int(number) = self {
            return Ok((*number).into());
        }
        let Some(percent) = self.percent()? else { return Err(IntOrStringError::NotAPercentage) };
        let share = percent as f64 * total as f64 / 100.0;
        Ok(if round_up { share.ceil() } else { share.floor() } as i64)
    }
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Str(text) => text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_the_api_server_does() {
        assert_eq!(IntOrString::from_value(&Value::Int(80)), Ok(IntOrString::Int(80)));
        assert_eq!(IntOrString::from_value(&"80".into()), Ok(IntOrString::Str("80".into())));
        assert!(IntOrString::from_value(&Value::Int(1 << 31)).is_err());
        assert!(IntOrString::from_value(&Value::Float(1.0)).is_err());
        assert_eq!(
            IntOrString::from_value(&Value::Null).unwrap_err().to_string(),
            "expected an integer or a string, found null"
        );
        assert_eq!(IntOrString::parse("-5"), IntOrString::Int(-5));
        assert_eq!(IntOrString::parse("http"), IntOrString::Str("http".into()));
    }

    #[test]
    fn shares_are_rounded() {
        let quarter = IntOrString::Str("25%".into());
        assert_eq!(quarter.scaled(10, true), Ok(3));
        assert_eq!(quarter.scaled(10, false), Ok(2));
        assert_eq!(IntOrString::Int(7).scaled(10, true), Ok(7));
        assert_eq!(IntOrString::Str("7".into()).scaled(10, true), Err(IntOrStringError::NotAPercentage));
        assert!(matches!(
            IntOrString::Str("x%".into()).scaled(10, true),
            Err(IntOrStringError::BadPercentage(_))
        ));
    }
}
