//! `mutate`. Upstream: `pkg/engine/handlers/mutation` and `pkg/engine/mutate/mutation.go`.

use ironhull_value::{Map, Value};

use super::conditions::{join, list, preconditions};
use super::response::{RuleResponse, RuleType, Status};
use super::rules::Scene;
use crate::kyverno::json::floats;
use crate::kyverno::model::{Action, ForeachMutate, Mutate};
use crate::kyverno::mutate::{Mutation, Outcome, mutate as apply};
use crate::kyverno::pattern::Pattern;
use crate::kyverno::trace::{Step, inside, tell};
use crate::kyverno::variables::Template;

/// What the next rule finds.
pub(super) enum Left {
    /// The object as it was.
    Same,
    /// Another one.
    Object(Value),
    /// No object: upstream forgets it where a rule fails, and goes on.
    Nothing,
}

/// What became of an object, with a message.
enum Changed {
    /// This is the object now.
    To(Value),
    /// Nothing changed.
    Not(String),
    /// It could not be changed.
    Error(String),
}

impl Changed {
    /// What is told of an element.
    fn said(&self) -> (Status, String) {
        match self {
            Self::To(_) => (Status::Pass, String::new()),
            Self::Not(message) => (Status::Skip, message.clone()),
            Self::Error(message) => (Status::Error, message.clone()),
        }
    }
}

/// Changes the object of a request by one rule. Where there is none, as in a deletion, upstream changes an
/// empty one.
pub(super) fn mutate(scene: &Scene<'_, '_>) -> (Vec<RuleResponse>, Left) {
    let Action::Mutate(rule) = &scene.rule.action else { return (Vec::new(), Left::Same) };
    let empty = Value::Map(Map::default());
    let changed = heard(scene, rule, scene.resource.as_ref().unwrap_or(&empty));
    let is_lost = matches!(changed, Changed::Error(_));
    let (response, patched) = said(scene, changed);
    let left = if is_lost { Left::Nothing } else { patched.map_or(Left::Same, Left::Object) };
    (vec![response], left)
}

/// Changes objects that exist already.
pub(super) fn mutate_existing(scene: &Scene<'_, '_>, targets: &dyn Targets) -> Vec<RuleResponse> {
    let Action::Mutate(rule) = &scene.rule.action else { return Vec::new() };
    let context = scene.context;
    let says = |status, message| scene.says(RuleType::Mutation, status, message);
    let mut found = Vec::new();
    for (index, target) in rule.targets.iter().enumerate() {
        let spec = match target.spec.substitute(context) {
            Ok(spec) => spec,
            Err(why) => {
                let why = format!("failed to substitute variables in target[{index}]: {why}");
                found.push(says(Status::Error, format!(": {why}")));
                continue;
            }
        };
        let objects = match targets.find(&spec, scene.policy.namespace()) {
            Ok(objects) => objects,
            Err(why) => {
                found.push(says(Status::Error, format!(": {why}")));
                continue;
            }
        };
        for object in objects {
            context.replace(&["target"], object.clone());
            context.add_entries(&target.context);
            match preconditions(target.preconditions.as_ref(), context) {
                Err(why) => {
                    found.push(says(Status::Error, format!("failed to evaluate preconditions: {why}")));
                    continue;
                }
                Ok((false, said)) => {
                    found.push(says(Status::Skip, join(&["preconditions not met", &said], "; ")));
                    continue;
                }
                Ok((true, _)) => {}
            }
            let (mut response, patched) = said(scene, heard(scene, rule, &object));
            if let Some(patched) = &patched {
                context.replace(&["target"], patched.clone());
            }
            response.patched_target = patched;
            found.push(response);
        }
    }
    found
}

/// Where the objects to change are.
pub trait Targets {
    /// The objects that a target names: `apiVersion`, `kind`, `namespace`, `name`, with wildcards, and
    /// `selector`. A policy of a namespace finds nothing else than what is in it.
    ///
    /// # Errors
    /// When they cannot be had.
    fn find(&self, target: &Value, policy_namespace: &str) -> Result<Vec<Value>, String>;
}

fn said(scene: &Scene<'_, '_>, changed: Changed) -> (RuleResponse, Option<Value>) {
    let says = |status, message| scene.says(RuleType::Mutation, status, message);
    match changed {
        Changed::To(object) => (says(Status::Pass, success(&object)), Some(object)),
        Changed::Not(message) => (says(Status::Skip, message), None),
        Changed::Error(message) => (says(Status::Error, message), None),
    }
}

fn success(object: &Value) -> String {
    let text = |keys: &[&str]| object.dig_str(keys).unwrap_or_default();
    let (kind, name, namespace) =
        (text(&["kind"]), text(&["metadata", "name"]), text(&["metadata", "namespace"]));
    if namespace.is_empty() {
        format!("mutated {kind}/{name}")
    } else {
        format!("mutated {kind}/{name} in namespace {namespace}")
    }
}

