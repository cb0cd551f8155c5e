//! What a run says at its end.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::tally::Tally;
use crate::{Histogram, Pace, Plan, Usage};

/// Where a distribution lies, in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quantiles {
    /// Half are not longer.
    pub p50: f64,
    /// Nine of ten.
    pub p90: f64,
    /// 99 of 100.
    pub p99: f64,
    /// 999 of 1,000.
    pub p999: f64,
    /// The longest.
    pub max: f64,
}

impl From<&Histogram> for Quantiles {
    fn from(histogram: &Histogram) -> Self {
        let at = |millionths| micros(histogram.quantile(millionths));
        Self {
            p50: at(500_000),
            p90: at(900_000),
            p99: at(990_000),
            p999: at(999_000),
            max: micros(histogram.max()),
        }
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// The figures of a run, without its warm-up.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Requests a second that were asked for; none in the closed loop.
    pub rate_wanted: Option<f64>,
    /// Answers a second.
    pub rate: f64,
    /// Seconds from the first request to the last answer.
    pub seconds: f64,
    /// Requests that were sent or should have been.
    pub sent: u64,
    /// Answers that were reviews with the right uid.
    pub answered: u64,
    /// Of those, how many allow.
    pub allowed: u64,
    /// Of those, how many deny.
    pub denied: u64,
    /// The others, by kind.
    pub failed: BTreeMap<String, u64>,
    /// Microseconds until the answer.
    pub latency_us: Quantiles,
    /// Microseconds that the generator was late. When this is large, it was the bottleneck.
    pub lag_us: Quantiles,
    /// What the generator used.
    pub generator: Option<Usage>,
    /// What the server used.
    pub server: Option<Usage>,
}

impl Report {
    pub(crate) fn new(
        tally: &Tally,
        plan: &Plan,
        lasted: Duration,
        generator: Option<Usage>,
        server: Option<Usage>,
    ) -> Self {
        let answered = tally.allowed + tally.denied;
        let seconds = lasted.as_secs_f64();
        Self {
            rate_wanted: match plan.pace {
                Pace::Rate(rate) => Some(rate),
                Pace::InFlight(_) => None,
            },
            rate: Duration::from_secs(answered).as_secs_f64() / seconds.max(1e-9),
            seconds,
            sent: tally.sent,
            answered,
            allowed: tally.allowed,
            denied: tally.denied,
            failed: tally.failed.iter().map(|(failure, count)| (failure.name(), *count)).collect(),
            latency_us: (&tally.latency).into(),
            lag_us: (&tally.lag).into(),
            generator,
            server,
        }
    }

    /// How many requests failed.
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rate      {:.0}/s", self.rate)?;
        if let Some(wanted) = self.rate_wanted {
            write!(f, " of {wanted:.0}/s wanted")?;
        }
        writeln!(f, ", {:.2} s", self.seconds)?;
        writeln!(f, "sent      {}", self.sent)?;
        writeln!(f, "answered  {} ({} allowed, {} denied)", self.answered, self.allowed, self.denied)?;
        write!(f, "failed    {}", self.failures())?;
        for (kind, count) in &self.failed {
            write!(f, ", {kind} {count}")?;
        }
        writeln!(f)?;
        for (name, of) in [("latency", self.latency_us), ("lag", self.lag_us)] {
            writeln!(
                f,
                "{name:<9} p50 {:.0} us, p90 {:.0}, p99 {:.0}, p99.9 {:.0}, max {:.0}",
                of.p50, of.p90, of.p99, of.p999, of.max
            )?;
        }
        for (name, usage) in [("generator", self.generator), ("server", self.server)] {
            if let Some(usage) = usage {
                let (now, peak) = (usage.resident >> 10, usage.resident_peak >> 10);
                writeln!(f, "{name:<9} {:.2} s CPU, {now} KiB resident, {peak} at most", usage.cpu_seconds)?;
            }
        }
        Ok(())
    }
}
