//! Counts of durations, in buckets that grow with what they hold.

use std::time::Duration;

/// Buckets between a power of two and the next: a value is off by less than one in 128.
const FINE: usize = 128;

/// The exponent of [`FINE`].
const FINE_BITS: u32 = FINE.trailing_zeros();

/// How many buckets hold every number of 64 bits.
const BUCKETS: usize = (64 - FINE_BITS as usize + 1) * FINE;

/// How often each duration was seen, within one in 128. Its size is fixed: 60 kB.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, max: 0 }
    }
}

impl Histogram {
    /// Counts one.
    pub fn record(&mut self, duration: Duration) {
        let value = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get_mut(bucket(value)) {
            *count += 1;
        }
        self.total += 1;
        self.max = self.max.max(value);
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }

    /// The duration that so many of a million are not longer than: 500,000 for the median. Never less than the true one, and at most one in 128 more. Zero when nothing was counted.
    pub fn quantile(&self, millionths: u64) -> Duration {
        let rank =
            (u128::from(self.total) * u128::from(millionths.min(1_000_000))).div_ceil(1_000_000).max(1);
        let mut seen = 0_u128;
        for (index, count) in self.counts.iter().enumerate() {
            seen += u128::from(*count);
            if seen >= rank {
                return Duration::from_nanos(highest(index).min(self.max));
            }
        }
        self.max()
    }
}

/// Where a value is counted.
fn bucket(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(FINE_BITS + 1);
    // What is left has at most one bit more than FINE.
    let fine = usize::try_from(value >> shift).unwrap_or(0);
    shift as usize * FINE + fine
}

/// The largest value that is counted there.
fn highest(index: usize) -> u64 {
    let shift = (index / FINE).saturating_sub(1);
    let fine = (index - shift * FINE) as u128;
    u64::try_from(((fine + 1) << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_bucket_ends_where_the_next_begins() {
        for index in 0..BUCKETS - 1 {
            let end = highest(index);
            assert_eq!(bucket(end), index, "{end}");
            assert_eq!(bucket(end + 1), index + 1, "{end}");
        }
        assert_eq!((bucket(u64::MAX), highest(BUCKETS - 1)), (BUCKETS - 1, u64::MAX));
    }

    #[test]
    fn nothing_counted_is_zero() {
        assert_eq!(Histogram::default().quantile(990_000), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn quantiles_are_those_of_the_sorted_values(
            mut values in prop::collection::vec((any::<u64>(), 0..64_u32).prop_map(|(v, s)| v >> s), 1..500),
            millionths in 0..=1_000_000_u64,
        ) {
            let mut histogram = Histogram::default();
            for value in &values {
                histogram.record(Duration::from_nanos(*value));
            }
            values.sort_unstable();
            let rank = (values.len() as u64 * millionths).div_ceil(1_000_000).max(1);
            let exact = values[usize::try_from(rank).unwrap() - 1];
            let told = u64::try_from(histogram.quantile(millionths).as_nanos()).unwrap();
            prop_assert!(told >= exact, "{told} {exact}");
            prop_assert!(told - exact <= exact / 128, "{told} {exact}");
            prop_assert_eq!(histogram.max(), Duration::from_nanos(values[values.len() - 1]));
            prop_assert_eq!(histogram.total(), values.len() as u64);
        }
    }
}
