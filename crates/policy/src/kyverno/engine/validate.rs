//! `validate`. Upstream: `pkg/engine/handlers/validation/validate_resource.go`.

use std::borrow::Cow;
use std::cell::RefCell;

use ironhull_value::{Path, Value};

use super::before::failed_before;
use super::conditions::{hold, join, list, preconditions};
use super::pod_security;
use super::response::{RuleResponse, RuleType, Status};
use super::rules::Scene;
use crate::kyverno::model::{Action, Conditions, ContextEntry, Deny, ForeachValidate, Shape, Validate};
use crate::kyverno::pattern::{Pattern, PatternError};
use crate::kyverno::request::Request;
use crate::kyverno::trace::{Recorder, Step, inside};
use crate::kyverno::variables::{SubstituteError, Template};

/// What came out: a status and a message. `None` where there is nothing to judge.
type Outcome = Option<(Status, String)>;

/// One judgement: of the rule, or of a `foreach` in it.
#[derive(Clone)]
struct Judgement<'a> {
    context: &'a [ContextEntry],
    preconditions: Option<&'a Conditions>,
    pattern: Option<&'a Shape>,
    any_pattern: Option<&'a [Shape]>,
    deny: Option<&'a Deny>,
    foreach: &'a [ForeachValidate],
    /// Where it is written; `None` for what the rule itself has.
    path: Option<&'a Path>,
    /// How deep it is inside of `foreach`.
    nesting: usize,
    /// What patterns are about: an element, else the resource.
    element: Option<Value>,
}

/// Judges by one rule.
pub(super) fn validate(scene: &Scene<'_, '_>) -> Vec<RuleResponse> {
    let Action::Validate(rule) = &scene.rule.action else { return Vec::new() };
    if let Some(security) = rule.pod_security.as_ref().filter(|security| !security.is_empty()) {
        return pod_security::validate(scene, rule, security).into_iter().collect();
    }
    if let Some(skipped) = scene.excepted(RuleType::Validation) {
        return vec![skipped];
    }
    if let Some(what) = rule.not_evaluated {
        let message = format!("not evaluated: `validate.{what}` is not supported yet");
        return vec![scene.says(RuleType::Validation, Status::Error, message)];
    }
    let judge = Judge::new(scene, rule, scene.request, None);
    let outcome = judge.judge(&Judgement::of(rule, scene.rule.preconditions.as_ref()));
    let field = judge.field.into_inner();
    outcome
        .map(|(status, message)| RuleResponse { field, ..scene.says(RuleType::Validation, status, message) })
        .into_iter()
        .collect()
}

impl<'a> Judgement<'a> {
    fn of(rule: &'a Validate, preconditions: Option<&'a Conditions>) -> Self {
        Self {
            context: &[],
            preconditions,
            pattern: rule.pattern.as_ref(),
            any_pattern: rule.any_pattern.as_deref(),
            deny: rule.deny.as_ref(),
            foreach: &rule.foreach,
            path: None,
            nesting: 0,
            element: None,
        }
    }

    fn of_each(foreach: &'a ForeachValidate, nesting: usize, element: Option<Value>) -> Self {
        Self {
            context: &foreach.context,
            preconditions: foreach.preconditions.as_ref(),
            pattern: foreach.pattern.as_ref(),
            any_pattern: foreach.any_pattern.as_deref(),
            deny: foreach.deny.as_ref(),
            foreach: &foreach.foreach,
            path: Some(&foreach.path),
            nesting,
            element,
        }
    }
}

struct Judge<'s, 'a, 'e> {
    scene: &'s Scene<'a, 'e>,
    rule: &'e Validate,
    request: &'s Request<'s>,
    /// Where the resource differs from the pattern.
    field: RefCell<Path>,
    /// The patterns that the object of an update was held against.
    used: RefCell<Option<Used>>,
    /// The same of the judgement before, where this is about the old object.
    given: Option<Used>,
}

/// Patterns as they were after an object was held against them: with the variables of that object, and with its
/// keys for wildcards. Upstream holds the old object against these.
enum Used {
    One(Pattern),
    Any(Vec<Pattern>),
}

