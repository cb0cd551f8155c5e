//! What is counted, as Prometheus reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use compact_str::CompactString;
use ironhull_podsecurity::admission::Counted;
use ironhull_podsecurity::{Level, Version};
use ironhull_policy::kyverno::engine::Status;
use ironhull_world::admission::{AdmissionRequest, Operation};
use rustc_hash::FxHashMap;

use super::modes::Mode;

/// The upper ends of the buckets of durations, in seconds.
const BUCKETS: [f64; 14] =
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0];

/// What holds at the moment: name, help, labels, value.
pub(crate) type Gauge = (&'static str, &'static str, Vec<(&'static str, String)>, f64);

/// Names and labels of a series.
type Series = (&'static str, String);

/// Everything that is counted. Counting takes a lock for as long as an addition.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    counters: Mutex<BTreeMap<Series, u64>>,
    /// What policies said. There are as many for each request as policies are about it, so that nothing is written
    /// down to be counted.
    results: RwLock<FxHashMap<CompactString, Results>>,
    durations: [Durations; 4],
    in_flight: AtomicU64,
}

/// Of one policy, by mode and status.
type Results = [[AtomicU64; STATUSES.len()]; 2];

/// The statuses of rules, as they are counted.
const STATUSES: [Status; 5] = [Status::Pass, Status::Fail, Status::Warn, Status::Error, Status::Skip];

#[derive(Debug, Default)]
struct Durations {
    buckets: [AtomicU64; BUCKETS.len() + 1],
    sum_microseconds: AtomicU64,
}

/// The routes that have durations.
const ROUTES: [&str; 4] = ["validate", "mutate", "pod-security", "policies"];

/// Of each name what it means.
const HELP: [(&str, &str); 8] = [
    ("ironhull_admission_requests_total", "Admission reviews that were answered, by what came out."),
    ("ironhull_http_refused_total", "Requests that were not handled: too large, no room, broken off."),
    ("ironhull_exceptions_used_total", "Exceptions that let something through."),
    ("ironhull_decisions_dropped_total", "Decisions that were not recorded because the queue was full."),
    ("ironhull_certificates_changed_total", "Certificates that were changed while serving."),
    (
        "pod_security_evaluations_total",
        "Number of policy evaluations that occurred, not counting ignored or exempt requests.",
    ),
    (
        "pod_security_exemptions_total",
        "Number of exempt requests, not counting ignored or out of scope requests.",
    ),
    (
        "pod_security_errors_total",
        "Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.",
    ),
];

/// A review that is being answered.
pub(crate) struct InFlight<'m>(&'m AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Counts one.
    pub(crate) fn add(&self, name: &'static str, labels: &[(&str, &str)]) {
        let series = (name, written(labels));
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry(series).or_default() += 1;
    }

    /// Counts what a rule of a policy said.
    pub(crate) fn result(&self, policy: &str, mode: Mode, status: Status) {
        let Some(place) = STATUSES.iter().position(|own| *own == status) else { return };
        let side = usize::from(mode == Mode::Shadow);
        let count = |own: &Results| own[side][place].fetch_add(1, Ordering::Relaxed);
        let known = self.results.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = known.get(policy) {
            count(own);
            return;
        }
        drop(known);
        let mut all = self.results.write().unwrap_or_else(PoisonError::into_inner);
        count(all.entry(policy.into()).or_default());
    }

    /// A review is being answered, until what this returns is dropped: whoever asked may go away in between.
    pub(crate) fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// A review was answered.
    pub(crate) fn end(&self, route: &'static str, outcome: &str, took: Duration) {
        self.add("ironhull_admission_requests_total", &[("outcome", outcome), ("route", route)]);
        let Some(durations) = ROUTES.iter().position(|own| *own == route).map(|place| &self.durations[place])
        else {
            return;
        };
        let seconds = took.as_secs_f64();
        let bucket = BUCKETS.iter().position(|end| seconds <= *end).unwrap_or(BUCKETS.len());
        durations.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        durations.sum_microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// Counts what Pod Security counts, with the names and labels that its dashboards know.
    pub(crate) fn pod_security(&self, request: &AdmissionRequest, counted: &[Counted]) {
        let operation = match request.operation {
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
            Operation::Connect => "connect",
        };
        let resource = match (request.resource.group.as_str(), request.resource.resource.as_str()) {
            ("", "pods") => "pod",
            ("", "namespaces") => "namespace",
            _ => "controller",
        };
        let subresource = request.subresource.as_str();
        let asked = [("request_operation", operation), ("resource", resource), ("subresource", subresource)];
        for one in counted {
            match one {
                Counted::Evaluation { allowed, level, mode } => {
                    let is_latest = level.level == Level::Privileged || level.version == Version::Latest;
                    let version = if is_latest { "latest".to_owned() } else { level.version.to_string() };
                    let decision = if *allowed { "allow" } else { "deny" };
                    let own = [
                        ("decision", decision),
                        ("mode", mode),
                        ("policy_level", level.level.as_str()),
                        ("policy_version", &version),
                    ];
                    self.add("pod_security_evaluations_total", &[&own[..], &asked].concat());
                }
                Counted::Exemption => self.add("pod_security_exemptions_total", &asked),
                Counted::Error { fatal } => {
                    let fatal = [("fatal", if *fatal { "true" } else { "false" })];
                    self.add("pod_security_errors_total", &[&fatal[..], &asked].concat());
                }
            }
        }
    }

    /// All of it, and gauges of the moment: name, help, labels, value.
    pub(crate) fn text(&self, gauges: &[Gauge]) -> String {
        let mut out = String::new();
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut last = "";
        for ((name, labels), count) in &counters {
            if *name != last {
                let help = HELP.iter().find(|(own, _)| own == name).map_or("", |(_, help)| help);
                let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} counter");
                last = name;
            }
            let _ = writeln!(out, "{name}{labels} {count}");
        }
        let name = "ironhull_policy_results_total";
        let _ = writeln!(out, "# HELP {name} What policies said, by status.\n# TYPE {name} counter");
        let results = self.results.read().unwrap_or_else(PoisonError::into_inner);
        let ordered: BTreeMap<&CompactString, &Results> = results.iter().collect();
        for (policy, own) in ordered {
            for (mode, counts) in [Mode::Enforce, Mode::Shadow].iter().zip(own) {
                for (status, count) in STATUSES.iter().zip(counts) {
                    let count = count.load(Ordering::Relaxed);
                    if count > 0 {
                        let labels =
                            written(&[("mode", mode.name()), ("policy", policy), ("status", status.name())]);
                        let _ = writeln!(out, "{name}{labels} {count}");
                    }
                }
            }
        }
        drop(results);
        let name = "ironhull_admission_duration_seconds";
        let _ = writeln!(out, "# HELP {name} How long answers took.\n# TYPE {name} histogram");
        for (route, durations) in ROUTES.iter().zip(&self.durations) {
            let mut total = 0;
            for (place, bucket) in durations.buckets.iter().enumerate() {
                total += bucket.load(Ordering::Relaxed);
                let end = BUCKETS.get(place).map_or_else(|| "+Inf".to_owned(), ToString::to_string);
                let _ = writeln!(out, "{name}_bucket{{route=\"{route}\",le=\"{end}\"}} {total}");
            }
            let sum = Duration::from_micros(durations.sum_microseconds.load(Ordering::Relaxed));
            let _ = writeln!(out, "{name}_sum{{route=\"{route}\"}} {}", sum.as_secs_f64());
            let _ = writeln!(out, "{name}_count{{route=\"{route}\"}} {total}");
        }
        let name = "ironhull_admission_in_flight";
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        let _ = writeln!(
            out,
            "# HELP {name} Reviews that are being answered.\n# TYPE {name} gauge\n{name} {in_flight}"
        );
        let mut last = "";
        for (name, help, labels, value) in gauges {
            if *name != last {
                let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
                last = name;
            }
            let labels: Vec<(&str, &str)> =
                labels.iter().map(|(key, value)| (*key, value.as_str())).collect();
            let _ = writeln!(out, "{name}{} {value}", written(&labels));
        }
        out
    }
}

/// Labels, as Prometheus reads them.
pub(super) fn written(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let one = |(key, value): &(&str, &str)| {
        format!("{key}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
    };
    format!("{{{}}}", labels.iter().map(one).collect::<Vec<_>>().join(","))
}
