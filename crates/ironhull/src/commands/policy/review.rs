//! Resources through policies, in the order of the admission chain: changing, judging, verifying images, making,
//! deleting.

use std::cell::OnceCell;
use std::sync::Arc;

use ironhull_policy::kyverno::cleanup::ttl::{self, End};
use ironhull_policy::kyverno::cleanup::{Cleaner, CleanupPolicy};
use ironhull_policy::kyverno::engine::{Compiled, Response, Status};
use ironhull_policy::kyverno::explain::Hidden;
use ironhull_policy::kyverno::request::Request;
use ironhull_policy::kyverno::set::Set;
use ironhull_value::{Map, Value};
use ironhull_world::{Object, ObjectRef, World, kinds};

use super::effects::Effect;
use super::ports::AtHand;

/// Policies, and what they are asked with.
pub(super) struct Reviewer<'p, 'w> {
    pub(super) set: &'p Set,
    pub(super) ports: &'p AtHand<'w>,
    pub(super) cleaners: Vec<Cleaner<'p>>,
    /// What no message may show of the Secrets that are there.
    secrets: Hidden,
}

/// Hears what a policy says of an object.
pub(super) type Hears<'h> = dyn FnMut(&Compiled, &Response) + 'h;

impl<'p, 'w> Reviewer<'p, 'w> {
    pub(super) fn new(set: &'p Set, ports: &'p AtHand<'w>, cleanups: &'p [CleanupPolicy]) -> Self {
        let secrets = ports.world.of_kind(kinds::SECRET).map(|object| &object.value);
        let secrets = Hidden::new(&Value::Null, secrets);
        Self { set, ports, cleaners: cleanups.iter().map(Cleaner::new).collect(), secrets }
    }

    /// Asks every policy that may be about an object. The answer is what they would do.
    ///
    /// # Errors
    /// When a variable that is given has no path for a name.
    pub(super) fn review(&self, object: &Arc<Object>, hears: &mut Hears<'_>) -> Result<Vec<Effect>, String> {
        let mut effects = Vec::new();
        let own = OnceCell::new();
        let hears = &mut |policy: &Compiled, response: Response| {
            let own = || own.get_or_init(|| Hidden::new(&object.value, []));
            hears(policy, &self.shown(response, own));
        };
        let labels = self.namespace_labels(object);
        let value = self.change(object, labels.as_ref(), hears, &mut effects)?;
        let values = &self.ports.known.values;
        let plain =
            values.is_same_for_all().then(|| self.request("", &value, labels.as_ref())).transpose()?;
        let candidates = plain.as_ref().map(|request| self.set.about(request));
        let all = plain.is_none().then(|| self.set.policies().iter());
        for policy in candidates.into_iter().flatten().chain(all.into_iter().flatten()) {
            let own;
            let request = if let Some(request) = &plain {
                request
            } else {
                own = self.request(policy.policy.name(), &value, labels.as_ref())?;
                &own
            };
            if policy.policy.validates() {
                hears(policy, policy.validate(request, self.ports));
            }
            if policy.policy.verifies_images() {
                hears(policy, policy.verify_images(request, self.ports));
            }
            if policy.policy.generates() {
                let (response, made) = policy.generate(request, self.ports, self.ports);
                hears(policy, response);
                let by = vec![policy.policy.name().to_owned()];
                let made = made.into_iter().map(|made| Effect::make(made, by.clone()));
                effects.extend(made.map(|effect| effect.after_what_is_there(self.ports.world)));
            }
        }
        Ok(effects)
    }

