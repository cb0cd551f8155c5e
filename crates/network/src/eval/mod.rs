//! One connection: may it be made?
//!
//! The answer is about exact pods where pods are named. Beyond the policies it knows what holds for every
//! pod: it reaches itself, its own node reaches it, and the node port of a Service leads to the pods behind.

mod format;
mod node_port;
mod picture;

use ironhull_world::World;

pub use self::format::write;
pub use self::picture::picture;
use crate::algebra::{Conns, Protocol};
use crate::engine::{ClassId, Decision, Network, Solver};
use crate::entry::Entries;
use crate::explain::Answer;
use crate::policy::Direction;
use crate::site::Site;
use crate::who::{Who, WhoKind};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Query {
    /// Where the connection starts.
    pub from: Who,
    /// Where it ends.
    pub to: Who,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port.
    pub port: Port,
}

/// A port as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// By number.
    Number(u16),
    /// By the name that the destination gives it.
    Name(String),
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Where it starts.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
    /// [`Answer::Allowed`], [`Answer::Denied`] or [`Answer::Unknown`].
    pub answer: Answer,
    /// What decided, a phrase each: the rules of both directions that allow it, or the one that does not.
    pub because: Vec<String>,
    /// The policies and rules among these.
    pub sites: Vec<Site>,
}

/// A query that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// The destination declares no such port.
    #[error("{to} declares no {protocol} port that is called {name:?}; write its number")]
    Port {
        /// The destination.
        to: String,
        /// The protocol.
        protocol: Protocol,
        /// The name.
        name: String,
    },
    /// No policy is asked between two ends outside of the cluster.
    #[error("{from} and {to} are both outside of the cluster: no policy is about them")]
    Outside {
        /// The source.
        from: String,
        /// The destination.
        to: String,
    },
}

/// One part of an answer.
#[derive(Clone, Debug, Default)]
struct Said {
    because: Vec<String>,
    sites: Vec<Site>,
}

/// Answers.
pub fn evaluate(
    world: &World,
    network: &Network,
    entries: &Entries,
    query: &Query,
) -> Result<Reply, EvalError> {
    let (from, to) = (&query.from, &query.to);
    if from.classes.is_empty() && to.classes.is_empty() {
        return Err(EvalError::Outside { from: from.title.clone(), to: to.title.clone() });
    }
    let port = match &query.port {
        Port::Number(number) => *number,
        Port::Name(name) => named(network, to, query.protocol, name).ok_or_else(|| EvalError::Port {
            to: to.title.clone(),
            protocol: query.protocol,
            name: name.clone(),
        })?,
    };
    let reply = |answer: Answer, said: Said| Reply {
        from: from.title.clone(),
        to: to.title.clone(),
        protocol: query.protocol,
        port,
        answer,
        because: said.because,
        sites: said.sites,
    };
    let phrase = |text: &str| Said { because: vec![text.to_owned()], sites: Vec::new() };
    if is_itself(network, from, to) {
        return Ok(reply(Answer::Allowed, phrase("a pod always reaches itself by its own address")));
    }
    if is_own_node(network, from, to) {
        return Ok(reply(
            Answer::Allowed,
            phrase("a pod's own node always reaches it, for the probes of the kubelet"),
        ));
    }
    if let WhoKind::Node(_) = to.kind
        && let Some((answer, because)) = node_port::behind(world, network, entries, query, port)
    {
        return Ok(reply(answer, Said { because, sites: Vec::new() }));
    }
    let (answer, said) = decided(network, from, to, query.protocol, port);
    Ok(reply(answer, said))
}

