//! What every rule looks at.

use std::sync::Arc;

use ironhull_value::Value;
use ironhull_world::{Catalog, Object, World};

use super::uses::{Use, uses};
use crate::kyverno::engine::Compiled;
use crate::kyverno::model::{Policy, PolicyException, Rule};

/// The policies and exceptions of an input, and what they are judged against.
pub struct Facts<'w> {
    /// Everything that was read.
    pub world: &'w World,
    /// The classic policies.
    pub policies: Vec<Linted>,
    /// The exceptions.
    pub exceptions: Vec<PolicyException>,
    /// Policies of other kinds, which these rules do not read.
    pub others: Vec<Arc<Object>>,
    /// Objects that are no policies, to try policies on.
    pub samples: Vec<Arc<Object>>,
}

/// A policy, and what several rules want to know of it.
pub struct Linted {
    /// As it is written.
    pub policy: Arc<Policy>,
    /// With the rules that are made for controllers of pods; none for a policy with problems.
    pub compiled: Option<Compiled>,
    /// Every expression in it.
    pub uses: Vec<Use>,
}

impl<'w> Facts<'w> {
    /// Of a world.
    pub fn of(world: &'w World) -> Self {
        let (mut policies, mut exceptions) = (Vec::new(), Vec::new());
        let (mut others, mut samples) = (Vec::new(), Vec::new());
        for object in world.objects() {
            if let Some(policy) = Policy::read(object) {
                policies.push(Linted::new(policy));
            } else if let Some(exception) = PolicyException::read(object) {
                exceptions.push(exception);
            } else if object.key.group.ends_with("kyverno.io") && object.key.kind.ends_with("Policy") {
                others.push(Arc::clone(object));
            } else {
                samples.push(Arc::clone(object));
            }
        }
        Self { world, policies, exceptions, others, samples }
    }

    /// Which kinds there are.
    pub fn catalog(&self) -> &Catalog {
        self.world.catalog()
    }

    /// Every rule that somebody wrote, with its policy.
    pub fn rules(&self) -> impl Iterator<Item = (&Linted, &Rule)> {
        self.policies.iter().flat_map(|linted| linted.policy.rules.iter().map(move |rule| (linted, rule)))
    }
}

impl Linted {
    fn new(policy: Policy) -> Self {
        let policy = Arc::new(policy);
        let compiled = Compiled::behind_conditions(&policy).ok();
        let uses = uses(&policy);
        Self { policy, compiled, uses }
    }

    /// The object.
    pub fn object(&self) -> &Arc<Object> {
        &self.policy.object
    }

    /// The `spec` as it is written.
    pub fn spec(&self) -> &Value {
        self.policy.object.value.get("spec").unwrap_or(&Value::Null)
    }
}
