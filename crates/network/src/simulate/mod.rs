//! Which observed connections other policies would let through, and which they would break.

mod format;
mod judge;
mod picture;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::Serialize;

pub(crate) use self::format::flows;
pub use self::format::write;
pub use self::judge::{Blame, Fate, Judge};
pub use self::picture::picture;
pub(crate) use self::picture::{broken, not_judged};
use crate::Profile;
use crate::algebra::Conns;
use crate::flows::{FlowFile, Outcome, Resolved};
use crate::input::Input;
use crate::policy::Policy;

/// How the new policies meet the present ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// They are applied beside the present ones; one of the same kind, namespace and name is replaced.
    #[default]
    Add,
    /// The present ones are deleted first.
    Replace,
}

/// What would happen to the observed connections.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Simulation {
    /// Whose reading of the standard was followed.
    pub profile: String,
    /// How many there are of each.
    pub counts: Counts,
    /// What would break, by workload.
    pub breaks: Vec<Break>,
    /// Flows that could not be judged, with the reason.
    pub not_judged: Vec<NotJudged>,
    /// What would still go through: from, to, and the connections. For the picture.
    #[serde(skip)]
    pub kept: Vec<(String, String, Conns)>,
}

/// Numbers of flows: each counts as often as it was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// All that were judged or should have been.
    pub flows: u64,
    /// They would still go through.
    pub allowed: u64,
    /// They would not.
    pub denied: u64,
    /// It hangs on something that is wrong or not modelled.
    pub unknown: u64,
    /// An end is not known, or has no address.
    pub not_judged: u64,
    /// They did not go through when they were seen, and would not now.
    pub dropped_before: u64,
    /// They did not go through when they were seen, and now would.
    pub opened: u64,
}

/// Connections that would break, as one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Break {
    /// The workload whose policies are in the way.
    pub workload: String,
    /// `ingress` or `egress`.
    pub direction: &'static str,
    /// Who begins the connection.
    pub from: String,
    /// Whom it goes to.
    pub to: String,
    /// `TCP 8080`.
    pub connections: String,
    /// How often it was seen.
    pub flows: u64,
    /// The first flow: `flows.jsonl:3`.
    pub seen_at: String,
    /// The policy: `NetworkPolicy shop/catalog`.
    pub policy: String,
    /// Its rule, counted from 0; none where it isolates and has no rule for this.
    pub rule: Option<usize>,
    /// Where that is written: `new/catalog.yaml:3`.
    pub written_at: String,
    /// `denied`, or `unknown` where it hangs on something that is wrong or not modelled.
    pub fate: &'static str,
    /// Whether the present policies break it too, going by the manifests.
    pub also_now: bool,
}

/// A flow that could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotJudged {
    /// `flows.jsonl:3`: the first of them.
    pub seen_at: String,
    /// How many.
    pub flows: u64,
    /// Why.
    pub reason: String,
}

impl Simulation {
    /// Whether a connection would break, or may.
    pub fn breaks_anything(&self) -> bool {
        !self.breaks.is_empty()
    }
}

/// The present cluster with other policies.
pub fn with_policies(input: &Input, policies: &[Arc<Policy>], mode: Mode) -> Input {
    let mut changed = input.clone();
    match mode {
        Mode::Replace => changed.policies.clear(),
        Mode::Add => {
            let key = |policy: &Policy| (policy.kind.clone(), policy.namespace.clone(), policy.name.clone());
            let new: FxHashSet<_> = policies.iter().map(|policy| key(policy)).collect();
            changed.policies.retain(|old| !new.contains(&key(old)));
        }
    }
    changed.policies.extend(policies.iter().cloned());
    changed
}

/// What makes breaks one line.
type Key = (String, &'static str, String, String, String, String, Option<usize>);

/// Judges every observed connection under `policies`. The input of `resolved` has the present ones.
pub fn simulate(
    resolved: &Resolved,
    files: &[FlowFile],
    policies: &[Arc<Policy>],
    mode: Mode,
    profile: Profile,
) -> Simulation {
    let changed = with_policies(&resolved.input, policies, mode);
    let mut then = Judge::new(&changed, profile);
    let mut now = Judge::new(&resolved.input, profile);
    let mut counts = Counts::default();
    let mut breaks: BTreeMap<Key, Break> = BTreeMap::new();
    let mut not_judged: BTreeMap<String, NotJudged> = BTreeMap::new();
    let mut kept: BTreeMap<(String, String), Conns> = BTreeMap::new();
    let at = |file: usize, line: u32| {
        format!("{}:{line}", files.get(file).map_or("flows", |file| file.name.as_str()))
    };
    let mut leave_out = |counts: &mut Counts, seen_at: String, flows: u64, reason: String| {
        counts.not_judged += flows;
        let entry = not_judged.entry(reason.clone()).or_insert(NotJudged { seen_at, flows: 0, reason });
        entry.flows += flows;
    };
    for one in &resolved.unresolved {
        counts.flows += one.count;
        leave_out(&mut counts, at(one.file, one.line), one.count, one.reason.clone());
    }
    for flow in &resolved.flows {
        counts.flows += flow.count;
        let (fate, blames) = then.judge(flow);
        if flow.outcome == Outcome::Denied {
            match fate {
                Fate::Allowed => counts.opened += flow.count,
                _ => counts.dropped_before += flow.count,
            }
            continue;
        }
        let word = match fate {
            Fate::Allowed => {
                counts.allowed += flow.count;
                let pair = (flow.from.title(&changed), flow.to.title(&changed));
                let conns = kept.entry(pair).or_default();
                *conns = conns.union(&flow.conns);
                continue;
            }
            Fate::NotJudged(reason) => {
                leave_out(&mut counts, at(flow.file, flow.line), flow.count, reason);
                continue;
            }
            Fate::Denied => {
                counts.denied += flow.count;
                "denied"
            }
            Fate::Unknown => {
                counts.unknown += flow.count;
                "unknown"
            }
        };
        let also_now = matches!(now.judge(flow).0, Fate::Denied);
        let (from, to) = (flow.from.title(&changed), flow.to.title(&changed));
        for blame in blames {
            let policy = blame.policy_title();
            let (direction, conns) = (blame.direction.field(), flow.conns.to_string());
            let key = (
                blame.workload.clone(),
                direction,
                from.clone(),
                to.clone(),
                conns.clone(),
                policy.clone(),
                blame.rule,
            );
            let entry = breaks.entry(key).or_insert_with(|| Break {
                written_at: blame.written_at(),
                workload: blame.workload,
                direction,
                from: from.clone(),
                to: to.clone(),
                connections: conns,
                flows: 0,
                seen_at: at(flow.file, flow.line),
                policy,
                rule: blame.rule,
                fate: word,
                also_now,
            });
            entry.flows += flow.count;
        }
    }
    Simulation {
        profile: profile.name().to_owned(),
        counts,
        breaks: breaks.into_values().collect(),
        not_judged: not_judged.into_values().collect(),
        kept: kept.into_iter().map(|((from, to), conns)| (from, to, conns)).collect(),
    }
}
