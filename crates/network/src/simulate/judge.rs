//! One flow under one set of policies.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::Path;
use rustc_hash::FxHashMap;

use crate::Profile;
use crate::algebra::Conns;
use crate::engine::{ClassId, Decision, End, Network, Solver, WorkloadId};
use crate::flows::{Party, ResolvedFlow};
use crate::input::Input;
use crate::policy::{Direction, Policy};

/// What would become of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It would go through.
    Allowed,
    /// It would not, or only from some of the workload's pods.
    Denied,
    /// It hangs on something that is wrong or not modelled.
    Unknown,
    /// It cannot be told, for this reason.
    NotJudged(String),
}

impl Fate {
    fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Denied, _) | (_, Self::Denied) => Self::Denied,
            (Self::NotJudged(reason), _) | (_, Self::NotJudged(reason)) => Self::NotJudged(reason),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Allowed, Self::Allowed) => Self::Allowed,
        }
    }
}

/// Who is in the way.
#[derive(Clone, Debug)]
pub struct Blame {
    /// The workload whose policies are in the way.
    pub workload: String,
    /// The direction, seen from that workload.
    pub direction: Direction,
    /// The policy.
    pub policy: Option<Arc<Policy>>,
    /// Its rule, counted from 0; none where it isolates and has no rule for this.
    pub rule: Option<usize>,
}

impl Blame {
    /// `NetworkPolicy shop/catalog`.
    pub fn policy_title(&self) -> String {
        self.policy
            .as_ref()
            .map_or_else(String::new, |policy| format!("{} {}", policy.kind, policy.full_name()))
    }

    /// Where it is written; empty if nobody knows.
    pub fn written_at(&self) -> String {
        let Some((policy, object)) =
            self.policy.as_ref().and_then(|policy| Some((policy, policy.object.as_ref()?)))
        else {
            return String::new();
        };
        let rule = self.rule.and_then(|rule| policy.side(self.direction)?.rules.get(rule));
        crate::place(object, &rule.map_or_else(|| Path::root().child("spec"), |rule| rule.path.clone()))
    }

    fn is_like(&self, other: &Self) -> bool {
        let same = match (&self.policy, &other.policy) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (None, None) => true,
            _ => false,
        };
        same && self.direction == other.direction
            && self.rule == other.rule
            && self.workload == other.workload
    }
}

/// Judges flows under one set of policies.
#[derive(Debug)]
pub struct Judge<'i> {
    input: &'i Input,
    network: Network,
    solver: Solver,
    workloads: FxHashMap<(CompactString, CompactString, CompactString), WorkloadId>,
}

/// An end that may stand for several.
enum Ends {
    Classes(Vec<ClassId>),
    Addresses(Vec<(IpAddr, IpAddr)>),
    Name(CompactString),
    None(String),
}

/// What is asked of one direction.
struct Asked<'a> {
    class: ClassId,
    direction: Direction,
    conns: &'a Conns,
    party: &'a Party,
}

impl<'i> Judge<'i> {
    /// For a cluster.
    pub fn new(input: &'i Input, profile: Profile) -> Self {
        let network = Network::new(input, profile);
        let key = |workload: &crate::input::Workload| {
            (workload.namespace.clone(), workload.name.clone(), workload.kind.clone())
        };
        let workloads = network.workloads().map(|(id, entry)| (key(&entry.workload), id)).collect();
        Self { input, network, solver: Solver::default(), workloads }
    }

    /// The network and its solver, for more questions.
    pub fn parts(&mut self) -> (&Network, &mut Solver) {
        (&self.network, &mut self.solver)
    }

    /// What would become of a flow, and who is to blame if it does not go through.
    pub fn judge(&mut self, flow: &ResolvedFlow) -> (Fate, Vec<Blame>) {
        // The node always reaches its own pods: Kubernetes asks that of every implementation.
        if matches!(flow.from, Party::OwnNode(_)) {
            return (Fate::Allowed, Vec::new());
        }
        let (from, to) = (self.ends(&flow.from), self.ends(&flow.to));
        let mut worst = Fate::Allowed;
        let mut blames: Vec<Blame> = Vec::new();
        for (own, direction, other, party) in
            [(&from, Direction::Egress, &to, &flow.from), (&to, Direction::Ingress, &from, &flow.to)]
        {
            let Ends::Classes(classes) = own else { continue };
            for &class in classes {
                let asked = Asked { class, direction, conns: &flow.conns, party };
                worst = worst.worse(self.one(&asked, other, &mut blames));
            }
        }
        (worst, blames)
    }

