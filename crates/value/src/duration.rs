//! Go durations.

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DurationError(pub String);

/// Parses a Go duration (`1h30m`, `-1.5s`) to nanoseconds.
pub fn parse_duration(text: &str) -> Result<i64, DurationError> {
    Err(DurationError(text.into()))
}
