//! The rules of a policy, compiled, and what holds for all of them.

use std::sync::Arc;

use ironhull_value::{Path, Value};

use super::conditions::{join, preconditions};
use super::generate::{Cluster, Effect, generate};
use super::mutate::{Left, Targets, mutate, mutate_existing};
use super::response::{Response, RuleResponse, RuleType, Status};
use super::validate::validate;
use crate::kyverno::autogen::{self, Scope};
use crate::kyverno::context::{Context, Expressions, Ports, TOO_LONG};
use crate::kyverno::matching::Matcher;
use crate::kyverno::model::{Action, Policy, PolicyException, Problem, Rule};
use crate::kyverno::request::Request;
use crate::kyverno::trace::{Filters, Recorder, Step};
use crate::kyverno::variables::Lookup as _;

/// A policy, ready to be evaluated.
#[derive(Debug)]
pub struct Compiled {
    /// The policy.
    pub policy: Arc<Policy>,
    /// Its rules, with those that were made for controllers of pods.
    pub rules: Vec<CompiledRule>,
    /// The expressions of its rules.
    pub expressions: Expressions,
}

/// A rule, ready to be evaluated.
#[derive(Debug)]
pub struct CompiledRule {
    /// The rule.
    pub rule: Rule,
    /// Which resources it is about.
    pub matcher: Matcher,
    /// For which requests it counts.
    pub scope: Scope,
}

/// What a rule is evaluated with.
pub(super) struct Scene<'a, 'e> {
    pub(super) policy: &'e Policy,
    pub(super) rule: &'e Rule,
    pub(super) matcher: &'e Matcher,
    pub(super) request: &'a Request<'a>,
    pub(super) context: &'a Context<'e>,
    /// The object as earlier rules left it.
    pub(super) resource: Option<Value>,
}

