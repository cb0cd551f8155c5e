//! Policies, ready to be asked about pods that do not exist.

use compact_str::CompactString;
use ironhull_value::Value;

use super::conns::NamedConns;
use super::layers::Layer;
use super::patterns::Pattern;
use crate::engine::{Network, PolicyId};
use crate::policy::{Direction, Namespaces, Peer, Policy, Rule, Stage};

/// Where a policy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Before NetworkPolicy.
    Before,
    /// NetworkPolicy and what isolates like it.
    Network,
    /// Behind it.
    Behind,
}

/// Pods, as a rule or a subject describes them.
#[derive(Clone, Debug)]
pub(super) enum Whom {
    /// Whoever it is.
    Everyone,
    /// Pods by selectors. Without one for namespaces these are the policy's own.
    Pods { namespaces: Option<Pattern>, own: CompactString, pods: Option<Pattern> },
    /// Not pods.
    Nobody,
}

impl Whom {
    /// Whether all pods of the cluster are meant.
    fn is_whole_cluster(&self) -> bool {
        match self {
            Self::Everyone => true,
            Self::Pods { namespaces, pods, .. } => {
                namespaces.as_ref().is_some_and(Pattern::is_empty)
                    && pods.as_ref().is_none_or(Pattern::is_empty)
            }
            Self::Nobody => false,
        }
    }

    /// Whether pods that are known by nothing but a rule's selectors are meant: if this asks for nothing, or
    /// for the very same. Selectors that only overlap do not count.
    pub(super) fn covers(&self, stand_in: &StandIn) -> bool {
        let Self::Pods { namespaces, own, pods } = self else { return matches!(self, Self::Everyone) };
        let covers =
            |pattern: &Pattern, requirements: &[String]| pattern.is_empty() || pattern.says(requirements);
        let there = match namespaces {
            None => *own == stand_in.namespace,
            Some(pattern) => covers(pattern, stand_in.namespaces.requirements()),
        };
        let required = stand_in.pods.as_ref().map(Pattern::requirements).unwrap_or_default();
        there && pods.as_ref().is_none_or(|pattern| covers(pattern, required))
    }
}

/// Pods that do not exist, and of which nothing is known but that these selectors match them.
#[derive(Clone, Debug)]
pub(super) struct StandIn {
    /// Their namespaces.
    pub(super) namespaces: Pattern,
    /// They themselves; `None` where the rule does not ask.
    pub(super) pods: Option<Pattern>,
    /// Their namespace, where it is the policy's own.
    pub(super) namespace: CompactString,
}

impl StandIn {
    /// What makes two of them one.
    pub(super) fn key(&self) -> (Vec<String>, Vec<String>) {
        let pods = self.pods.as_ref().map(Pattern::requirements).unwrap_or_default();
        (self.namespaces.requirements().to_vec(), pods.to_vec())
    }

    /// Takes a namespace that is given by its name for what it is.
    pub(super) fn settle(&mut self) {
        if let Some(name) = self.namespaces.namespace_name() {
            self.namespace = name.into();
        }
    }

    /// `[namespace with {team=a}]/[pod with {app=web}]`.
    pub(super) fn title(&self) -> String {
        format!("{}/{}", self.namespaces.namespaces_title(), Pattern::pods_title(self.pods.as_ref()))
    }
}

/// One direction of a policy.
#[derive(Clone, Debug)]
pub(super) struct PreparedSide {
    /// The peers of each rule; of one that is not certain none.
    pub(super) rules: Vec<Vec<Whom>>,
    /// What the rules about the whole cluster say.
    pub(super) wide: Layer,
}

/// A policy.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) id: PolicyId,
    pub(super) place: Place,
    pub(super) subject: Whom,
    pub(super) sides: [Option<PreparedSide>; 2],
    /// What its rules name.
    pub(super) stand_ins: Vec<StandIn>,
}

impl Prepared {
    pub(super) fn of(network: &Network, id: PolicyId, policy: &Policy) -> Self {
        let place = match policy.order.stage.order.total_cmp(&Stage::network_policy().order) {
            std::cmp::Ordering::Less => Place::Before,
            std::cmp::Ordering::Equal => Place::Network,
            std::cmp::Ordering::Greater => Place::Behind,
        };
        let mut stand_ins = Vec::new();
        let sides = Direction::BOTH.map(|direction| {
            let side = policy.side(direction)?;
            let mut wide = Layer::default();
            let mut rules = Vec::with_capacity(side.rules.len());
            for rule in &side.rules {
                let peers = if rule.certain { peers(policy, rule, direction) } else { Vec::new() };
                widen(network, rule, &peers, place, &mut wide, &mut stand_ins);
                rules.push(peers);
            }
            Some(PreparedSide { rules, wide })
        });
        Self { id, place, subject: subject(policy), sides, stand_ins }
    }