    /// The object after every rule that changes it.
    fn change(
        &self,
        object: &Arc<Object>,
        labels: Option<&Map>,
        hears: &mut dyn FnMut(&Compiled, Response),
        effects: &mut Vec<Effect>,
    ) -> Result<Value, String> {
        let (mut value, mut by) = (object.value.clone(), Vec::new());
        // What one policy changes may be what the next one asks for, so that nobody is left out.
        for policy in self.set.policies().iter().filter(|policy| policy.policy.mutates()) {
            let request = self.request(policy.policy.name(), &value, labels)?;
            let response = policy.mutate(&request, self.ports, Some(self.ports));
            for target in response.rules.iter().filter_map(|rule| rule.patched_target.as_ref()) {
                let effect =
                    Effect::change(Value::Null, target.clone(), vec![policy.policy.name().to_owned()]);
                effects.push(effect.after_what_is_there(self.ports.world));
            }
            let patched = response.patched.clone().filter(|patched| *patched != value);
            hears(policy, response);
            if let Some(patched) = patched {
                let stays = self.stays(policy, &patched, labels)?;
                by.push(format!("{}{}", policy.policy.name(), if stays { "" } else { " (not idempotent)" }));
                value = patched;
            }
        }
        if !by.is_empty() {
            effects.push(Effect::change(object.value.clone(), value.clone(), by));
        }
        Ok(value)
    }

    /// Whether a policy leaves alone what it made itself.
    fn stays(&self, policy: &Compiled, value: &Value, labels: Option<&Map>) -> Result<bool, String> {
        let request = self.request(policy.policy.name(), value, labels)?;
        Ok(policy.mutate(&request, self.ports, None).patched.is_none_or(|again| again == *value))
    }

    /// An answer without what nobody shall see: a message may have the value of a variable in it.
    fn shown<'h>(&self, mut response: Response, own: impl Fn() -> &'h Hidden) -> Response {
        for rule in response.rules.iter_mut().filter(|rule| rule.status != Status::Pass) {
            let once = self.secrets.text(&rule.message).into_owned();
            rule.message = own().text(&once).into_owned();
        }
        response
    }

    fn request<'a>(
        &'a self,
        policy: &str,
        value: &'a Value,
        labels: Option<&'a Map>,
    ) -> Result<Request<'a>, String> {
        let known = &self.ports.known;
        let request = known.values.request(policy, value, "", true)?;
        Ok(Request { namespace_labels: labels, user: known.user.clone(), ..request })
    }

    fn namespace_labels(&self, object: &Object) -> Option<Map> {
        let given = self.ports.known.values.namespaces.get(object.key.namespace.as_str());
        given.cloned().or_else(|| namespace_labels(self.ports.world, object))
    }

    /// What policies with a schedule and the label of an end would delete; an error where it cannot be told.
    pub(super) fn deletions(&self, object: &Arc<Object>) -> (Vec<Effect>, Vec<(ObjectRef, String)>) {
        let (mut effects, mut errors) = (Vec::new(), Vec::new());
        let labels = self.namespace_labels(object);
        let request = Request { namespace_labels: labels.as_ref(), ..Request::create(&object.value) };
        let now = self.ports.now.seconds;
        for cleaner in &self.cleaners {
            match cleaner.deletes(&request, self.ports) {
                Ok(false) => {}
                Ok(true) => {
                    let next = cleaner.policy.schedule.as_ref().and_then(|when| when.next_after(now));
                    let by = vec![cleaner.policy.name().to_owned()];
                    effects.push(Effect::delete(object.value.clone(), by, next));
                }
                Err(why) => errors.push((cleaner.policy.object.key.clone(), why)),
            }
        }
        match ttl::end(&object.value) {
            None => {}
            Some(End::At(end)) => {
                let by = vec![format!("the label {}", ttl::LABEL)];
                effects.push(Effect::delete(object.value.clone(), by, Some(end.max(now))));
            }
            Some(End::Unknown(why)) => {
                effects.push(Effect {
                    note: why,
                    ..Effect::delete(object.value.clone(), vec![format!("the label {}", ttl::LABEL)], None)
                });
            }
        }
        (effects, errors)
    }
}

/// The labels of the namespace of an object, if it is there.
pub(super) fn namespace_labels(world: &World, object: &Object) -> Option<Map> {
    let namespace = world.get(kinds::NAMESPACE, "", &object.key.namespace)?;
    namespace.value.dig(&["metadata", "labels"])?.as_map().cloned()
}
