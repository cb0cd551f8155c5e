//! What is known to be needed, and from where.

use std::collections::BTreeMap;

use compact_str::CompactString;
use jiff::Timestamp;

use crate::algebra::Conns;
use crate::flows::{FlowFile, Outcome, Party, Resolved};

/// How sure it is that a connection is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Confidence {
    /// A setting holds a name that is a Service's, and what the setting is called speaks for an address.
    #[default]
    Medium,
    /// A URL, or a host with a port, that leads to something known.
    High,
    /// It was seen.
    Observed,
}

impl Confidence {
    /// The word for outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Medium => "medium",
            Self::High => "high",
            Self::Observed => "observed",
        }
    }
}

/// What speaks for a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// How sure it is.
    pub confidence: Confidence,
    /// `flows.jsonl:3` or `shop/config.yaml:8`: the first place.
    pub at: String,
    /// The setting, where it is one: `env CATALOG_URL`.
    pub setting: String,
    /// How often it was seen, or is written.
    pub count: u64,
    /// When it was first seen.
    pub first: Option<Timestamp>,
    /// When it was last seen.
    pub last: Option<Timestamp>,
    /// The domain names by which it was asked for.
    pub names: Vec<CompactString>,
}

/// Who needs whom, and for what. Ordered, so that whatever is made of it is the same each time.
#[derive(Clone, Debug, Default)]
pub struct Evidence(BTreeMap<(Party, Party), BTreeMap<Conns, Proof>>);

impl Evidence {
    /// Adds a need.
    pub fn add(&mut self, from: Party, to: Party, conns: Conns, proof: Proof) {
        let known = self.0.entry((from, to)).or_default().entry(conns).or_default();
        if known.count == 0 {
            *known = proof;
            return;
        }
        if proof.confidence > known.confidence {
            known.confidence = proof.confidence;
            known.at = proof.at;
            known.setting = proof.setting;
        }
        known.count = known.count.saturating_add(proof.count);
        known.first = [known.first, proof.first].into_iter().flatten().min();
        known.last = known.last.max(proof.last);
        for name in proof.names {
            if !known.names.contains(&name) {
                known.names.push(name);
            }
        }
    }

    /// Adds what was seen to go through, or of which nothing else is known. Dropped flows prove no need.
    pub fn add_flows(&mut self, resolved: &Resolved, files: &[FlowFile]) {
        for flow in resolved.flows.iter().filter(|flow| flow.outcome != Outcome::Denied) {
            let file = files.get(flow.file).map_or("flows", |file| file.name.as_str());
            let proof = Proof {
                confidence: Confidence::Observed,
                at: format!("{file}:{}", flow.line),
                setting: String::new(),
                count: flow.count,
                first: flow.time,
                last: flow.time,
                names: flow.names.clone(),
            };
            self.add(flow.from.clone(), flow.to.clone(), flow.conns.clone(), proof);
        }
    }

    /// All needs, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Party, &Party, &Conns, &Proof)> {
        self.0
            .iter()
            .flat_map(|((from, to), conns)| conns.iter().map(move |(conns, proof)| (from, to, conns, proof)))
    }

    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
