//! One direction of one class, asked rule by rule: for proofs that a rule does nothing, and for the way to an
//! answer. A [`super::Row`] says the same for all ends at once and keeps no steps.

use core::net::IpAddr;

use smallvec::SmallVec;

use super::classes::ClassId;
use super::compile::{CompiledRule, PolicyId};
use super::decide::{Applying, Step, decide};
use super::families::FAMILIES;
use super::network::{End, Network};
use super::verdict::Verdict;
use crate::algebra::Conns;
use crate::policy::Direction;

/// A rule: its policy, and its number in the direction that is asked.
pub type RuleId = (PolicyId, usize);

/// The policies that select a class in one direction, in the order in which they are asked.
#[derive(Debug)]
pub struct Ask<'n> {
    network: &'n Network,
    class: ClassId,
    direction: Direction,
    applying: SmallVec<[Applying<'n>; 8]>,
}

impl Network {
    /// Prepares questions about one direction of a class.
    pub fn ask(&self, class: ClassId, direction: Direction) -> Ask<'_> {
        Ask { network: self, class, direction, applying: self.applying(class, direction) }
    }

    /// The classes that a rule's peers name, and whether it names every end.
    pub fn matched_classes(&self, rule: RuleId, direction: Direction) -> (Vec<ClassId>, bool) {
        let Some(compiled) = self.compiled_rule(rule, direction) else { return (Vec::new(), false) };
        if compiled.everything {
            return (self.classes.iter().map(|(id, _)| id).collect(), true);
        }
        let groups = compiled.groups.iter().filter_map(|&group| self.groups.get(group));
        let mut found: Vec<ClassId> = groups.flat_map(|group| group.members.iter().copied()).collect();
        found.sort_unstable();
        found.dedup();
        (found, false)
    }

    fn compiled_rule(&self, (policy, rule): RuleId, direction: Direction) -> Option<&CompiledRule> {
        self.compiled(policy)?.side(direction)?.rules.get(rule)
    }

    /// Whether a rule's peers describe an end.
    pub fn rule_matches(&self, rule: RuleId, direction: Direction, end: &End<'_>) -> bool {
        self.compiled_rule(rule, direction).is_some_and(|rule| self.matches(rule, end))
    }

    /// The connections that a rule is about when `destination` is at their end; none is what is outside.
    pub fn rule_conns(&self, rule: RuleId, direction: Direction, destination: Option<ClassId>) -> Conns {
        let declared = destination.map_or(&[][..], |class| self.ports_declared(class));
        self.compiled_rule(rule, direction)
            .map_or_else(Conns::none, |rule| rule.ports.resolve(declared, self.profile()))
    }

    fn matches(&self, rule: &CompiledRule, end: &End<'_>) -> bool {
        if rule.everything {
            return true;
        }
        match end {
            End::Class(class) => {
                let groups = self.class(*class).map_or(&[][..], |class| &class.groups);
                rule.groups.iter().any(|group| groups.binary_search(group).is_ok())
            }
            End::Address(address) => {
                // An address of a node: rules about addresses and rules about nodes both speak of it.
                let is_node = |node| rule.groups.iter().any(|&group| self.is_node_member(node, group));
                rule.addresses().contains(*address) || self.node_with(*address).is_some_and(is_node)
            }
            End::Name(name) => rule.is_about_all_addresses() || rule.names().iter().any(|own| own == name),
        }
    }
}

impl Ask<'_> {
    /// The policies, in order.
    pub fn policies(&self) -> impl Iterator<Item = PolicyId> + '_ {
        self.applying.iter().map(|(id, _)| *id)
    }

    /// All rules, in the order in which they are asked.
    pub fn rules(&self) -> impl Iterator<Item = RuleId> + '_ {
        self.applying.iter().flat_map(|(id, policy)| {
            let count = policy.side(self.direction).map_or(0, |side| side.rules.len());
            (0..count).map(move |rule| (*id, rule))
        })
    }

    /// Lets two policies change places.
    pub fn swap(&mut self, a: PolicyId, b: PolicyId) {
        let place = |wanted| self.applying.iter().position(|(id, _)| *id == wanted);
        if let (Some(a), Some(b)) = (place(a), place(b)) {
            self.applying.swap(a, b);
        }
    }

    /// Decides for one other end as if the rules that `left_out` names were not there. `note` hears every
    /// step.
    pub fn decide(
        &self,
        other: &End<'_>,
        left_out: impl Fn(RuleId) -> bool,
        note: impl FnMut(Step),
    ) -> Verdict {
        let network = self.network;
        let destination = match (self.direction, other) {
            (Direction::Ingress, _) => Some(self.class),
            (Direction::Egress, End::Class(class)) => Some(*class),
            (Direction::Egress, _) => None,
        };
        let declared = destination.map_or(&[][..], |class| network.ports_declared(class));
        let verdict = decide(
            &self.applying,
            self.direction,
            |place, number, rule| {
                network.matches(rule, other)
                    && !self.applying.get(place).is_some_and(|(id, _)| left_out((*id, number)))
            },
            |rule| rule.ports.resolve(declared, network.profile()),
            note,
        );
        let verdict = network.seen_by_profile(verdict);
        let End::Class(class) = other else { return verdict };
        if !network.has_both_families(*class) {
            return verdict;
        }
        let [v4, v6] = FAMILIES.map(|family| {
            let matches = |place: usize, number, rule: &CompiledRule| {
                network.matches_in(rule, *class, family)
                    && !self.applying.get(place).is_some_and(|(id, _)| left_out((*id, number)))
            };
            let ports = |rule: &CompiledRule| rule.ports.resolve(declared, network.profile());
            network.seen_by_profile(decide(&self.applying, self.direction, matches, ports, |_| {}))
        });
        v4.either(&v6)
    }

    /// One address for each range that the rules cut the addresses into, as far as `rule` names it.
    pub fn addresses_of(&self, rule: RuleId) -> Vec<IpAddr> {
        let Some(own) = self.network.compiled_rule(rule, self.direction) else { return Vec::new() };
        let (mut v4, mut v6) = (vec![0u32], vec![0u128]);
        for rule in self.rules().filter_map(|rule| self.network.compiled_rule(rule, self.direction)) {
            let edges = |&(low, high): &(u32, u32)| [Some(low), high.checked_add(1)];
            v4.extend(rule.addresses().v4().iter().flat_map(edges).flatten());
            let edges = |&(low, high): &(u128, u128)| [Some(low), high.checked_add(1)];
            v6.extend(rule.addresses().v6().iter().flat_map(edges).flatten());
        }
        v4.sort_unstable();
        v4.dedup();
        v6.sort_unstable();
        v6.dedup();
        let v4 = v4.into_iter().map(|bits| IpAddr::V4(bits.into()));
        let v6 = v6.into_iter().map(|bits| IpAddr::V6(bits.into()));
        v4.chain(v6).filter(|address| own.everything || own.addresses().contains(*address)).collect()
    }
}
