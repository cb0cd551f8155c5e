//! One review in, one answer out.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use ironhull_policy::kyverno::admission::{Judgement, change, judge, roles_of};
use ironhull_policy::kyverno::engine::{Compiled, Status};
use ironhull_policy::kyverno::explain::Hidden;
use ironhull_policy::kyverno::request::Request;
use ironhull_policy::kyverno::set::Set;
use ironhull_value::{CompactString, Map, Value, diff};
use ironhull_world::World;
use ironhull_world::admission::{AdmissionRequest, AdmissionResponse, Refusal, Review, fit_warnings};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::clock::{Until, milliseconds};
use super::compare::{Compared, Comparer};
use super::decision::{Decision, Outcome, Said, id_of};
use super::loaded::Loaded;
use super::metrics::Metrics;
use super::modes::Mode;
use super::observed::{Heard, Observed};
use super::ports::Lookups;
use super::recorder::Recorder;
use super::route::{Route, Which};
use super::slow::Slow;
use super::source::Source;
use super::traces::Started;

/// Everything that answers.
pub(crate) struct Engine {
    /// What is decided by.
    pub(crate) loaded: ArcSwap<Loaded>,
    /// What there is in the cluster.
    pub(crate) source: Source,
    pub(crate) metrics: Metrics,
    /// Where decisions go; nowhere without a record.
    pub(crate) recorder: Option<Recorder>,
    /// Namespaces that are never judged: our own, and that of the control plane. A cluster must be mendable
    /// when we are what is broken.
    pub(crate) untouched: Vec<CompactString>,
    /// What is told of denials to the cluster; nobody where nothing may be written.
    pub(crate) events: Option<tokio::sync::mpsc::Sender<super::controller::Denial>>,
    /// What takes long.
    pub(crate) slow: Slow,
    /// Threads for reviews that may have to wait.
    pub(crate) threads: Arc<Semaphore>,
    /// Looks after what we only listen to; nobody without a cluster.
    pub(crate) comparer: Option<Comparer>,
    /// What it found.
    pub(crate) compared: Compared,
    /// Who else wants to know of each review.
    pub(crate) observed: Observed,
}

/// What is known when a request is judged.
pub(crate) struct Scene {
    pub(super) route: Route,
    pub(super) review: Review,
    /// Bytes of the review; none where it is only looked at again, and nothing is counted.
    pub(super) size: Option<usize>,
    pub(super) kind: CompactString,
    pub(super) loaded: Arc<Loaded>,
    pub(super) world: Arc<World>,
    pub(super) labels: Result<Option<Map>, String>,
    pub(super) deadline: Instant,
    pub(super) begun: Instant,
    /// The trace that it is part of, if it is kept.
    pub(super) trace: Option<Started>,
}

/// What came out, before it is told.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) response: AdmissionResponse,
    pub(super) said: Vec<Said>,
    pub(super) exceptions: Vec<String>,
    pub(super) is_error: bool,
    /// What policies said, for whoever else wants to know.
    pub(super) heard: Vec<Heard>,
    /// Whether any policy was asked that is only listened to.
    pub(super) is_listened: bool,
}