impl Compiled {
    /// Compiles a policy. One with match conditions would be about more than it shall be.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(policy: &Arc<Policy>) -> Result<Self, Vec<Problem>> {
        if policy.problems.is_empty() && !policy.match_conditions.is_empty() {
            let path = Path::root().child("spec").child("webhookConfiguration").child("matchConditions");
            let message = "match conditions are written in CEL, which is not evaluated yet: the policy would be \
                           about more than it shall be, so that it is not evaluated at all";
            return Err(vec![Problem { path, message: message.to_owned() }]);
        }
        Self::behind_conditions(policy)
    }

    /// Compiles a policy for one who is asked only where its match conditions hold, because the API server evaluates
    /// them, or who does not judge by it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn behind_conditions(policy: &Arc<Policy>) -> Result<Self, Vec<Problem>> {
        if !policy.problems.is_empty() {
            return Err(policy.problems.clone());
        }
        let rules = autogen::rules(policy)?.into_iter().map(|(rule, scope)| CompiledRule {
            matcher: Matcher::new(&rule.matching, rule.exclude.as_ref()),
            rule,
            scope,
        });
        Ok(Self { policy: Arc::clone(policy), rules: rules.collect(), expressions: Expressions::default() })
    }

    /// The rules that count where an object of a kind is judged.
    pub fn judging(&self, kind: &str) -> impl Iterator<Item = &CompiledRule> {
        self.rules.iter().filter(move |rule| rule.scope.judges(kind))
    }

    /// The rules that count where objects are changed or made.
    pub fn computed(&self) -> impl Iterator<Item = &CompiledRule> {
        self.rules.iter().filter(|rule| rule.scope.is_computed())
    }

    /// Judges a resource.
    pub fn validate(&self, request: &Request<'_>, ports: &dyn Ports) -> Response {
        self.validate_with(request, ports, &|_| true)
    }

    /// Judges a resource by some rules, as if the policy had no others.
    pub fn validate_with(
        &self,
        request: &Request<'_>,
        ports: &dyn Ports,
        wanted: &dyn Fn(&Rule) -> bool,
    ) -> Response {
        let mut response = Response::default();
        if !self.is_about(request, ports, self.judging(request.kind)) {
            return response;
        }
        let context = self.context(request, ports);
        context.checkpoint();
        for CompiledRule { rule, matcher, .. } in self.judging(request.kind) {
            let Action::Validate(_) = &rule.action else { continue };
            if !wanted(rule) {
                continue;
            }
            let scene = Scene {
                policy: &self.policy,
                rule,
                matcher,
                request,
                context: &context,
                resource: request.object.clone(),
            };
            response.rules.extend(scene.guarded(RuleType::Validation, validate));
            if self.policy.apply_one && response.applied() > 0 {
                break;
            }
        }
        response
    }

    /// Changes the object of a request. Rules that change other objects do so in the background, where their
    /// `targets` are.
    pub fn mutate(
        &self,
        request: &Request<'_>,
        ports: &dyn Ports,
        targets: Option<&dyn Targets>,
    ) -> Response {
        let mut response = Response { patched: request.object.clone(), ..Response::default() };
        if !self.is_about(request, ports, self.computed()) {
            return response;
        }
        let context = self.context(request, ports);
        context.checkpoint();
        for CompiledRule { rule, matcher, .. } in self.computed() {
            let Action::Mutate(action) = &rule.action else { continue };
            let resource = response.patched.clone();
            let scene = Scene { policy: &self.policy, rule, matcher, request, context: &context, resource };
            if action.targets.is_empty() {
                let mut left = Left::Same;
                response.rules.extend(scene.guarded(RuleType::Mutation, |scene| {
                    if let Some(skipped) = scene.excepted(RuleType::Mutation) {
                        return vec![skipped];
                    }
                    let (responses, after) = mutate(scene);
                    left = after;
                    responses
                }));
                match left {
                    Left::Same => {}
                    Left::Object(object) => {
                        context.replace(&["request", "object"], object.clone());
                        response.patched = Some(object);
                    }
                    Left::Nothing => response.patched = None,
                }
            } else {
                if let Some(targets) = targets.filter(|_| !request.is_admission) {
                    response.rules.extend(scene.guarded(RuleType::Mutation, |scene| {
                        match scene.excepted(RuleType::Mutation) {
                            Some(skipped) => vec![skipped],
                            None => mutate_existing(scene, targets),
                        }
                    }));
                }
            }
            if self.policy.apply_one && response.applied() > 0 {
                break;
            }
        }
        response
    }

    /// What rules about the signatures of images say: that nobody verified them.
    pub fn verify_images(&self, request: &Request<'_>, ports: &dyn Ports) -> Response {
        let mut response = Response::default();
        if request.is_delete() || !self.is_about(request, ports, self.judging(request.kind)) {
            return response;
        }
        let context = self.context(request, ports);
        context.checkpoint();
        for CompiledRule { rule, matcher, .. } in self.judging(request.kind) {
            let Action::VerifyImages(_) = &rule.action else { continue };
            let resource = request.object.clone();
            let scene = Scene { policy: &self.policy, rule, matcher, request, context: &context, resource };
            response.rules.extend(scene.guarded(RuleType::ImageVerify, |scene| {
                vec![scene.excepted(RuleType::ImageVerify).unwrap_or_else(|| {
                    let message = "not evaluated: needs image verification";
                    scene.says(RuleType::ImageVerify, Status::Error, message.to_owned())
                })]
            }));
        }
        response
    }

    /// Plans the objects that rules make because of a resource.
    pub fn generate(
        &self,
        request: &Request<'_>,
        ports: &dyn Ports,
        cluster: &dyn Cluster,
    ) -> (Response, Vec<Effect>) {
        let (mut response, mut effects) = (Response::default(), Vec::new());
        // An exception is told of before upstream asks whether the rule is about the resource.
        let is_excepted = ports.exceptions().is_some_and(|exceptions| !exceptions.is_empty());
        if !self.is_inside(request) || !is_excepted && !self.is_about(request, ports, self.computed()) {
            return (response, effects);
        }
        let context = self.context(request, ports);
        context.checkpoint();
        for CompiledRule { rule, matcher, .. } in self.computed() {
            let Action::Generate(_) = &rule.action else { continue };
            let resource = request.object.clone();
            let scene = Scene { policy: &self.policy, rule, matcher, request, context: &context, resource };
            let found = scene.heard(
                || {
                    scene.triggered().map(|found| match found.status {
                        Status::Pass => generate(&scene, cluster),
                        _ => (found, Vec::new()),
                    })
                },
                |found| (found.is_some(), found.iter().map(|(found, _)| found.clone()).collect()),
            );
            if let Some((found, planned)) = found {
                effects.extend(planned);
                let counts = found.status != Status::Skip;
                response.rules.push(found);
                if self.policy.apply_one && counts {
                    break;
                }
            }
        }
        (response, effects)
    }

    /// The variables of a request.
    fn context<'e>(&'e self, request: &'e Request<'e>, ports: &'e dyn Ports) -> Context<'e> {
        Context::of_request(request, &self.expressions, ports, self.policy.namespace())
    }

    /// Whether any of some rules is about a request, before anything is allocated for it.
    fn is_about<'e>(
        &'e self,
        request: &Request<'_>,
        ports: &dyn Ports,
        mut rules: impl Iterator<Item = &'e CompiledRule>,
    ) -> bool {
        // What was made before may still count where it is no longer asked for.
        let objects = || [&request.object, &request.old_object].into_iter().flatten();
        let matches =
            |rule: &CompiledRule| objects().any(|object| rule.matcher.matches(request, object).is_ok());
        // Who listens wants to hear of the others as well.
        self.is_inside(request) && (ports.recorder().is_some() || rules.any(matches))
    }

    /// A policy of a namespace is about what is in it and about nothing else.
    fn is_inside(&self, request: &Request<'_>) -> bool {
        let own = self.policy.namespace();
        let is_in = |object: &Value| object.dig_str(&["metadata", "namespace"]) == Some(own);
        own.is_empty() || [&request.object, &request.old_object].into_iter().flatten().all(is_in)
    }
}

