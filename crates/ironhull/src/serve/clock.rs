//! Time.

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// The time of a request, of which each policy has a share: half of what is left, and no more than it asks for. One that
/// never ends so leaves enough for all others to be decided.
#[derive(Clone, Debug)]
pub(crate) struct Until {
    deadline: Instant,
    /// When the share of the policy that is evaluated is used up.
    share: Cell<Instant>,
}

impl Until {
    pub(crate) fn new(deadline: Instant) -> Self {
        Self { deadline, share: Cell::new(deadline) }
    }

    /// What is left of the share.
    pub(crate) fn left(&self) -> Duration {
        self.share.get().saturating_duration_since(Instant::now())
    }
}

impl Clock for Until {
    fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    fn begin(&self, seconds: Option<i64>) -> bool {
        let now = Instant::now();
        let half = self.deadline.saturating_duration_since(now) / 2;
        // A tenth is kept for the way back, as of the time that the API server gives.
        let own = seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        let own = own.map_or(half, |own| half.min(own.mul_f64(0.9)));
        self.share.set(now + own);
        now >= self.deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_has_half_of_what_is_left_and_no_more_than_it_asks_for() {
        let second = Duration::from_secs(1);
        let until = Until::new(Instant::now() + 100 * second);
        assert!(until.left() > 99 * second);
        assert!(!until.begin(None));
        assert!(until.left() > 49 * second && until.left() <= 50 * second, "{:?}", until.left());
        assert!(!until.begin(Some(10)));
        assert!(until.left() > 8 * second && until.left() <= 9 * second, "{:?}", until.left());
        assert!(!until.begin(Some(-1)) && until.left() > 49 * second);
        let over = Until::new(Instant::now());
        assert!(over.begin(None) && over.is_over() && over.left().is_zero());
    }
}
