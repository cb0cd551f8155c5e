//! How one decision came about, step by step.

use super::classes::ClassId;
use super::compile::CompiledRule;
use super::decide::{Step, decide};
use super::network::{End, Network};
use super::verdict::Verdict;
use crate::algebra::Conns;
use crate::policy::Direction;

impl Network {
    /// What one direction of a class says of another end, with every step in order.
    ///
    /// The verdict is the one that [`Solver::towards`](super::Solver::towards) gives; this is the slow way to
    /// it, which can tell why. No step at all means that no policy selects the class in this direction.
    pub fn trace(&self, class: ClassId, direction: Direction, other: &End<'_>) -> (Verdict, Vec<Step>) {
        let applying = self.applying(class, direction);
        let profile = self.profile();
        let mut steps = Vec::new();
        if applying.is_empty() {
            return (Verdict::all(), steps);
        }
        let declared = match (direction, other) {
            (Direction::Ingress, _) => self.ports_declared(class),
            (Direction::Egress, End::Class(other)) => self.ports_declared(*other),
            (Direction::Egress, End::Address(_) | End::Name(_)) => &[],
        };
        // Rules about some addresses may or may not be about the one behind a name.
        let mut partly = Conns::none();
        let matches = |rule: &CompiledRule| -> bool {
            rule.everything
                || match other {
                    End::Class(other) => rule.groups.iter().any(|&group| self.is_member(*other, group)),
                    End::Address(address) => rule.addresses.contains(*address),
                    End::Name(name) => {
                        rule.is_about_all_addresses() || rule.names.iter().any(|own| own == name)
                    }
                }
        };
        if let End::Name(_) = other {
            let sides = applying.iter().filter_map(|(_, policy)| policy.side(direction));
            for rule in sides.flat_map(|side| &side.rules) {
                if !rule.addresses.is_empty() && !matches(rule) {
                    partly = partly.union(&rule.ports.resolve(&[], profile));
                }
            }
        }
        let verdict = decide(
            &applying,
            direction,
            |_, _, rule| matches(rule),
            |rule| rule.ports.resolve(declared, profile),
            |step| steps.push(step),
        );
        let verdict = if partly.is_empty() {
            verdict
        } else {
            Verdict { allowed: verdict.allowed.difference(&partly), unknown: verdict.unknown.union(&partly) }
        };
        (self.seen_by_profile(verdict), steps)
    }

    /// The policies that select a class in a direction, in the order in which they are asked.
    pub fn selecting(&self, class: ClassId, direction: Direction) -> Vec<super::PolicyId> {
        self.applying(class, direction).iter().map(|(id, _)| *id).collect()
    }
}