impl Scene<'_, '_> {
    /// Evaluates the rule if it is about the resource, its variables can be had and its preconditions hold.
    pub(super) fn guarded(
        &self,
        rule_type: RuleType,
        act: impl FnOnce(&Self) -> Vec<RuleResponse>,
    ) -> Vec<RuleResponse> {
        let resource = self.resource.as_ref().or(self.request.old_object.as_ref());
        let work = || {
            let is_about =
                resource.is_some_and(|resource| self.matcher.matches(self.request, resource).is_ok());
            is_about.then(|| self.about(rule_type, act))
        };
        let found = self.heard(work, |found| (found.is_some(), found.clone().unwrap_or_default()));
        let Some(mut found) = found else { return Vec::new() };
        if self.context.is_over() {
            // Some constructs go on after an error, with a default or with the next element: what came out after the
            // end of the time may be anything, and nothing as well.
            if found.is_empty() {
                found.push(self.says(rule_type, Status::Error, TOO_LONG.to_owned()));
            }
            for response in found.iter_mut().filter(|response| response.exceptions.is_empty()) {
                response.status = Status::Error;
                TOO_LONG.clone_into(&mut response.message);
            }
        }
        found
    }

    /// Does something, and tells of it as of this rule. `said` knows of what came out whether the rule is about
    /// the resource, and its answers.
    fn heard<T>(&self, work: impl FnOnce() -> T, said: impl FnOnce(&T) -> (bool, Vec<RuleResponse>)) -> T {
        let Some(recorder) = self.recorder() else { return work() };
        let (found, steps) = recorder.steps_of(work);
        let (is_about, said) = said(&found);
        let resource = self.resource.as_ref().or(self.request.old_object.as_ref());
        let empty = Value::Null;
        recorder.add(Step::Rule {
            rule: self.rule.name.to_string(),
            is_about,
            filters: Filters::new(self.rule, self.request, resource.unwrap_or(&empty)),
            said,
            steps,
        });
        found
    }