impl Engine {
    /// Answers a review. An error is the text for a body that is none.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        route: Route,
        body: &[u8],
        deadline: Instant,
        trace: Option<Started>,
    ) -> Result<Vec<u8>, String> {
        let begun = Instant::now();
        let review = Review::read(body).map_err(|error| error.to_string())?;
        let _in_flight = self.metrics.begin();
        let name = route.name();
        let (answer, outcome) = self.decide(route, review, Some(body.len()), deadline, begun, trace).await;
        self.metrics.end(name, outcome.name(), begun.elapsed());
        Ok(answer)
    }

    async fn decide(
        self: &Arc<Self>,
        route: Route,
        review: Review,
        size: Option<usize>,
        deadline: Instant,
        begun: Instant,
        trace: Option<Started>,
    ) -> (Vec<u8>, Outcome) {
        let (loaded, world) = (self.loaded.load_full(), self.source.world());
        let request = &review.request;
        let is_untouched = self.untouched.contains(&request.namespace);
        if is_untouched && route != Route::Policies {
            return (review.answer(&AdmissionResponse::default()), Outcome::Allowed);
        }
        let Some(kind) = loaded.kind_of(request).map(CompactString::from) else {
            let resource = &request.resource;
            let why = format!("the kind of {}/{} is not known yet", resource.group, resource.resource);
            let kind = request.kind.2.clone();
            let labels = Ok(None);
            let scene = Scene { route, review, size, kind, loaded, world, labels, deadline, begun, trace };
            let found = failed(&scene, &why);
            return self.tell(&scene, found);
        };
        let has_namespace = !request.namespace.is_empty() && request.resource.resource != "namespaces";
        let labels = if has_namespace {
            self.source.namespace_labels(&world, &request.namespace).await
        } else {
            Ok(None)
        };
        let scene = Scene { route, review, size, kind, loaded, world, labels, deadline, begun, trace };
        let is_slow = self.slow.is_known(&scene.kind);
        if !is_slow && !Self::may_wait(&scene) {
            let begun = Instant::now();
            let found = self.evaluate(&scene, None);
            self.slow.note(&scene.kind, begun.elapsed());
            return self.tell(&scene, found);
        }
        // What may have to wait must not hold up what need not.
        let (engine, handle) = (Arc::clone(self), Handle::current());
        let scene = Arc::new(scene);
        let working = Arc::clone(&scene);
        let work = async {
            // Who finds all threads busy waits here, where its body still counts.
            let threads = if is_slow { &self.slow.threads } else { &self.threads };
            let thread = Arc::clone(threads).acquire_owned().await;
            // It is busy until the work is done, even if nobody waits for that any more.
            let work = move || {
                let _thread = thread;
                engine.evaluate(&working, Some(&handle))
            };
            tokio::task::spawn_blocking(work).await
        };
        let found = match tokio::time::timeout_at(deadline.into(), work).await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) => failed(&scene, "a policy could not be evaluated: it broke off"),
            Err(_) => failed(&scene, "no decision was made before the deadline of the request"),
        };
        self.tell(&scene, found)
    }

    /// Whether any policy that may be about the request looks at anything else.
    fn may_wait(scene: &Scene) -> bool {
        let request = scene.request();
        let waits = |policy: &Arc<Compiled>| scene.loaded.looks_outside(policy);
        match &scene.route {
            Route::Validate(_) => scene.loaded.judging.about(&request).any(waits),
            Route::Mutate(_) => scene.loaded.changing.about(&request).any(waits),
            Route::PodSecurity => scene.review.request.resource.resource == "namespaces",
            Route::Policies => false,
        }
    }

    pub(super) fn evaluate(&self, scene: &Scene, handle: Option<&Handle>) -> Found {
        match &scene.route {
            Route::Validate(which) => self.validate(scene, which, handle),
            Route::Mutate(which) => self.mutate(scene, which, handle),
            Route::PodSecurity => self.pod_security(scene, handle),
            Route::Policies => super::controller::policies_written(scene.asked()),
        }
    }

    pub(super) fn lookups<'a>(&'a self, scene: &'a Scene, handle: Option<&'a Handle>) -> Lookups<'a> {
        Lookups {
            world: &scene.world,
            exceptions: &scene.loaded.exceptions,
            server: handle.and_then(|handle| Some((self.source.cluster()?, handle))),
            time: Until::new(scene.deadline),
            calls: Cell::new(0),
        }
    }

    fn validate(&self, scene: &Scene, which: &Which, handle: Option<&Handle>) -> Found {
        let mut request = scene.request();
        // Without the namespace nobody can say whether a policy is about it.
        if let Err(why) = &scene.labels
            && scene.loaded.judging.about(&request).any(|policy| scene.loaded.is_asked(which, policy))
        {
            return failed(scene, &no_namespace(scene, why));
        }
        if scene.wants_roles(&request, &scene.loaded.judging, which)
            && let Err(why) = scene.add_roles(&mut request)
        {
            return failed(scene, &why);
        }
        let ports = self.lookups(scene, handle);
        let policies =
            scene.loaded.judging.about(&request).filter(|policy| scene.loaded.is_asked(which, policy));
        let laps = self.observed.laps(scene);
        let judgement: Judgement = judge(laps.over(policies), &request, &ports, &ports.time);
        let heard = laps.end(judgement.answers.iter().map(|answer| (&answer.policy, answer.rules())));
        let counts = |policy: &Compiled| scene.loaded.enforces(policy);
        let mut found = Found { heard, ..Found::default() };
        for answer in &judgement.answers {
            let mode = scene.mode(&answer.policy);
            let refuses = answer.refuses();
            found.is_listened |= mode == Mode::Shadow;
            let name = full_name(&answer.policy);
            for rule in answer.rules() {
                if scene.size.is_some() {
                    self.metrics.result(&name, mode, rule.status);
                }
                // What holds is counted and not written down: of hundred policies that is most of what they say.
                if matches!(rule.status, Status::Pass | Status::Skip) && rule.exceptions.is_empty() {
                    continue;
                }
                let enforced = refuses && answer.enforced.rules.iter().any(|own| own.name == rule.name);
                found.said.push(Said::of_rule(&answer.policy, rule, enforced, mode, request.resource()));
            }
        }
        found.exceptions = judgement.exceptions().iter().map(ToString::to_string).collect();
        if let Some(message) = judgement.refusal(&request, counts) {
            found.response = AdmissionResponse::refused(message);
        } else {
            found.response.warnings = judgement.warnings(counts);
        }
        found
    }

    fn mutate(&self, scene: &Scene, which: &Which, handle: Option<&Handle>) -> Found {
        let mut request = scene.request();
        if let Err(why) = &scene.labels
            && scene.loaded.changing.about(&request).any(|policy| scene.loaded.is_asked(which, policy))
        {
            return failed(scene, &no_namespace(scene, why));
        }
        if scene.wants_roles(&request, &scene.loaded.changing, which)
            && let Err(why) = scene.add_roles(&mut request)
        {
            return failed(scene, &why);
        }
        let ports = self.lookups(scene, handle);
        let policies =
            scene.loaded.changing.about(&request).filter(|policy| scene.loaded.is_asked(which, policy));
        let counts = |policy: &Compiled| scene.loaded.enforces(policy);
        let laps = self.observed.laps(scene);
        let changed = change(laps.over(policies), &request, &ports, &ports.time, counts);
        let answers = changed.answers.iter().map(|(policy, response, _)| (policy, response.rules.iter()));
        let mut found = Found { heard: laps.end(answers), ..Found::default() };
        for (policy, response, _) in &changed.answers {
            let mode = scene.mode(policy);
            found.is_listened |= mode == Mode::Shadow;
            let name = full_name(policy);
            for rule in &response.rules {
                if scene.size.is_some() {
                    self.metrics.result(&name, mode, rule.status);
                }
                if rule.status == Status::Skip && rule.exceptions.is_empty() {
                    continue;
                }
                let refuses =
                    matches!(rule.status, Status::Fail | Status::Error) && !policy.policy.ignores_failure;
                found.said.push(Said::of_rule(policy, rule, refuses, mode, request.resource()));
                found.exceptions.extend(rule.exceptions.iter().cloned());
            }
        }
        if let Some(message) = changed.refusal {
            found.response = AdmissionResponse::refused(message);
            return found;
        }
        found.response.warnings = changed.warnings;
        if let (Some(before), Some(after)) = (&request.object, &changed.object)
            && before != after
        {
            let patch = serde_json::to_value(diff(before, after)).and_then(serde_json::from_value);
            found.response.patch = patch.ok();
            if found.response.patch.is_none() {
                return failed(scene, "the change cannot be written as a JSON Patch");
            }
        }
        found
    }

    /// Writes the answer, remembers it, and tells whoever is to be told.
    fn tell(&self, scene: &Scene, mut found: Found) -> (Vec<u8>, Outcome) {
        let asked = scene.asked();
        hide(&mut found, asked);
        let id = id_of(&asked.uid);
        let outcome = match (&found.response.refusal, found.is_error, &found.response.patch) {
            (Some(_), true, _) => Outcome::Error,
            (Some(_), ..) => Outcome::Denied,
            (None, true, _) => Outcome::Undecided,
            (None, _, Some(_)) => Outcome::Changed,
            (None, ..) => Outcome::Allowed,
        };
        let message = found.response.refusal.as_ref().map_or_else(String::new, |one| one.message.clone());
        found.exceptions.sort();
        found.exceptions.dedup();
        for exception in &found.exceptions {
            self.metrics.add("ironhull_exceptions_used_total", &[("exception", exception)]);
        }
        let worth_telling = !found.said.is_empty() || outcome != Outcome::Allowed;
        if worth_telling {
            let annotations = &mut found.response.annotations;
            annotations.push((CompactString::const_new("decision"), id.clone()));
            if !found.exceptions.is_empty() {
                annotations.push((CompactString::const_new("exceptions"), found.exceptions.join(",")));
            }
            let shadowed: Vec<String> = found
                .said
                .iter()
                .filter(|said| said.refuses && said.mode == Mode::Shadow)
                .map(|said| format!("{}/{}", said.policy, said.rule))
                .collect();
            if !shadowed.is_empty() {
                annotations.push((CompactString::const_new("would-refuse"), shadowed.join(",")));
            }
        }
        if let Some(refusal) = &mut found.response.refusal {
            let end = if refusal.message.ends_with('\n') { "" } else { "\n" };
            refusal.message = format!("{}{end}decision {id}: ironhull why {id}", refusal.message);
        }
        found.response.warnings = fit_warnings(std::mem::take(&mut found.response.warnings));
        let answer = scene.review.answer(&found.response);
        let is_refused = matches!(outcome, Outcome::Denied | Outcome::Error);
        let is_recorded = self.recorder.as_ref().is_some_and(|recorder| recorder.wants(!worth_telling));
        if !is_refused && !is_recorded && self.comparer.is_none() && !self.observed.is_any() {
            return (answer, outcome);
        }
        let microseconds = u64::try_from(scene.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let decision = Decision {
            id,
            at: milliseconds(),
            route: scene.route.name(),
            which: scene.route.which(),
            request: asked.clone(),
            kind: scene.kind.clone(),
            outcome,
            is_listened: found.is_listened,
            message,
            said: found.said,
            exceptions: found.exceptions,
            patch: found.response.patch,
            microseconds,
            namespace_labels: scene.labels.clone().ok().flatten().map(Value::Map),
        };
        self.observed.tell(scene, &decision, found.response.refusal.is_none(), &found.heard);
        if is_refused {
            super::controller::denied(self, &decision);
        }
        if let Some(comparer) = &self.comparer {
            comparer.take(&decision);
        }
        if let Some(recorder) = self.recorder.as_ref().filter(|_| is_recorded) {
            recorder.take(decision, scene.size.unwrap_or_default());
        }
        (answer, outcome)
    }
}

