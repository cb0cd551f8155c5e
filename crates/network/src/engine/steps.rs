//! What happens, step by step, when one direction of a class is asked about one other end.

use super::classes::ClassId;
use super::compile::CompiledRule;
use super::decide::{IpFamily, Step, decide};
use super::families::FAMILIES;
use super::network::{End, Network};
use super::verdict::Verdict;
use crate::algebra::Conns;
use crate::policy::Direction;

impl Network {
    /// The verdict of one direction with every step that led to it, in order. The same verdict as
    /// [`super::Solver::towards`] gives, at the price of asking every rule. No step at all means that no
    /// policy selects the class in this direction.
    pub fn steps(&self, class: ClassId, direction: Direction, other: &End<'_>) -> (Verdict, Vec<Step>) {
        let applying = self.applying(class, direction);
        let mut steps = Vec::new();
        if applying.is_empty() {
            return (Verdict::all(), steps);
        }
        let profile = self.profile();
        let declared = self.declared_for(class, direction, other);
        let node = self.node_behind(other);
        // Rules about some addresses may or may not be about the one behind a name.
        let mut partly = Conns::none();
        if let End::Name(_) = other {
            let sides = applying.iter().filter_map(|(_, policy)| policy.side(direction));
            for rule in sides.flat_map(|side| &side.rules) {
                if !rule.addresses().is_empty() && !rule.matches(self, other, node) {
                    partly = partly.union(&rule.ports.resolve(&[], profile));
                }
            }
        }
        let verdict = decide(
            &applying,
            direction,
            |_, _, rule| rule.matches(self, other, node),
            |rule| rule.ports.resolve(declared, profile),
            |step| steps.push(step),
        );
        let mut verdict = self.seen_by_profile(verdict);
        if let End::Class(class) = other
            && self.has_both_families(*class)
        {
            let [(v4, over_v4), (v6, over_v6)] = FAMILIES.map(|family| {
                let matches = |_, _, rule: &CompiledRule| self.matches_in(rule, *class, family);
                let ports = |rule: &CompiledRule| rule.ports.resolve(declared, profile);
                let mut steps = Vec::new();
                let verdict = decide(&applying, direction, matches, ports, |step| steps.push(step));
                (self.seen_by_profile(verdict), steps)
            });
            verdict = v4.either(&v6);
            if over_v4 == over_v6 {
                steps = over_v4;
            } else {
                let of = |steps: Vec<Step>, family| {
                    steps.into_iter().map(move |step| Step { family: Some(family), ..step })
                };
                steps = of(over_v4, IpFamily::V4).chain(of(over_v6, IpFamily::V6)).collect();
            }
        }
        if partly.is_empty() {
            return (verdict, steps);
        }
        let allowed = verdict.allowed.difference(&partly);
        (Verdict { allowed, unknown: verdict.unknown.union(&partly) }, steps)
    }

    /// The policies that select a class in a direction, in the order in which they are asked.
    pub fn selecting(&self, class: ClassId, direction: Direction) -> Vec<super::PolicyId> {
        self.applying(class, direction).iter().map(|(id, _)| *id).collect()
    }
}
