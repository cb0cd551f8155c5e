//! Judging a world, whole or after a change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ironhull_finding::{Finding, Outcome, Tally};
use ironhull_world::rbac::{Binding, SubjectKind};
use ironhull_world::{Object, ObjectRef, Pod, World, kinds};
use rayon::prelude::*;

use crate::rule::{Check, Rule};
use crate::{Judge, registry};

/// What the rules say about one object. Rules that have nothing to do with its kind are not in it.
#[derive(Clone, Debug)]
pub struct ObjectResult {
    /// The object.
    pub object: Arc<Object>,
    /// The outcome of each rule.
    pub outcomes: Vec<(&'static Rule, Outcome)>,
}

/// The results of a whole world, by object.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    results: BTreeMap<ObjectRef, ObjectResult>,
}

impl Evaluation {
    /// Every result, by object.
    pub fn results(&self) -> impl Iterator<Item = &ObjectResult> {
        self.results.values()
    }

    /// All findings, by object and rule.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.results
            .values()
            .flat_map(|result| result.outcomes.iter().flat_map(|(_, outcome)| outcome.findings()))
    }

    /// Moves all findings out, by object and rule. Outcomes stay what they are, without them: of a large
    /// world a copy would be the greatest part of the memory.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        let outcomes = self.results.values_mut().flat_map(|result| &mut result.outcomes);
        outcomes
            .flat_map(|(_, outcome)| match outcome {
                Outcome::Fail(findings) | Outcome::Warn(findings) => std::mem::take(findings),
                _ => Vec::new(),
            })
            .collect()
    }

    /// Counts per rule.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::new();
        for (rule, outcome) in self.results.values().flat_map(|result| &result.outcomes) {
            tally.entry((&*rule.meta.id).into()).or_default().count(outcome);
        }
        tally
    }
}

/// Judges every object of a world by `rules`.
pub fn evaluate(world: &World, rules: &[&'static Rule]) -> Evaluation {
    let objects: Vec<&Arc<Object>> = world.objects().collect();
    let results = objects
        .par_iter()
        .map(|object| (object.key.clone(), judge(world, object, rules)))
        .filter(|(_, result)| !result.outcomes.is_empty())
        .collect::<Vec<_>>();
    Evaluation { results: results.into_iter().collect() }
}

/// Judges again what a change of the objects `changed` can have touched: the objects themselves, and for
/// every rule that reads their kinds the objects that it judges. The result equals that of [`evaluate`] on
/// `world`, the snapshot after the change, in time proportional to what the change can reach.
pub fn reevaluate(
    evaluation: &mut Evaluation,
    world: &World,
    rules: &[&'static Rule],
    changed: &[ObjectRef],
) {
    for key in changed {
        // The object as it was, while it is still known: what it used to reach is touched as well.
        let before = evaluation.results.get(key).map(|result| result.object.clone());
        evaluation.results.remove(key);
        if let Some(object) = world.object(key) {
            let result = judge(world, object, rules);
            if !result.outcomes.is_empty() {
                evaluation.results.insert(key.clone(), result);
            }
        }
        refresh_copies(evaluation, world, rules, key);
        let judged = rules.iter().any(|rule| judges(rule, key));
        refresh_readers(evaluation, world, rules, &Change { key, before, judged, changed });
    }
}

fn judges(rule: &Rule, key: &ObjectRef) -> bool {
    match rule.check {
        Check::Object(kinds, _) => kinds.contains(&key.group_kind()),
        Check::AnyObject(_) => true,
        Check::Container(_) | Check::Pod(_) | Check::Input => false,
    }
}

/// One change among those that are worked off together.
struct Change<'c> {
    key: &'c ObjectRef,
    before: Option<Arc<Object>>,
    /// Whether any rule judges objects of the kind, so that `before` is known when there was one.
    judged: bool,
    changed: &'c [ObjectRef],
}

impl Change<'_> {
    /// For a binding of roles the namespaces of the service accounts that it names or named: it reaches pods
    /// through nothing else. None for other objects, and for the first or last binding of the world.
    fn namespaces_of_accounts(&self, world: &World) -> Option<BTreeSet<String>> {
        let is_binding = self.key.is(kinds::CLUSTER_ROLE_BINDING) || self.key.is(kinds::ROLE_BINDING);
        if !is_binding
            || !self.judged
            || world.of_kind(self.key.group_kind()).all(|object| self.changed.contains(&object.key))
        {
            return None;
        }
        let objects = self.before.iter().chain(world.object(self.key));
        let bindings: Vec<Binding<'_>> = objects.filter_map(|object| Binding::of(object)).collect();
        let accounts = bindings.iter().flat_map(|binding| &binding.subjects);
        Some(
            accounts
                .filter(|subject| subject.kind == SubjectKind::ServiceAccount)
                .map(|subject| subject.namespace.to_owned())
                .collect(),
        )
    }
}