impl Scene {
    pub(super) fn asked(&self) -> &AdmissionRequest {
        &self.review.request
    }

    pub(super) fn request(&self) -> Request<'_> {
        let mut request = Request::of_admission(self.asked(), &self.kind);
        request.namespace_labels = self.labels.as_ref().ok().and_then(Option::as_ref);
        request
    }

    /// Whether a policy that is asked wants to know the roles of whoever asks.
    fn wants_roles(&self, request: &Request<'_>, policies: &Set, which: &Which) -> bool {
        let wants =
            |policy: &Arc<Compiled>| self.loaded.wants_roles(policy) && self.loaded.is_asked(which, policy);
        self.loaded.asks_for_roles() && policies.about(request).any(wants)
    }

    /// Adds the roles of whoever asks. An error says why they are not known: to
    /// take them for none would let through what a policy refuses to a role.
    pub(super) fn add_roles(&self, request: &mut Request<'_>) -> Result<(), String> {
        if let Some(why) = &self.loaded.roles_unknown {
            return Err(format!("the roles of whoever asks are not known: {why}"));
        }
        if let Some(user) = &mut request.user {
            roles_of(&self.world, user, &self.asked().namespace);
        }
        Ok(())
    }

    fn mode(&self, policy: &Compiled) -> Mode {
        self.loaded.modes.of(policy.policy.namespace(), policy.policy.name())
    }
}