/// Changes an object, and tells how.
fn heard<'e>(scene: &Scene<'_, 'e>, rule: &'e Mutate, resource: &Value) -> Changed {
    let changed = change(scene, rule, resource);
    if let Changed::To(object) = &changed {
        tell(scene.recorder(), || Step::Change { before: resource.clone(), after: object.clone() });
    }
    changed
}

fn change<'e>(scene: &Scene<'_, 'e>, rule: &'e Mutate, resource: &Value) -> Changed {
    if !rule.foreach.is_empty() {
        return each(scene, &rule.foreach, resource.clone(), 0);
    }
    // Upstream fills in the whole rule: a variable that does not resolve anywhere in it is an error.
    let filled = match Template::compile(&floats(&scene.rule.source)).substitute(scene.context) {
        Ok(filled) => filled,
        Err(why) => return Changed::Error(format!("variable substitution failed: {why}")),
    };
    let strategic = filled.dig(&["mutate", "patchStrategicMerge"]);
    patch(resource, strategic, filled.dig_str(&["mutate", "patchesJson6902"]).unwrap_or_default())
}

fn patch(resource: &Value, strategic: Option<&Value>, json6902: &str) -> Changed {
    let outcome = Mutation::new(strategic, json6902).and_then(|mutation| apply(resource, mutation, &holds));
    match outcome {
        Ok(Outcome::Patched(object)) => Changed::To(object),
        Ok(unchanged) => Changed::Not(unchanged.message().to_owned()),
        Err(why) => Changed::Error(why.to_string()),
    }
}

/// Whether a value satisfies the condition of an anchor.
fn holds(value: &Value, condition: &Value) -> bool {
    Pattern::compile(condition).matches(value).is_ok()
}

fn each<'e>(scene: &Scene<'_, 'e>, foreach: &'e [ForeachMutate], resource: Value, nesting: usize) -> Changed {
    let mut resource = resource;
    let mut applied = 0;
    for foreach in foreach {
        let changed: Result<_, String> = inside(
            scene.recorder(),
            || {
                let elements = list(&foreach.list, scene.context)?;
                Ok(self::elements(scene, foreach, elements, &resource, nesting))
            },
            |_, steps| Step::Foreach { path: foreach.path.clone(), list: foreach.list.clone(), steps },
        );
        match changed {
            // Upstream says it twice.
            Err(why) => {
                return Changed::Error(format!("failed to evaluate list {}: {why}: {why}", foreach.list));
            }
            Ok(Changed::Error(why)) => return Changed::Error(format!("failed to mutate elements: {why}")),
            Ok(Changed::Not(_)) => {}
            Ok(Changed::To(object)) => {
                applied += 1;
                scene.context.replace(&["request", "object"], object.clone());
                resource = object;
            }
        }
    }
    if applied == 0 { Changed::Not("0 elements processed".to_owned()) } else { Changed::To(resource) }
}

fn elements<'e>(
    scene: &Scene<'_, 'e>,
    foreach: &'e ForeachMutate,
    elements: Vec<Value>,
    resource: &Value,
    nesting: usize,
) -> Changed {
    let context = scene.context;
    context.checkpoint();
    let mut patched = resource.clone();
    let descending = foreach.descending.unwrap_or(foreach.merges);
    let mut order: Vec<(usize, Value)> = elements.into_iter().enumerate().collect();
    if descending {
        order.reverse();
    }
    let mut failed = None;
    for (place, (index, element)) in order.into_iter().enumerate() {
        if element.is_null() {
            continue;
        }
        context.reset();
        context.set_element(&element, index, nesting);
        context.add_entries(&foreach.context);
        let changed = inside(
            scene.recorder(),
            || match preconditions(foreach.preconditions.as_ref(), context) {
                Err(why) => {
                    let field = format!("mutate.foreach[{place}].preconditions");
                    Changed::Error(format!("failed to evaluate {field}: {why}"))
                }
                Ok((false, _)) => Changed::Not(String::new()),
                Ok((true, _)) if foreach.foreach.is_empty() => filled(scene, foreach, &patched),
                Ok((true, _)) => each(scene, &foreach.foreach, patched.clone(), nesting + 1),
            },
            |changed, steps| Step::Element {
                index,
                value: element.clone(),
                said: Some(changed.said()),
                steps,
            },
        );
        match changed {
            Changed::To(object) => patched = object,
            Changed::Not(_) => {}
            Changed::Error(why) => {
                failed = Some(why);
                break;
            }
        }
    }
    context.restore();
    match failed {
        Some(why) => Changed::Error(why),
        None if patched == *resource => Changed::Not("no patches applied".to_owned()),
        None => Changed::To(patched),
    }
}

fn filled(scene: &Scene<'_, '_>, foreach: &ForeachMutate, resource: &Value) -> Changed {
    match foreach.patches.substitute(scene.context) {
        Ok(filled) => patch(
            resource,
            filled.get("patchStrategicMerge"),
            filled.dig_str(&["patchesJson6902"]).unwrap_or_default(),
        ),
        Err(why) => Changed::Error(format!("variable substitution failed: {why}")),
    }
}
