//! Time.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ironhull_jmespath::Now;
use ironhull_policy::kyverno::admission::Clock;

/// Milliseconds since 1970.
pub(crate) fn milliseconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
pub(crate) fn seconds() -> i64 {
    milliseconds() / 1000
}

/// The time as expressions see it: in UTC, as in the peers' containers.
pub(crate) fn now() -> Now {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    Now { seconds, nanoseconds: since.subsec_nanos(), offset: 0 }
}

/// As the API writes it, `2026-11-23T20:59:00Z`.
pub(crate) fn timestamp(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| String::new(), |time| time.to_string())
}

/// Over at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until(pub(crate) Instant);

impl Clock for Until {
    fn is_over(&self) -> bool {
        Instant::now() >= self.0
    }
}
