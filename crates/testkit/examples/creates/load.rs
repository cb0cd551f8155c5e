//! Creating Pods at fixed times.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;
use crate::cluster::Cluster;
use crate::pods;

/// Who sends at a time; one that is slow does not keep the others from being on time.
const WORKERS: usize = 8;

/// How much, for how long.
pub(crate) struct Load {
    pub(crate) seconds: u32,
    /// Creates a second.
    pub(crate) rate: u32,
    /// Seconds before it counts.
    pub(crate) warm_up: u32,
}

/// What one run found.
pub(crate) struct Run {
    /// From when a create was due until it was answered; sorted.
    latencies: Vec<Duration>,
    cpu_seconds: Option<f64>,
    resident: Option<u64>,
}

impl Load {
    /// Creates Pods, all of which must be admitted; `process` is who is asked about them.
    pub(crate) fn run(&self, cluster: &Cluster, process: Option<u32>) -> Result<Run> {
        self.part(cluster, "warm-up", self.warm_up)?;
        let before = process.and_then(cpu_seconds);
        let mut latencies = self.part(cluster, "pod", self.seconds)?;
        latencies.sort_unstable();
        let after = process.and_then(cpu_seconds);
        let cpu_seconds = before.zip(after).map(|(before, after)| after - before);
        Ok(Run { latencies, cpu_seconds, resident: process.and_then(resident) })
    }

    fn part(&self, cluster: &Cluster, prefix: &str, seconds: u32) -> Result<Vec<Duration>> {
        let next = AtomicU32::new(0);
        let connections: Vec<_> =
            (0..WORKERS).map(|_| cluster.admin.connect()).collect::<std::result::Result<_, _>>()?;
        let begin = Instant::now() + Duration::from_millis(100);
        let worker = |mut connection: ironhull_testkit::control_plane::Connection| {
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= seconds * self.rate {
                    return Ok(latencies);
                }
                let pod = pods::good(&format!("{prefix}-{number}"));
                let due = begin + Duration::from_secs(1) * number / self.rate;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let answer =
                    connection.request("POST", pods::PATH, Some(&pod)).map_err(|error| error.to_string())?;
                if answer.status != 201 {
                    return Err(format!("a good Pod was not created: {} {}", answer.status, answer.text));
                }
                latencies.push(due.elapsed());
            }
        };
        let worker = &worker;
        let mut all = Vec::new();
        thread::scope(|scope| {
            let threads: Vec<_> =
                connections.into_iter().map(|connection| scope.spawn(move || worker(connection))).collect();
            for thread in threads {
                all.extend(thread.join().map_err(|_| "a worker panicked")??);
            }
            Ok::<_, Box<dyn std::error::Error>>(())
        })?;
        Ok(all)
    }
}

/// All runs of one engine.
#[derive(Default)]
pub(crate) struct Figures {
    runs: Vec<Run>,
}

impl Figures {
    pub(crate) fn add(&mut self, run: Run) {
        self.runs.push(run);
    }

    /// Over all runs, in microseconds, and the p99 of each run.
    pub(crate) fn report(&self) -> Value {
        let mut all: Vec<Duration> = self.runs.iter().flat_map(|run| run.latencies.iter().copied()).collect();
        all.sort_unstable();
        let cpu: Option<f64> = self.runs.iter().map(|run| run.cpu_seconds).sum();
        json!({
            "creates": all.len(),
            "p50": percentile(&all, 50),
            "p90": percentile(&all, 90),
            "p99": percentile(&all, 99),
            "p50Rounds": self.runs.iter().map(|run| percentile(&run.latencies, 50)).collect::<Vec<_>>(),
            "p99Rounds": self.runs.iter().map(|run| percentile(&run.latencies, 99)).collect::<Vec<_>>(),
            "cpuSeconds": cpu,
            "resident": self.runs.iter().filter_map(|run| run.resident).max(),
        })
    }
}

/// Microseconds; of a sorted list.
fn percentile(sorted: &[Duration], percent: usize) -> Option<u128> {
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).map(Duration::as_micros)
}

/// Seconds of CPU that a process has used; Linux counts hundredths.
fn cpu_seconds(process: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let user: u32 = fields.nth(11)?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some((f64::from(user) + f64::from(system)) / 100.0)
}

/// Bytes that are resident.
fn resident(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