/// Takes what a Secret holds out of everything that is said: answers are shown, logged and kept.
fn hide(found: &mut Found, asked: &AdmissionRequest) {
    let is_secret = asked.resource.group.is_empty() && asked.resource.resource == "secrets";
    if !is_secret {
        return;
    }
    for object in [&asked.object, &asked.old_object].into_iter().flatten() {
        let hidden = Hidden::new(object, []);
        let texts =
            found.response.warnings.iter_mut().chain(found.said.iter_mut().map(|said| &mut said.message));
        let refusal = found.response.refusal.iter_mut().map(|refusal| &mut refusal.message);
        for text in texts.chain(refusal) {
            *text = hidden.text(text).into_owned();
        }
        for said in &mut found.said {
            said.value = said.value.take().map(|value| hidden.value(&value));
        }
    }
}

/// `name`, or `namespace/name`.
fn full_name(policy: &Compiled) -> CompactString {
    match policy.policy.namespace() {
        "" => policy.policy.name().into(),
        namespace => compact_str::format_compact!("{namespace}/{}", policy.policy.name()),
    }
}

fn no_namespace(scene: &Scene, why: &str) -> String {
    format!("the labels of the namespace {} are not known: {why}", scene.asked().namespace)
}

/// What could not be decided: refused, unless the failure policy lets it through.
fn failed(scene: &Scene, why: &str) -> Found {
    let mut found = Found { is_error: true, ..Found::default() };
    let text = format!("ironhull could not decide: {why}");
    let is_listened =
        scene.route == Route::PodSecurity && scene.loaded.modes.of_pod_security() == Mode::Shadow;
    if is_listened {
        // Who is only listened to neither refuses nor warns.
        found.is_listened = true;
    } else if scene.route.fails_open() {
        found.response.warnings.push(text);
    } else {
        found.response.refusal = Some(Refusal { code: Some(500), reason: "InternalError", message: text });
    }
    found
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
