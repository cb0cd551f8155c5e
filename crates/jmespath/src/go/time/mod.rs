//! Package `time`: points in time with an offset, RFC 3339, layouts by the reference time.
//!
//! The local time zone is UTC, as it is in the container that upstream runs in.

mod calendar;
mod instant;
mod layout;
mod parse;
mod zone;

pub(crate) use instant::Instant;
pub(crate) use parse::parse;

/// The layout of RFC 3339.
pub(crate) const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
