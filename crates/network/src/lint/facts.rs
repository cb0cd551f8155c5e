//! What every rule looks at.

use std::sync::Arc;

use ironhull_value::Path;
use ironhull_world::{Object, World};

use super::Judge;
use super::effect::{Effect, Effects, effects};
use crate::Profile;
use crate::engine::{ClassId, Network, PolicyId, Solver};
use crate::input::Input;
use crate::policy::{Direction, Policy, Rule};

/// A cluster, read and ready to be asked.
pub struct Facts<'w> {
    /// The snapshot.
    pub world: &'w World,
    /// What was read from it.
    pub input: Input,
    /// The engine's state.
    pub network: Network,
    /// Answers.
    pub solver: Solver,
    effects: Option<std::rc::Rc<Effects>>,
}

impl<'w> Facts<'w> {
    /// Of a world.
    pub fn of(world: &'w World, profile: Profile) -> Self {
        let input = Input::of(world);
        let network = Network::new(&input, profile);
        Self { world, input, network, solver: Solver::default(), effects: None }
    }

    /// What removing each rule would change; computed once.
    pub(super) fn effects(&mut self) -> std::rc::Rc<Effects> {
        let network = &self.network;
        std::rc::Rc::clone(self.effects.get_or_insert_with(|| std::rc::Rc::new(effects(network))))
    }

    /// The policies that have an object.
    pub fn policies(&self) -> impl Iterator<Item = (PolicyId, &Arc<Policy>, &Arc<Object>)> {
        self.network.policies().filter_map(|(id, policy)| Some((id, policy, policy.object.as_ref()?)))
    }

    /// A class as people know it: the title of the first workload that has it.
    pub fn title(&self, class: ClassId) -> String {
        let owner = self.network.workloads().find(|(_, entry)| entry.classes.contains(&class));
        match owner {
            Some((_, entry)) => entry.workload.title(),
            None => format!("a pod of namespace {}", self.network.namespace_of(class)),
        }
    }

    /// The workloads that have a class.
    pub fn workloads_of(&self, class: ClassId) -> impl Iterator<Item = &crate::input::Workload> {
        self.network
            .workloads()
            .filter(move |(_, entry)| entry.classes.contains(&class))
            .map(|(_, entry)| &*entry.workload)
    }
}

/// Each rule of the policies that have an object, in order, with what removing it would change. All objects
/// are considered.
pub(super) fn rules_with_effects<'f>(
    facts: &'f Facts<'_>,
    effects: &'f Effects,
    judge: &mut Judge,
) -> Vec<(Direction, &'f Arc<Object>, &'f Rule, &'f Effect)> {
    for (_, _, object) in facts.policies() {
        judge.consider(object);
    }
    let mut all: Vec<_> = effects.iter().collect();
    all.sort_by_key(|((direction, rule), _)| (*rule, *direction));
    all.into_iter()
        .filter_map(|(&(direction, (id, number)), effect)| {
            let policy = facts.network.policy(id)?;
            Some((direction, policy.object.as_ref()?, rule_at(policy, direction, number)?, effect))
        })
        .collect()
}

/// A rule of a policy by its number in a direction.
pub(super) fn rule_at(policy: &Policy, direction: Direction, rule: usize) -> Option<&Rule> {
    policy.side(direction)?.rules.get(rule)
}

/// `rule 2 of its egress`: rules are counted from 1 for people.
pub(super) fn rule_words(direction: Direction, path: &Path) -> String {
    match path.segments().last() {
        Some(ironhull_value::Segment::Index(index)) => format!("{} rule {}", direction.field(), index + 1),
        _ => format!("a rule of {}", direction.field()),
    }
}
