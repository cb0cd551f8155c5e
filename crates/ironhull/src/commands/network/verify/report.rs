//! What was verified, for people and programs.

use std::fmt::Write as _;

use ironhull_network::verify::Expected;
use serde_json::json;

use super::trial::{Difference, Trial};

/// At most so many differences are shown for each cluster, and explained.
pub(super) const MOST_SHOWN: usize = 20;

/// All trials.
#[derive(Debug, Default)]
pub(super) struct Report {
    trials: Vec<(String, Trial)>,
}

impl Report {
    pub(super) fn add(&mut self, title: String, trial: Trial) {
        self.trials.push((title, trial));
    }

    pub(super) fn differs(&self) -> bool {
        self.trials.iter().any(|(_, trial)| !trial.differences.is_empty())
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let many = self.trials.len() > 1;
        for (title, trial) in &self.trials {
            let lead = if many { format!("{title}: ") } else { String::new() };
            let _ = writeln!(
                text,
                "{lead}probed {} connections in {:.1} s: {} differ",
                trial.probed,
                trial.seconds,
                trial.differences.len()
            );
            if many && trial.differences.is_empty() {
                continue;
            }
            let ports: Vec<String> = trial.ports.iter().map(ToString::to_string).collect();
            let denied = trial.probed - trial.reached;
            let _ = writeln!(
                text,
                "  {} reached and {denied} denied, between {} hosts at TCP and UDP {}",
                trial.reached,
                trial.hosts,
                ports.join(",")
            );
            if trial.undecided > 0 {
                let _ = writeln!(
                    text,
                    "  SKIPPED: {} connections that the engine cannot decide",
                    trial.undecided
                );
            }
            for left_out in &trial.left_out {
                let _ = writeln!(text, "  SKIPPED: {left_out}");
            }
            for difference in trial.differences.iter().take(MOST_SHOWN) {
                show(difference, &mut text);
            }
            if let Some(more) = trial.differences.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
                let _ = writeln!(text, "  and {more} more");
            }
        }
        if many {
            let sum = |of: fn(&Trial) -> usize| self.trials.iter().map(|(_, trial)| of(trial)).sum::<usize>();
            let seconds: f64 = self.trials.iter().map(|(_, trial)| trial.seconds).sum();
            let _ = writeln!(
                text,
                "probed {} connections in {seconds:.1} s: {} differ; {} reached, {} random clusters",
                sum(|trial| trial.probed),
                sum(|trial| trial.differences.len()),
                sum(|trial| trial.reached),
                self.trials.len()
            );
        }
        text
    }

    pub(super) fn json(&self) -> anyhow::Result<String> {
        let trials: Vec<_> = self
            .trials
            .iter()
            .map(|(title, trial)| {
                json!({
                    "cluster": title,
                    "hosts": trial.hosts,
                    "ports": trial.ports,
                    "probed": trial.probed,
                    "reached": trial.reached,
                    "seconds": trial.seconds,
                    "undecided": trial.undecided,
                    "skipped": trial.left_out,
                    "differences": trial.differences.iter().map(difference).collect::<Vec<_>>(),
                })
            })
            .collect();
        Ok(serde_json::to_string_pretty(&json!({ "trials": trials }))?)
    }
}

fn expected(difference: &Difference) -> &'static str {
    match difference.tried.expected {
        Expected::Allowed => "allowed",
        Expected::Denied => "denied",
    }
}

fn show(difference: &Difference, text: &mut String) {
    let tried = &difference.tried;
    let _ = writeln!(
        text,
        "  {} -> {} ({}) {} {}: the engine says {}, the probe {}",
        difference.from,
        difference.to,
        tried.address,
        tried.protocol,
        tried.port,
        expected(difference),
        difference.outcome
    );
    for line in &difference.why {
        let _ = writeln!(text, "    {line}");
    }
}

fn difference(one: &Difference) -> serde_json::Value {
    json!({
        "from": one.from,
        "to": one.to,
        "address": one.tried.address.to_string(),
        "protocol": one.tried.protocol.name(),
        "port": one.tried.port,
        "expected": expected(one),
        "outcome": one.outcome.word(),
        "why": one.why,
    })
}