    fn ends(&self, party: &Party) -> Ends {
        match party {
            Party::Workload(index) => {
                let Some(workload) = self.input.workloads.get(*index) else {
                    return Ends::None("the workload is gone".to_owned());
                };
                let key = (workload.namespace.clone(), workload.name.clone(), workload.kind.clone());
                let entry = self.workloads.get(&key).and_then(|id| self.network.workload(*id));
                let mut classes: Vec<ClassId> = entry.map(|entry| entry.classes.to_vec()).unwrap_or_default();
                classes.sort_unstable();
                classes.dedup();
                Ends::Classes(classes)
            }
            Party::Controller => Ends::Classes(vec![self.network.controller()]),
            Party::Name(name) => Ends::Name(name.clone()),
            Party::Node { name, addresses } => match self.network.nodes().find(|(own, _)| own == name) {
                Some((_, class)) => Ends::Classes(vec![class]),
                None if addresses.is_empty() => {
                    Ends::None(format!("the address of {} is not known", party.title(self.input)))
                }
                None => Ends::Addresses(party.addresses()),
            },
            Party::OwnNode(addresses) if addresses.is_empty() => {
                Ends::None("the address of the pod's own node is not known".to_owned())
            }
            Party::OwnNode(_) | Party::Address(_) | Party::Range(..) => Ends::Addresses(party.addresses()),
        }
    }

    /// One direction of one class towards all that the other end stands for.
    fn one(&mut self, asked: &Asked<'_>, other: &Ends, blames: &mut Vec<Blame>) -> Fate {
        let row = self.solver.row(&self.network, asked.class, asked.direction);
        if row.policies.is_empty() {
            return Fate::Allowed;
        }
        match other {
            Ends::None(reason) => Fate::NotJudged(reason.clone()),
            Ends::Name(name) => self.towards(asked, &End::Name(name), blames),
            Ends::Classes(classes) => classes.iter().fold(Fate::Allowed, |fate, &other| {
                fate.worse(self.towards(asked, &End::Class(other), blames))
            }),
            Ends::Addresses(ranges) => {
                // The verdict changes only where a rule's block begins or ends.
                let mut places: Vec<IpAddr> = ranges.iter().map(|(first, _)| *first).collect();
                let v4 = row.v4().iter().map(|(start, _)| IpAddr::V4(Ipv4Addr::from_bits(*start)));
                let v6 = row.v6().iter().map(|(start, _)| IpAddr::V6(Ipv6Addr::from_bits(*start)));
                let inside = |start: &IpAddr| {
                    ranges.iter().any(|(first, last)| {
                        first.is_ipv4() == start.is_ipv4() && first < start && start <= last
                    })
                };
                places.extend(v4.chain(v6).filter(inside));
                places.iter().fold(Fate::Allowed, |fate, &place| {
                    fate.worse(self.towards(asked, &End::Address(place), blames))
                })
            }
        }
    }

    fn towards(&mut self, asked: &Asked<'_>, other: &End<'_>, blames: &mut Vec<Blame>) -> Fate {
        let id = self.solver.towards(&self.network, asked.class, asked.direction, other);
        let verdict = self.solver.verdict(id);
        if verdict.allowed.includes(asked.conns) {
            return Fate::Allowed;
        }
        let perhaps = verdict.allowed.union(&verdict.unknown).includes(asked.conns);
        let missing = asked.conns.difference(&verdict.allowed);
        let (_, steps) = self.network.steps(asked.class, asked.direction, other);
        let in_the_way = steps.into_iter().filter(|step| {
            let stops = matches!(step.decision, Decision::Denied | Decision::Isolated);
            (stops || !step.certain) && !step.conns.intersection(&missing).is_empty()
        });
        for step in in_the_way {
            let blame = Blame {
                workload: asked.party.title(self.input),
                direction: asked.direction,
                policy: self.network.policy(step.policy).cloned(),
                rule: step.rule,
            };
            if !blames.iter().any(|known| known.is_like(&blame)) {
                blames.push(blame);
            }
        }
        if perhaps { Fate::Unknown } else { Fate::Denied }
    }
}
