//! Chains and sets, each once.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use super::ports::{matched, matches};
use super::select::{Cluster, Pod};
use crate::algebra::AddressSet;
use crate::policy::{Action, Direction, Policy, Rule};

/// What was made so far.
#[derive(Default)]
pub(super) struct Chains {
    bodies: Vec<String>,
    by_body: FxHashMap<String, usize>,
    sets: Vec<AddressSet>,
    by_set: FxHashMap<AddressSet, usize>,
}

impl Chains {
    /// The chain where a direction of a pod begins, `None` if no policy selects it.
    pub(super) fn of_pod(
        &mut self,
        cluster: &Cluster<'_>,
        pod: &Pod<'_>,
        direction: Direction,
    ) -> Option<usize> {
        let applying: Vec<&Policy> = cluster
            .policies
            .iter()
            .copied()
            .filter(|policy| policy.certain_subject && policy.side(direction).is_some())
            .filter(|policy| cluster.selects(&policy.subject, pod))
            .collect();
        // From the last stage to the first, so that each knows where the next one is.
        let mut next = None;
        for stage in applying.chunk_by(|a, b| a.order.same_stage(&b.order)).rev() {
            let body = self.stage(cluster, pod, direction, stage, next);
            next = Some(self.chain(body));
        }
        next
    }

    fn stage(
        &mut self,
        cluster: &Cluster<'_>,
        pod: &Pod<'_>,
        direction: Direction,
        policies: &[&Policy],
        next: Option<usize>,
    ) -> String {
        let onwards = next.map_or_else(|| "return".to_owned(), |chain| format!("goto c{chain}"));
        let mut body = String::new();
        let mut isolates = false;
        for policy in policies {
            let Some(side) = policy.side(direction) else { continue };
            isolates |= side.isolates;
            for rule in side.rules.iter().filter(|rule| rule.certain) {
                let verdict = match rule.action {
                    Action::Allow => "return",
                    Action::Deny => "goto refuse",
                    Action::Pass => &onwards,
                };
                let _ = writeln!(body, "    # {}", title(policy, rule));
                self.rule(cluster, pod, direction, rule, verdict, &mut body);
            }
        }
        let _ = writeln!(body, "    {}", if isolates { "goto refuse" } else { &onwards });
        body
    }

    fn rule(
        &mut self,
        cluster: &Cluster<'_>,
        pod: &Pod<'_>,
        direction: Direction,
        rule: &Rule,
        verdict: &str,
        body: &mut String,
    ) {
        let peers =
            rule.peers.iter().fold(AddressSet::none(), |all, peer| all.union(&cluster.addresses(peer)));
        let side = if direction == Direction::Ingress { "saddr" } else { "daddr" };
        for (conns, peers) in matched(cluster, pod, direction, &rule.ports, &peers) {
            for address in self.addresses(&peers, side) {
                for ports in matches(&conns) {
                    let _ = writeln!(body, "    {address}{ports}{verdict}");
                }
            }
        }
    }

    /// The matches that together are these addresses; an empty text matches everything.
    fn addresses(&mut self, set: &AddressSet, side: &str) -> Vec<String> {
        let all_v4 = set.v4() == [(0, u32::MAX)];
        let all_v6 = set.v6() == [(0, u128::MAX)];
        if all_v4 && all_v6 {
            return vec![String::new()];
        }
        let mut found = Vec::new();
        if all_v4 {
            found.push("meta nfproto ipv4 ".to_owned());
        } else if !set.v4().is_empty() {
            found.push(format!("ip {side} @s{}v4 ", self.set(set)));
        }
        if all_v6 {
            found.push("meta nfproto ipv6 ".to_owned());
        } else if !set.v6().is_empty() {
            found.push(format!("ip6 {side} @s{}v6 ", self.set(set)));
        }
        found
    }

    fn chain(&mut self, body: String) -> usize {
        *self.by_body.entry(body).or_insert_with_key(|body| {
            self.bodies.push(body.clone());
            self.bodies.len() - 1
        })
    }

    fn set(&mut self, set: &AddressSet) -> usize {
        if let Some(&known) = self.by_set.get(set) {
            return known;
        }
        self.sets.push(set.clone());
        self.by_set.insert(set.clone(), self.sets.len() - 1);
        self.sets.len() - 1
    }

    /// Writes the sets, and the chains in an order in which each is there before something leads to it.
    pub(super) fn write(&self, text: &mut String) {
        for (number, set) in self.sets.iter().enumerate() {
            let v4: Vec<String> = set
                .v4()
                .iter()
                .map(|&(low, high)| range(Ipv4Addr::from_bits(low), Ipv4Addr::from_bits(high)))
                .collect();
            let v6: Vec<String> = set
                .v6()
                .iter()
                .map(|&(low, high)| range(Ipv6Addr::from_bits(low), Ipv6Addr::from_bits(high)))
                .collect();
            for (family, kind, elements) in [("v4", "ipv4_addr", v4), ("v6", "ipv6_addr", v6)] {
                // A whole family is matched without a set.
                let whole = set.v4() == [(0, u32::MAX)] && family == "v4"
                    || set.v6() == [(0, u128::MAX)] && family == "v6";
                if !elements.is_empty() && !whole {
                    let _ = writeln!(
                        text,
                        "  set s{number}{family} {{\n    type {kind}\n    flags interval\n    elements = {{ {} }}\n  }}",
                        elements.join(", ")
                    );
                }
            }
        }
        // An answer, so that whoever asked knows at once. A client that opens a TCP connection may not see
        // an ICMP error that comes back before its system call is through; it always sees a reset.
        text.push_str("  chain refuse {\n    meta l4proto tcp reject with tcp reset\n");
        text.push_str("    reject with icmpx type admin-prohibited\n  }\n");
        for (number, body) in self.bodies.iter().enumerate() {
            let _ = write!(text, "  chain c{number} {{\n{body}  }}\n");
        }
    }
}

fn range<A: Copy + PartialEq + std::fmt::Display>(low: A, high: A) -> String {
    if low == high { low.to_string() } else { format!("{low}-{high}") }
}

/// Where a rule comes from, for the reader. Names are foreign text: nothing of them may end the comment.
fn title(policy: &Policy, rule: &Rule) -> String {
    let text = format!("{} {} {}", policy.kind, policy.full_name(), rule.path);
    text.chars()
        .map(|one| if one.is_ascii_graphic() || one == ' ' { one } else { '?' })
        .take(200)
        .collect::<String>()
        .replace('\\', "?")
}