/// The answer of the policies, for every variant of both ends.
fn decided(network: &Network, from: &Who, to: &Who, protocol: Protocol, port: u16) -> (Answer, Said) {
    let mut solver = Solver::default();
    let asked = Conns::one(protocol, port);
    let mut answers = Vec::new();
    let mut first = None;
    for source in from.variants() {
        for destination in to.variants() {
            let verdict = solver.between(network, &from.end(source), &to.end(destination));
            let answer = Answer::of(solver.verdict(verdict), &asked);
            if !answers.contains(&answer) {
                answers.push(answer);
            }
            if first.is_none() {
                first = Some(said(network, (from, source), (to, destination), &asked, answer));
            }
        }
    }
    let mut said = first.unwrap_or_default();
    if let [one] = answers.as_slice() {
        return (*one, said);
    }
    said.because.insert(0, "the pods differ: some may and some may not; name one pod".to_owned());
    (Answer::Unknown, said)
}

fn said(
    network: &Network,
    (from, source): (&Who, Option<ClassId>),
    (to, destination): (&Who, Option<ClassId>),
    asked: &Conns,
    answer: Answer,
) -> Said {
    let mut said = Said::default();
    let ways = [
        (Direction::Egress, source, to.end(destination)),
        (Direction::Ingress, destination, from.end(source)),
    ];
    for (direction, class, other) in ways {
        let Some(class) = class else { continue };
        let (verdict, steps) = network.steps(class, direction, &other);
        let mine = Answer::of(&verdict, asked);
        // Of a refusal, only the directions that refuse are of interest.
        if answer != Answer::Allowed && mine == Answer::Allowed {
            continue;
        }
        if steps.is_empty() {
            said.because.push(format!(
                "no policy selects the {} for {}",
                end_name(direction),
                direction.field()
            ));
        }
        for step in steps.iter().filter(|step| !step.conns.intersection(asked).is_empty()) {
            let site = Site::of_step(network, direction, step);
            let over = step.family.map(|family| format!("over {} ", family.name())).unwrap_or_default();
            let perhaps = if step.certain { over } else { format!("{over}perhaps ") };
            let text = site.as_ref().map(ToString::to_string).unwrap_or_default();
            said.because.push(match step.decision {
                Decision::Allowed => format!("{} {perhaps}allowed by {text}", direction.field()),
                Decision::Denied => format!("{} {perhaps}denied by {text}", direction.field()),
                Decision::Passed => format!("{} {perhaps}passed on by {text}", direction.field()),
                Decision::Isolated => {
                    format!("{} {perhaps}allowed by no rule and isolated by {text}", direction.field())
                }
                Decision::Default => {
                    format!("{} denied by no policy and isolated by none", direction.field())
                }
            });
            said.sites.extend(site);
        }
    }
    said
}

fn end_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "destination",
        Direction::Egress => "source",
    }
}

/// The number of a named port at the destination.
fn named(network: &Network, to: &Who, protocol: Protocol, name: &str) -> Option<u16> {
    let classes = to.classes.iter();
    let mut ports = classes.flat_map(|class| network.ports_declared(*class));
    ports.find(|(own, of, _)| own == name && *of == protocol).map(|(_, _, number)| *number)
}

/// Whether both ends are one pod: the same, or a workload that runs only one.
fn is_itself(network: &Network, from: &Who, to: &Who) -> bool {
    match (&from.kind, &to.kind) {
        (WhoKind::Pod(a, x), WhoKind::Pod(b, y)) => a == b && x == y,
        (WhoKind::Workload(a), WhoKind::Workload(b)) => {
            a == b
                && network
                    .workload(*a)
                    .is_some_and(|entry| !entry.workload.many && entry.workload.pods.len() == 1)
        }
        _ => false,
    }
}

/// Whether the source is the node that the destination runs on. netpol-analyzer does not treat it apart.
fn is_own_node(network: &Network, from: &Who, to: &Who) -> bool {
    if network.profile().is_netpol_analyzer() {
        return false;
    }
    let WhoKind::Node(node) = &from.kind else { return false };
    let Some(entry) = to.workload().and_then(|id| network.workload(id)) else { return false };
    let pods = &entry.workload.pods;
    let here = |pod: &crate::input::PodFacts| pod.node == node.as_str();
    match to.kind {
        WhoKind::Pod(_, place) => pods.get(place).is_some_and(here),
        _ => !pods.is_empty() && pods.iter().all(here),
    }
}
