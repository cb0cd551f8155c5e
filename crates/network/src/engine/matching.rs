//! Rules that match a pair, one by one.

use super::classes::{ClassId, DeclaredPort};
use super::compile::CompiledRule;
use super::network::{End, Network};
use crate::algebra::Conns;
use crate::policy::Direction;

/// A rule that matches a pair, whatever other rules say.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// The policy.
    pub policy: super::PolicyId,
    /// The rule, counted from 0 in its direction.
    pub rule: usize,
    /// The connections it is about.
    pub conns: Conns,
}

impl Network {
    /// The ports that names in rules stand for: those of the destination.
    pub(super) fn declared_for(
        &self,
        class: ClassId,
        direction: Direction,
        other: &End<'_>,
    ) -> &[DeclaredPort] {
        match (direction, other) {
            (Direction::Ingress, _) => self.ports_declared(class),
            (Direction::Egress, End::Class(other)) => self.ports_declared(*other),
            (Direction::Egress, End::Address(_) | End::Name(_)) => &[],
        }
    }

    /// The node that has the address which an end is.
    pub(super) fn node_behind(&self, other: &End<'_>) -> Option<ClassId> {
        match other {
            End::Address(address) => self.node_with(*address),
            End::Class(_) | End::Name(_) => None,
        }
    }

    /// Every rule that selects a class in a direction and matches the other end, in order.
    pub fn matching(&self, class: ClassId, direction: Direction, other: &End<'_>) -> Vec<Matching> {
        let declared = self.declared_for(class, direction, other);
        let node = self.node_behind(other);
        let mut found = Vec::new();
        for (id, policy) in self.applying(class, direction) {
            let rules = policy.side(direction).into_iter().flat_map(|side| side.rules.iter().enumerate());
            for (number, rule) in rules {
                if rule.matches(self, other, node) {
                    found.push(Matching {
                        policy: id,
                        rule: number,
                        conns: rule.ports.resolve(declared, self.profile()),
                    });
                }
            }
        }
        found
    }
}

impl CompiledRule {
    /// Whether it matches an end; `node` is the node that has the end's address.
    pub(super) fn matches(&self, network: &Network, other: &End<'_>, node: Option<ClassId>) -> bool {
        self.everything
            || match other {
                End::Class(other) => self.groups.iter().any(|&group| network.is_member(*other, group)),
                End::Address(address) => {
                    self.addresses().contains(*address)
                        || node.is_some_and(|node| {
                            self.groups.iter().any(|&group| network.is_node_member(node, group))
                        })
                }
                End::Name(name) => {
                    self.is_about_all_addresses() || self.names().iter().any(|own| own == name)
                }
            }
    }
}
