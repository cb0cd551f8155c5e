//! How long things take.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The pace of a [`LiveWorld`](crate::LiveWorld). The defaults are for real clusters.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// Changes are gathered for so long before a new revision is published.
    pub batch: Duration,
    /// The pause after the first failure; it doubles with each that follows.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long a watch lasts before the server ends it; up to a quarter more, so that they do not all end
    /// at once.
    pub watch: Duration,
    /// A watch that is silent for so much longer is given up.
    pub grace: Duration,
    /// How often a kind is asked for that may not be listed.
    pub refused: Duration,
    /// How often a kind is looked for that the server does not have.
    pub absent: Duration,
    /// How soon after a change of a CustomResourceDefinition.
    pub after_definition: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            batch: Duration::from_millis(20),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            watch: Duration::from_mins(4),
            grace: Duration::from_secs(15),
            refused: Duration::from_mins(1),
            absent: Duration::from_secs(30),
            after_definition: Duration::from_secs(1),
        }
    }
}

/// Pauses between attempts, longer after each failure.
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(timing: &Timing) -> Self {
        Self { first: timing.first_pause, longest: timing.longest_pause, failures: 0 }
    }

    /// After a success the next failure is the first one again.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The next pause: between half and all of what has doubled with each failure.
    pub(crate) fn pause(&mut self) -> Duration {
        let full = self.first.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        full / 2 + jitter(full / 2)
    }
}

/// Up to this long, at random: what broke for all watches at once must not be asked by all at once.
pub(crate) fn jitter(most: Duration) -> Duration {
    // Each state has keys of its own. Good enough for a pause, and no generator is needed.
    let random = RandomState::new().build_hasher().finish();
    let part = u32::try_from(random & 0xffff).unwrap_or(0);
    most / 0x1_0000 * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_differ() {
        let timing = Timing::default();
        let mut backoff = Backoff::new(&timing);
        let pauses: Vec<_> = (0..40).map(|_| backoff.pause()).collect();
        assert!(pauses[0] >= timing.first_pause / 2 && pauses[0] <= timing.first_pause);
        assert!(pauses[10..].iter().all(|pause| *pause >= timing.longest_pause / 2));
        assert!(pauses.iter().all(|pause| *pause <= timing.longest_pause));
        assert!(pauses[10..].windows(2).any(|pair| pair[0] != pair[1]));
        backoff.reset();
        assert!(backoff.pause() <= timing.first_pause);
    }
}
