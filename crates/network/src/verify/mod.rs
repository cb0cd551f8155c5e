//! What to try with real packets, and what the engine expects of each try.
//!
//! Pods get addresses, the outside gets some on both sides of every boundary that a policy draws, and every
//! ordered pair of these hosts is tried at the ports where answers may change. Each family is computed for
//! itself: a packet has one source address, and an address block matches that one.
//!
//! Sending the packets is not done here.

mod hosts;
mod points;
mod scenario;

use core::net::IpAddr;

use crate::Profile;
use crate::algebra::{Conns, Protocol};
use crate::engine::{ClassId, End, Network, Solver, VerdictId};
use crate::input::Input;
use crate::policy::Direction;

pub use self::hosts::{Addressed, Host, HostKind, addressed, of_family};
pub use self::scenario::scenario;

/// How much is tried.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Ports to try beside those that the policies mention.
    pub ports: Vec<u16>,
    /// At most so many pods.
    pub limit_pods: Option<usize>,
}

/// One connection to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    /// The host it starts from.
    pub from: usize,
    /// The host it goes to.
    pub to: usize,
    /// The address of the latter that is used.
    pub address: IpAddr,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The destination port.
    pub port: u16,
    /// What the engine says.
    pub expected: Expected,
}

/// What the engine says of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is allowed.
    Allowed,
    /// It is denied.
    Denied,
}

/// Everything there is to try.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The hosts, the pods first.
    pub hosts: Vec<Host>,
    /// The input with all addresses: what the ruleset is compiled from.
    pub input: Input,
    /// The ports.
    pub ports: Vec<u16>,
    /// What to try.
    pub tries: Vec<Try>,
    /// Connections that the engine cannot decide: there is nothing to compare.
    pub undecided: usize,
    /// What is not tried, a sentence each.
    pub left_out: Vec<String>,
}

/// Protocols that can be tried.
const TRIED: [Protocol; 2] = [Protocol::Tcp, Protocol::Udp];

/// Makes the plan.
pub fn plan(input: &Input, options: &Options) -> Plan {
    let mut left_out = Vec::new();
    let Addressed { input, mut hosts } = addressed(input, &mut left_out);
    hosts::limit(&mut hosts, options.limit_pods, &mut left_out);
    hosts.extend(hosts::outside(&input, &mut left_out));
    let ports = points::ports(&input, &options.ports, &mut left_out);
    if points::mentions_sctp(&input) {
        left_out.push("SCTP: the rules are in the ruleset, but only TCP and UDP are probed".to_owned());
    }
    let mut plan = Plan { hosts, input, ports, tries: Vec::new(), undecided: 0, left_out };
    for v4 in [true, false] {
        plan_family(&mut plan, v4);
    }
    plan
}

fn plan_family(plan: &mut Plan, v4: bool) {
    let input = of_family(&plan.input, v4);
    let mut oracle = Oracle::new(&input);
    let address = |host: &Host| if v4 { host.v4.map(IpAddr::from) } else { host.v6.map(IpAddr::from) };
    for (from, source) in plan.hosts.iter().enumerate() {
        for (to, destination) in plan.hosts.iter().enumerate() {
            let outside = |host: &Host| matches!(host.kind, HostKind::Outside);
            let (Some(source_address), Some(address)) = (address(source), address(destination)) else {
                continue;
            };
            // No policy speaks of connections that do not touch the cluster.
            if outside(source) && outside(destination) {
                continue;
            }
            let verdict = (from != to).then(|| oracle.between(source, source_address, destination, address));
            for protocol in TRIED {
                for &port in &plan.ports {
                    let expected = match verdict.map(|verdict| oracle.solver.verdict(verdict)) {
                        // A pod always reaches itself.
                        None => Expected::Allowed,
                        Some(verdict) if verdict.unknown.contains(protocol, port) => {
                            plan.undecided += 1;
                            continue;
                        }
                        Some(verdict) if verdict.allowed.contains(protocol, port) => Expected::Allowed,
                        Some(_) => Expected::Denied,
                    };
                    plan.tries.push(Try { from, to, address, protocol, port, expected });
                }
            }
        }
    }
}

/// The engine, asked about hosts.
struct Oracle {
    network: Network,
    solver: Solver,
}

impl Oracle {
    fn new(input: &Input) -> Self {
        Self { network: Network::new(input, Profile::Upstream), solver: Solver::default() }
    }

    fn class(&self, host: &Host) -> Option<ClassId> {
        match &host.kind {
            HostKind::Pod { workload, pod } => {
                self.network.workload(u32::try_from(*workload).ok()?)?.classes.get(*pod).copied()
            }
            HostKind::Node(name) => self.network.nodes().find(|(own, _)| own == name).map(|(_, class)| class),
            HostKind::Outside => None,
        }
    }

    fn end(&self, host: &Host, address: IpAddr) -> End<'static> {
        self.class(host).map_or(End::Address(address), End::Class)
    }

    fn between(&mut self, from: &Host, source: IpAddr, to: &Host, destination: IpAddr) -> VerdictId {
        let (from, to) = (self.end(from, source), self.end(to, destination));
        self.solver.between(&self.network, &from, &to)
    }
}

/// Why the engine says what it says, in lines: the policies that select each end, and what they leave.
pub fn why(plan: &Plan, one: &Try) -> Vec<String> {
    let (Some(from), Some(to)) = (plan.hosts.get(one.from), plan.hosts.get(one.to)) else {
        return Vec::new();
    };
    let v4 = one.address.is_ipv4();
    let mut oracle = Oracle::new(&of_family(&plan.input, v4));
    let source = if v4 { from.v4.map(IpAddr::from) } else { from.v6.map(IpAddr::from) };
    let Some(source) = source else { return Vec::new() };
    let (from_end, to_end) = (oracle.end(from, source), oracle.end(to, one.address));
    let mut lines = Vec::new();
    for (direction, host, own, other) in
        [(Direction::Egress, from, from_end, to_end), (Direction::Ingress, to, to_end, from_end)]
    {
        let End::Class(class) = own else { continue };
        let row = oracle.solver.row(&oracle.network, class, direction);
        let policies: Vec<String> = row
            .policies
            .iter()
            .filter_map(|id| oracle.network.policy(*id))
            .map(|policy| format!("{} {}", policy.kind, policy.full_name()))
            .collect();
        let id = oracle.solver.towards(&oracle.network, class, direction, &other);
        let allowed: &Conns = &oracle.solver.verdict(id).allowed;
        let by = if policies.is_empty() { "no policy".to_owned() } else { policies.join(", ") };
        lines.push(format!("{} of {}: the engine allows {allowed} ({by})", direction.field(), host.title));
    }
    lines
}
