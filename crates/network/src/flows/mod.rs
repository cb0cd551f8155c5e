//! Observed connections: read from what other tools write, and brought to the workloads of a cluster.
//!
//! - [`read`]: text to [`Flow`]s, with a [`Diagnostic`] for every line that was not understood
//! - [`Resolver`]: the ends of flows to workloads, nodes, addresses and names
//!
//! A flow is evidence that something was needed, never that it is harmless.

mod hubble;
mod list;
mod own;
mod party;
mod pods;
mod resolve;
mod services;
#[cfg(test)]
mod tests;

use core::net::IpAddr;

use compact_str::CompactString;
use ironhull_value::Value;
use jiff::Timestamp;

pub use self::list::parse_conns;
pub use self::party::{Party, Unresolved};
pub(crate) use self::pods::{changes_with_release, is_generated};
pub use self::resolve::{Resolved, ResolvedFlow, Resolver, resolve};
pub use self::services::{ServiceFacts, ServicePort, Services, Target};
use crate::algebra::Conns;
use crate::input::LabelList;

/// One observed connection, or several alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The line that it stands on, from 1.
    pub line: u32,
    /// When it was seen.
    pub time: Option<Timestamp>,
    /// Who began it.
    pub from: FlowEnd,
    /// Whom it went to.
    pub to: FlowEnd,
    /// What was asked for, as ports of the destination.
    pub conns: Conns,
    /// What became of it.
    pub outcome: Outcome,
    /// How often it was seen.
    pub count: u64,
}

/// What became of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It went through.
    Allowed,
    /// It was dropped.
    Denied,
    /// The source does not say.
    Unknown,
}

/// An end as its source describes it. Any part may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowEnd {
    /// The namespace; empty outside of the cluster.
    pub namespace: CompactString,
    /// The workload's name.
    pub workload: CompactString,
    /// The workload's kind.
    pub kind: CompactString,
    /// The pod's name.
    pub pod: CompactString,
    /// The Service's name, where the connection went to a Service: then the ports are the Service's.
    pub service: CompactString,
    /// The labels of the pod.
    pub labels: LabelList,
    /// The labels of its namespace, as far as the source tells.
    pub namespace_labels: LabelList,
    /// The address.
    pub address: Option<IpAddr>,
    /// All addresses from one to another, where it is a range.
    pub range: Option<(IpAddr, IpAddr)>,
    /// Domain names.
    pub names: Vec<CompactString>,
    /// What is neither pod nor address.
    pub special: Option<Special>,
}

/// Ends that are no pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Special {
    /// The node of the pod at the other end: the kubelet, or something in its network.
    OwnNode,
    /// Another node of the cluster.
    Node,
    /// The API server.
    ApiServer,
    /// An ingress controller that is no pod.
    Ingress,
    /// The network plugin looking after itself.
    Health,
    /// Outside of the cluster.
    World,
}

/// Something that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The line, from 1.
    pub line: u32,
    /// What was expected and what was found.
    pub message: String,
    /// Whether a connection may be missing because of it.
    pub lost: bool,
}

/// The form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON lines of Cilium's Hubble.
    Hubble,
    /// JSON lines of our own form.
    Own,
    /// A list of connections, as text, CSV or JSON.
    List,
}

/// What a text holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadFlows {
    /// The connections, in the order of their lines. Replies are not among them.
    pub flows: Vec<Flow>,
    /// What was not understood.
    pub diagnostics: Vec<Diagnostic>,
    /// Packets back to whoever began a connection: they need no permission.
    pub replies: u64,
    /// Traffic that the source says it missed.
    pub missed: u64,
}

/// What one file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowFile {
    /// Its name, for messages.
    pub name: String,
    /// What was read.
    pub read: ReadFlows,
}

impl FlowFile {
    /// Reads a file's text.
    pub fn new(name: impl Into<String>, text: &str) -> Self {
        Self { name: name.into(), read: read(text) }
    }
}

impl ReadFlows {
    fn say(&mut self, line: u32, lost: bool, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic { line, lost, message: message.into() });
    }
}

/// Reads a text, telling its form from its first lines. One line that is not understood hides no other.
pub fn read(text: &str) -> ReadFlows {
    read_as(text, sniff(text))
}

/// Reads a text of a known form.
pub fn read_as(text: &str, format: Format) -> ReadFlows {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut read = ReadFlows::default();
    match format {
        Format::List => list::read(text, &mut read),
        Format::Hubble => json_lines(text, &mut read, hubble::read),
        Format::Own => json_lines(text, &mut read, own::read),
    }
    read
}

/// The form that the first line which tells speaks of.
fn sniff(text: &str) -> Format {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if !start.starts_with('{') {
        return Format::List;
    }
    for line in start.lines().take(64) {
        let Ok(value) = serde_json::from_str::<Value>(line) else { continue };
        if value.get("flow").is_some()
            || value.get("lost_events").is_some()
            || value.get("node_status").is_some()
        {
            return Format::Hubble;
        }
        if value.get("from").is_some() || value.get("to").is_some() || value.get("apiVersion").is_some() {
            return Format::Own;
        }
        if value.get("source").is_some() || value.get("IP").is_some() || value.get("l4").is_some() {
            return Format::Hubble;
        }
    }
    // An object over several lines can only be a list.
    if start.lines().next().is_some_and(|line| serde_json::from_str::<Value>(line).is_ok()) {
        Format::Own
    } else {
        Format::List
    }
}

fn json_lines(text: &str, read: &mut ReadFlows, mut one: impl FnMut(u32, &Value, &mut ReadFlows)) {
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match serde_json::from_str::<Value>(line) {
            Ok(value) if value.as_map().is_some() => one(number, &value, read),
            Ok(other) => {
                read.say(number, true, format!("expected a JSON object, found {}", other.kind().name()));
            }
            Err(error) => read.say(number, true, format!("expected a JSON object on one line: {error}")),
        }
    }
}

/// A time as RFC 3339 writes it.
fn time(value: Option<&Value>) -> Option<Timestamp> {
    value?.as_str()?.parse().ok()
}

/// A port number, which traffic never has as 0.
fn port(value: Option<&Value>) -> Option<u16> {
    value?.as_i64().and_then(|number| u16::try_from(number).ok()).filter(|number| *number > 0)
}