    /// The same, for a resource that it is about.
    fn about(&self, rule_type: RuleType, act: impl FnOnce(&Self) -> Vec<RuleResponse>) -> Vec<RuleResponse> {
        self.context.checkpoint();
        self.context.add_given_for(self.policy.name(), &self.rule.name);
        self.context.add_entries(&self.rule.context);
        let found = match preconditions(self.rule.preconditions.as_ref(), self.context) {
            Err(why) => {
                vec![self.says(rule_type, Status::Error, format!("failed to evaluate preconditions: {why}"))]
            }
            Ok((false, said)) => {
                vec![self.says(rule_type, Status::Skip, join(&["preconditions not met", &said], "; "))]
            }
            Ok((true, _)) => act(self),
        };
        self.context.restore();
        found
    }

    /// Who hears what happens.
    pub(super) fn recorder(&self) -> Option<&Recorder> {
        self.context.recorder()
    }

    /// Whether a resource makes the rule make objects. Upstream: `pkg/engine/background.go`. A failure is of a
    /// resource that made it do so before, and does no more.
    fn triggered(&self) -> Option<RuleResponse> {
        if let Some(skipped) = self.excepted(RuleType::Generation) {
            return Some(skipped);
        }
        let says = |status, message| Some(self.says(RuleType::Generation, status, message));
        let is_about = |object: &Option<Value>| {
            object.as_ref().is_some_and(|object| self.matcher.matches(self.request, object).is_ok())
        };
        if !is_about(&self.resource) {
            let was_about = is_about(&self.request.old_object);
            return if was_about { says(Status::Fail, String::new()) } else { None };
        }
        self.context.checkpoint();
        self.context.add_given_for(self.policy.name(), &self.rule.name);
        self.context.add_entries(&self.rule.context);
        let preconditions = || preconditions(self.rule.preconditions.as_ref(), self.context);
        let failed = |what: &str, why: String| {
            says(Status::Error, format!("failed to evaluate conditions{what}: {why}"))
        };
        let found = match (preconditions(), &self.request.old_object) {
            (Err(why), _) => failed("", why),
            (Ok((true, _)), _) => says(Status::Pass, String::new()),
            (Ok(_), None) => says(Status::Skip, String::new()),
            (Ok(_), Some(old)) => {
                self.context.replace(&["request", "object"], old.clone());
                match preconditions() {
                    Err(why) => failed(" for old resource", why),
                    Ok((true, said)) => says(Status::Fail, said),
                    Ok(_) => says(Status::Skip, String::new()),
                }
            }
        };
        self.context.restore();
        found
    }

    /// The exceptions from the rule that the resource of a request falls under.
    pub(super) fn exceptions(&self, request: &Request<'_>) -> Vec<&PolicyException> {
        self.context.exceptions().map_or_else(Vec::new, |exceptions| {
            exceptions.matching(self.policy, &self.rule.name, request, self.context)
        })
    }

    /// What the rule says about a resource that falls under an exception.
    pub(super) fn excepted(&self, rule_type: RuleType) -> Option<RuleResponse> {
        let found: Vec<String> = self.exceptions(self.request).iter().map(|found| found.key()).collect();
        if found.is_empty() {
            return None;
        }
        // Upstream leaves the space away, but for rules that make objects.
        let start = match rule_type {
            RuleType::Generation => "rule is skipped due to policy exception ",
            _ => "rule is skipped due to policy exceptions",
        };
        let message = format!("{start}{}", found.join(", "));
        Some(RuleResponse { exceptions: found, ..self.says(rule_type, Status::Skip, message) })
    }

    /// An answer of the rule.
    pub(super) fn says(&self, rule_type: RuleType, status: Status, message: String) -> RuleResponse {
        RuleResponse {
            name: self.rule.name.clone(),
            rule_type,
            status,
            message,
            field: Path::root(),
            path: self.rule.path.clone(),
            exceptions: Vec::new(),
            properties: self.rule.properties.clone(),
            generated: Vec::new(),
            patched_target: None,
        }
    }
}