/// Copies of an object are judged by what comes before them.
fn refresh_copies(next: &mut Evaluation, world: &World, rules: &[&'static Rule], key: &ObjectRef) {
    for copy in (0..=u16::MAX).filter(|copy| *copy != key.copy) {
        let Some(object) = world.object(&ObjectRef { copy, ..key.clone() }) else { break };
        let result = judge(world, object, rules);
        if !result.outcomes.is_empty() {
            next.results.insert(object.key.clone(), result);
        }
    }
}

/// Rules that read the kind of `key` are asked again about the objects in its reach: those of its
/// namespace and the Namespace, or all when it is cluster-scoped. Objects that `key` controls are judged
/// through it or not at all, so they are in reach as well.
fn refresh_readers(next: &mut Evaluation, world: &World, rules: &[&'static Rule], change: &Change<'_>) {
    let Change { key, changed, .. } = *change;
    let carries_pods = world.carriers().of(key.group_kind()).next().is_some();
    let reads = |rule: &Rule| {
        rule.needs.contains(&key.group_kind()) || carries_pods && rule.needs.contains(&kinds::POD)
    };
    let readers: Vec<&'static Rule> = rules.iter().copied().filter(|rule| reads(rule)).collect();
    let mut targets: BTreeSet<ObjectRef> = BTreeSet::new();
    // Rules may ask whether the world has any object of a kind. The first and the last one of it are
    // therefore news in every namespace.
    let everywhere = key.namespace.is_empty()
        || world.of_kind(key.group_kind()).all(|object| changed.contains(&object.key));
    let in_reach = |object: &Object| {
        everywhere
            || object.key.namespace == key.namespace
            || object.key.is(kinds::NAMESPACE) && object.key.name == key.namespace
    };
    for rule in &readers {
        match rule.check {
            Check::Container(_) | Check::Pod(_) => {
                if let Some(namespaces) = change.namespaces_of_accounts(world) {
                    for namespace in namespaces {
                        targets.extend(world.workloads_in(&namespace).map(|object| object.key.clone()));
                    }
                } else if everywhere {
                    targets.extend(world.workloads().map(|object| object.key.clone()));
                } else {
                    targets.extend(world.workloads_in(&key.namespace).map(|object| object.key.clone()));
                }
            }
            Check::Object(judged, _) => {
                for kind in judged {
                    if everywhere || *kind == kinds::NAMESPACE {
                        let all = world.of_kind(*kind).filter(|object| in_reach(object));
                        targets.extend(all.map(|object| object.key.clone()));
                    } else {
                        targets
                            .extend(world.of_kind_in(*kind, &key.namespace).map(|object| object.key.clone()));
                    }
                }
            }
            Check::AnyObject(_) => {
                targets.extend(world.objects().filter(|object| in_reach(object)).map(|o| o.key.clone()));
            }
            Check::Input => {}
        }
    }
    targets.remove(key);
    for target in targets {
        let Some(object) = world.object(&target) else { continue };
        let fresh = judge(world, object, &readers);
        let result = next
            .results
            .entry(target.clone())
            .or_insert_with(|| ObjectResult { object: object.clone(), outcomes: Vec::new() });
        result.outcomes.retain(|(rule, _)| !readers.iter().any(|reader| std::ptr::eq(*reader, *rule)));
        result.outcomes.extend(fresh.outcomes);
        result.outcomes.sort_by(|(a, _), (b, _)| a.meta.id.cmp(&b.meta.id));
        if result.outcomes.is_empty() {
            next.results.remove(&target);
        }
    }
    if carries_pods {
        refresh_controlled(next, world, rules, key);
    }
}

/// When a controller appears or goes, what it controls stops or starts to be judged by itself.
fn refresh_controlled(next: &mut Evaluation, world: &World, rules: &[&'static Rule], key: &ObjectRef) {
    for kind in world.carriers().kinds() {
        for object in world.of_kind_in(kind, &key.namespace) {
            let owners = object.value.dig_items(&["metadata", "ownerReferences"]);
            let owned = owners.iter().any(|owner| {
                owner.get("name").and_then(ironhull_value::Value::as_str) == Some(key.name.as_str())
            });
            if owned {
                let result = judge(world, object, rules);
                next.results.remove(&object.key);
                if !result.outcomes.is_empty() {
                    next.results.insert(object.key.clone(), result);
                }
            }
        }
    }
}

/// One object by all rules that speak of its kind.
fn judge(world: &World, object: &Arc<Object>, rules: &[&'static Rule]) -> ObjectResult {
    let carries_pods = world.carriers().of(object.key.group_kind()).next().is_some();
    // What another object of this world makes is judged there, once.
    let pods = if carries_pods && world.controller_of(object).is_none() {
        world.pods_of(object)
    } else {
        Vec::new()
    };
    let mut outcomes = Vec::new();
    for rule in rules {
        if let Some(outcome) = apply(world, object, &pods, rule) {
            outcomes.push((*rule, outcome));
        }
    }
    ObjectResult { object: object.clone(), outcomes }
}

fn apply(world: &World, object: &Arc<Object>, pods: &[Pod<'_>], rule: &'static Rule) -> Option<Outcome> {
    let mut judge = Judge::new(world, &rule.meta, object);
    match rule.check {
        Check::Container(check) => {
            if pods.is_empty() {
                return None;
            }
            for pod in pods {
                for container in pod.containers() {
                    judge.begin(Some(container.name()), pod.is_partial());
                    let before = judge.count();
                    check(&container, &mut judge);
                    judge.end(before);
                }
            }
        }
        Check::Pod(check) => {
            if pods.is_empty() {
                return None;
            }
            for pod in pods.iter().filter(|pod| !pod.is_partial()) {
                judge.begin(None, false);
                check(pod, &mut judge);
            }
        }
        Check::Object(kinds, check) => {
            if !kinds.contains(&object.key.group_kind()) {
                return None;
            }
            judge.begin(None, false);
            check(object, &mut judge);
        }
        Check::AnyObject(check) => {
            judge.begin(None, false);
            check(object, &mut judge);
        }
        Check::Input => return None,
    }
    debug_assert!(registry::rule(&rule.meta.id).is_some(), "{} is not in the table", rule.meta.id);
    Some(judge.finish())
}