    pub(super) fn side(&self, direction: Direction) -> Option<&PreparedSide> {
        self.sides[direction as usize].as_ref()
    }
}

/// Puts a rule to the whole cluster's account, or its peers among the stand-ins. A rule of a NetworkPolicy
/// with one peer that means the whole cluster is about nothing else to netpol-analyzer.
fn widen(
    network: &Network,
    rule: &Rule,
    peers: &[Whom],
    place: Place,
    wide: &mut Layer,
    stand_ins: &mut Vec<StandIn>,
) {
    let first_only = network.profile().is_netpol_analyzer();
    let conns = || NamedConns::of_rule(&rule.ports, None, first_only);
    if place == Place::Network && peers.iter().any(Whom::is_whole_cluster) {
        wide.rule(rule.action, conns());
        return;
    }
    for peer in peers {
        match peer {
            peer if peer.is_whole_cluster() => wide.rule(rule.action, conns()),
            Whom::Pods { namespaces, own, pods } => {
                let (namespaces, namespace) = match namespaces {
                    Some(namespaces) => (namespaces.clone(), CompactString::default()),
                    None => (Pattern::namespace(own), own.clone()),
                };
                stand_ins.push(StandIn { namespaces, pods: pods.clone(), namespace });
            }
            _ => {}
        }
    }
}

/// The peers of a rule, as they are written where the API is one of Kubernetes.
fn peers(policy: &Policy, rule: &Rule, direction: Direction) -> Vec<Whom> {
    if rule.peers.contains(&Peer::Everything) {
        return vec![Whom::Everyone];
    }
    let field = if direction == Direction::Ingress { "from" } else { "to" };
    let written = policy
        .object
        .as_ref()
        .and_then(|object| object.value.at(&rule.path))
        .and_then(|rule| rule.get(field));
    match written.and_then(Value::as_array).filter(|_| is_of_kubernetes(policy)) {
        Some(items) => items.iter().map(|item| written_peer(policy, item)).collect(),
        None => rule.peers.iter().map(read_peer).collect(),
    }
}

fn is_of_kubernetes(policy: &Policy) -> bool {
    let group = policy.object.as_ref().map_or("", |object| object.key.group.as_str());
    matches!(group, "networking.k8s.io" | "policy.networking.k8s.io")
}

fn subject(policy: &Policy) -> Whom {
    let written = policy.object.as_ref().and_then(|object| object.value.dig(&["spec", "subject"]));
    match written.filter(|_| is_of_kubernetes(policy)) {
        Some(subject) => written_peer(policy, subject),
        None => read_peer(&policy.subject),
    }
}

fn written_peer(policy: &Policy, item: &Value) -> Whom {
    // A selector that is not valid makes the rule uncertain; it stands for nobody.
    let pattern = |selector: Option<&Value>| selector.map(Pattern::of);
    let (namespaces, pods) = if let Some(namespaces) = item.get("namespaces") {
        (Some(Pattern::of(namespaces)), None)
    } else if let Some(pods) = item.get("pods") {
        let part = |field: &str| {
            Some(
                pods.get(field)
                    .map_or_else(|| Pattern::of(&Value::Map(ironhull_value::Map::default())), Pattern::of),
            )
        };
        (part("namespaceSelector"), part("podSelector"))
    } else if item.get("podSelector").is_some() || item.get("namespaceSelector").is_some() {
        (pattern(item.get("namespaceSelector")), pattern(item.get("podSelector")))
    } else {
        return Whom::Nobody;
    };
    match (namespaces, pods) {
        (Some(None), _) | (_, Some(None)) => Whom::Nobody,
        (namespaces, pods) => Whom::Pods {
            namespaces: namespaces.flatten(),
            own: policy.namespace.clone(),
            pods: pods.flatten(),
        },
    }
}

fn read_peer(peer: &Peer) -> Whom {
    match peer {
        Peer::Everything => Whom::Everyone,
        Peer::Pods { namespaces, pods } => {
            let (namespaces, own) = match namespaces {
                Namespaces::All => (
                    Some(Pattern::of_match(&crate::policy::LabelMatch::everything())),
                    CompactString::default(),
                ),
                Namespaces::One(name) => (None, name.clone()),
                Namespaces::Labelled(labels) => (Some(Pattern::of_match(labels)), CompactString::default()),
            };
            Whom::Pods { namespaces, own, pods: Some(Pattern::of_match(pods)) }
        }
        _ => Whom::Nobody,
    }
}
