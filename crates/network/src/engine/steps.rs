//! What happens, step by step, when one direction of a class is asked about one other end.

use super::classes::ClassId;
use super::decide::{Step, decide};
use super::network::{End, Network};
use super::verdict::Verdict;
use crate::policy::Direction;

impl Network {
    /// The verdict of one direction with every step that led to it, in order. The same verdict as
    /// [`super::Solver::towards`] gives, at the price of asking every rule.
    pub fn steps(&self, class: ClassId, direction: Direction, other: &End<'_>) -> (Verdict, Vec<Step>) {
        let applying = self.applying(class, direction);
        let declared = match (direction, other) {
            (Direction::Ingress, _) => self.ports_declared(class),
            (Direction::Egress, End::Class(other)) => self.ports_declared(*other),
            (Direction::Egress, _) => &[],
        };
        let mut steps = Vec::new();
        let verdict = decide(
            &applying,
            direction,
            |_, _, rule| {
                rule.everything
                    || match other {
                        End::Class(other) => rule.groups.iter().any(|group| self.is_member(*other, *group)),
                        End::Address(address) => rule.addresses.contains(*address),
                        End::Name(name) => rule.names.iter().any(|own| own == name),
                    }
            },
            |rule| rule.ports.resolve(declared, self.profile()),
            |step| steps.push(step),
        );
        (self.seen_by_profile(verdict), steps)
    }
}