impl<'s, 'a, 'e> Judge<'s, 'a, 'e> {
    fn new(
        scene: &'s Scene<'a, 'e>,
        rule: &'e Validate,
        request: &'s Request<'s>,
        given: Option<Used>,
    ) -> Self {
        Self { scene, rule, request, field: RefCell::default(), used: RefCell::default(), given }
    }

    fn judge(&self, own: &Judgement<'e>) -> Outcome {
        let context = self.scene.context;
        context.add_given_for(self.scene.policy.name(), &self.scene.rule.name);
        context.add_entries(own.context);
        match preconditions(own.preconditions, context) {
            Err(why) => return Some((Status::Error, format!("failed to evaluate preconditions: {why}"))),
            Ok((false, said)) => return Some((Status::Skip, join(&["preconditions not met", &said], "; "))),
            Ok((true, _)) => {}
        }
        let found = if let Some(deny) = own.deny {
            Some(self.deny(deny))
        } else if own.pattern.is_some() || own.any_pattern.is_some() {
            self.patterns(own)
        } else {
            self.each(own)
        };
        if own.nesting == 0 && found.as_ref().is_some_and(|(status, _)| *status == Status::Fail) {
            return self.unless_it_failed_before(own).or(found);
        }
        found
    }

    /// An update of what failed before is let through.
    fn unless_it_failed_before(&self, own: &Judgement<'e>) -> Outcome {
        let failed = |before: &Request<'_>| {
            let judge = Judge::new(self.scene, self.rule, before, self.used.take());
            matches!(judge.judge(&Judgement { context: &[], ..own.clone() }), Some((Status::Fail, _)))
        };
        let asks = || failed_before(self.scene, self.rule, own.preconditions, self.request, failed);
        // Nothing is told of an object that was not there before.
        let recorder = self.recorder().filter(|_| self.request.old_object.is_some());
        inside(recorder, asks, |failed, steps| Step::Before { failed: *failed, steps }).then(|| {
            let message = "skipping the rule evaluation as pre-existing violations are allowed";
            (Status::Skip, message.to_owned())
        })
    }

    fn deny(&self, deny: &Deny) -> (Status, String) {
        let found = inside(
            self.recorder(),
            || hold(deny.conditions.as_ref(), self.scene.context),
            |found, steps| Step::Deny { held: found.clone().map(|(held, _)| held), steps },
        );
        match found {
            Err(why) => (Status::Error, format!("failed to check deny conditions: {why}")),
            Ok((false, _)) => (Status::Pass, format!("validation rule '{}' passed.", self.scene.rule.name)),
            Ok((true, said)) => (Status::Fail, self.deny_message(&said)),
        }
    }

    fn deny_message(&self, said: &str) -> String {
        if self.rule.message.is_empty() && said.is_empty() {
            return format!("validation error: rule {} failed", self.scene.rule.name);
        }
        match self.fill(&join(&[&self.rule.message, said], "; ")) {
            Err(_) => said.to_owned(),
            Ok(Value::Str(text)) => text.to_string(),
            Ok(_) => {
                "the produced message didn't resolve to a string, check your policy definition.".to_owned()
            }
        }
    }

    fn fill(&self, text: &str) -> Result<Value, SubstituteError> {
        Template::compile(&Value::Str(text.into())).substitute(self.scene.context)
    }

    fn patterns(&self, own: &Judgement<'e>) -> Outcome {
        let failed =
            |why: SubstituteError| Some((Status::Error, format!("variable substitution failed: {why}")));
        let given = self.given.as_ref().filter(|_| own.nesting == 0);
        let is_asked_again = own.nesting == 0 && self.request.old_object.is_some();
        if let Some(shape) = own.pattern {
            let made;
            let pattern = match (given, &shape.compiled) {
                (Some(Used::One(pattern)), _) | (_, Some(pattern)) => pattern,
                _ => match shape.template.substitute(self.scene.context) {
                    Ok(value) => {
                        made = Pattern::compile(&value);
                        &made
                    }
                    Err(why) => return failed(why),
                },
            };
            let resource = self.about(own)?;
            if is_asked_again {
                *self.used.borrow_mut() = Some(Used::One(pattern.after(resource)));
            }
            return Some(self.pattern(own, pattern, resource));
        }
        let shapes = own.any_pattern?;
        let mut patterns = Vec::with_capacity(shapes.len());
        if let Some(Used::Any(given)) = given {
            patterns.extend(given.iter().map(Cow::Borrowed));
        } else {
            for (place, shape) in shapes.iter().enumerate() {
                patterns.push(match &shape.compiled {
                    Some(pattern) => Cow::Borrowed(pattern),
                    None => match shape.template.substitute_at(&format!("/{place}"), self.scene.context) {
                        Ok(value) => Cow::Owned(Pattern::compile(&value)),
                        Err(why) => return failed(why),
                    },
                });
            }
        }
        if is_asked_again {
            // Upstream copies these for each object, so that keys do not stay.
            let used = patterns.iter().map(|pattern| Pattern::clone(pattern)).collect();
            *self.used.borrow_mut() = Some(Used::Any(used));
        }
        self.about(own).map(|resource| self.any_pattern(own, &patterns, resource))
    }

    /// What patterns are about; nothing where an object is deleted.
    fn about<'r>(&'r self, own: &'r Judgement<'e>) -> Option<&'r Value> {
        if own.element.is_some() {
            return own.element.as_ref();
        }
        if self.request.is_delete() {
            return None;
        }
        self.request.object.as_ref()
    }

    fn pattern(&self, own: &Judgement<'e>, pattern: &Pattern, resource: &Value) -> (Status, String) {
        match self.matches(own, None, pattern, resource) {
            Ok(()) => (Status::Pass, format!("validation rule '{}' passed.", self.scene.rule.name)),
            Err(why) if why.skip => (Status::Skip, why.message),
            Err(why) if why.path.is_empty() => (Status::Error, self.error_message(&why)),
            Err(why) => {
                // The path within an element of a list says nothing of where the list is.
                if self.request.object.as_ref().is_some_and(|object| std::ptr::eq(object, resource)) {
                    *self.field.borrow_mut() = why.place(resource);
                }
                (Status::Fail, self.error_message(&why))
            }
        }
    }

    /// Holds a resource against a pattern.
    fn matches(
        &self,
        own: &Judgement<'e>,
        place: Option<usize>,
        pattern: &Pattern,
        resource: &Value,
    ) -> Result<(), PatternError> {
        let Some(recorder) = self.recorder() else { return pattern.matches(resource) };
        let mut events = Vec::new();
        let found = pattern.matches_observed(resource, &mut |event| events.push(event));
        let path = own.path.cloned().unwrap_or_else(|| self.scene.rule.path.child("validate"));
        let path = match place {
            None => path.child("pattern"),
            Some(place) => path.child("anyPattern").child(place),
        };
        let (pattern, subject) = (pattern.source(), resource.clone());
        recorder.add(Step::Pattern { path, place, pattern, events, found: found.clone(), subject });
        found
    }

    fn recorder(&self) -> Option<&Recorder> {
        self.scene.recorder()
    }

    fn error_message(&self, why: &PatternError) -> String {
        let (name, path) = (&self.scene.rule.name, &why.path);
        let tail = if path.is_empty() {
            format!("rule {name} execution error: {}", why.message)
        } else {
            format!("rule {name} failed at path {path}")
        };
        if self.rule.message.is_empty() {
            return format!("validation error: {tail}");
        }
        match self.fill(&self.rule.message) {
            Ok(message) => {
                let message = crate::kyverno::variables::json_text(&message);
                let stop = if message.ends_with('.') { "" } else { "." };
                format!("validation error: {message}{stop} {tail}")
            }
            Err(_) => format!(
                "validation error: variables substitution error in rule {name} execution error: {}",
                why.message
            ),
        }
    }

    fn any_pattern(
        &self,
        own: &Judgement<'e>,
        patterns: &[Cow<'_, Pattern>],
        resource: &Value,
    ) -> (Status, String) {
        let name = &self.scene.rule.name;
        let (mut failed, mut skipped) = (Vec::new(), Vec::new());
        for (place, pattern) in patterns.iter().enumerate() {
            match self.matches(own, Some(place), pattern, resource) {
                Ok(()) => {
                    return (Status::Pass, format!("validation rule '{name}' anyPattern[{place}] passed."));
                }
                Err(why) if why.skip => {
                    skipped.push(format!("rule {name}[{place}] skipped: {}", why.message));
                }
                Err(why) if why.path.is_empty() => {
                    failed.push(format!("rule {name}[{place}] failed: {}", why.message));
                }
                Err(why) => failed.push(format!("rule {name}[{place}] failed at path {}", why.path)),
            }
        }
        if !failed.is_empty() {
            return (Status::Fail, self.any_pattern_message(&failed.join(" ")));
        }
        if !skipped.is_empty() {
            return (Status::Skip, skipped.join(" "));
        }
        (Status::Pass, self.rule.message.to_string())
    }

    fn any_pattern_message(&self, errors: &str) -> String {
        if self.rule.message.is_empty() {
            return format!("validation error: {errors}");
        }
        match self.fill(&self.rule.message) {
            Ok(message) => {
                let message = crate::kyverno::variables::json_text(&message);
                let stop = if message.ends_with('.') { "" } else { "." };
                format!("validation error: {message}{stop} {errors}")
            }
            Err(_) => format!(
                "validation error: variables substitution error in rule {} execution error: {errors}",
                self.scene.rule.name
            ),
        }
    }

    fn each(&self, own: &Judgement<'e>) -> Outcome {
        let mut applied = 0;
        let mut failed = None;
        for foreach in own.foreach {
            let judged: Result<_, String> = inside(
                self.recorder(),
                || {
                    let elements = list(&foreach.list, self.scene.context)?;
                    Ok(self.elements(foreach, &elements, own))
                },
                |_, steps| Step::Foreach { path: foreach.path.clone(), list: foreach.list.clone(), steps },
            );
            match judged {
                Ok(Ok(count)) => applied += count,
                Ok(Err(outcome)) => return Some(outcome),
                // An optional field that is not there.
                Err(why) if why.contains("Unknown key") => {}
                Err(why) => failed = Some(why),
            }
        }
        if applied > 0 {
            return Some((Status::Pass, "rule passed".to_owned()));
        }
        failed.map(|why| (Status::Error, format!("failed to evaluate list: {why}")))
    }

    /// Judges the elements of a list; the answer is how many were.
    fn elements(
        &self,
        foreach: &'e ForeachValidate,
        elements: &[Value],
        own: &Judgement<'e>,
    ) -> Result<usize, (Status, String)> {
        let context = self.scene.context;
        context.checkpoint();
        let mut applied = 0;
        let mut failed = None;
        for (index, element) in elements.iter().enumerate().filter(|(_, element)| !element.is_null()) {
            context.reset();
            context.set_element(element, index, own.nesting);
            let is_map = element.as_map().is_some();
            if foreach.element_scope == Some(true) && !is_map {
                let kind = crate::kyverno::go_text::type_name(element.kind());
                failed = Some((
                    Status::Error,
                    format!(
                        "failed to process foreach: cannot use elementScope=true foreach rules for elements that are not maps, expected type=map got type={kind}"
                    ),
                ));
                break;
            }
            let scoped = foreach.element_scope.unwrap_or(is_map);
            // An element without scope leaves patterns to what is around it.
            let about = if scoped { Some(element.clone()) } else { own.element.clone() };
            let judged = inside(
                self.recorder(),
                || self.judge(&Judgement::of_each(foreach, own.nesting + 1, about)),
                |said, steps| Step::Element { index, value: element.clone(), said: said.clone(), steps },
            );
            match judged {
                None | Some((Status::Skip, _)) => {}
                Some((Status::Pass, _)) => applied += 1,
                Some((Status::Error, said)) if said.contains("failed to evaluate preconditions") => {}
                Some((status, said)) => {
                    failed = Some((status, format!("validation failure: {said}")));
                    break;
                }
            }
        }
        context.restore();
        failed.map_or(Ok(applied), Err)
    }
}
