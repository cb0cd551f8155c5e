//! Which exceptions a resource falls under. Upstream: `pkg/engine/exceptions.go`,
//! `pkg/engine/utils/exceptions.go` and `pkg/utils/conditions`.

use std::sync::Arc;

use ironhull_value::wildcard_match;

use super::engine::holds;
use super::matching::CompiledFilter;
use super::model::{Conditions, Policy, PolicyException};
use super::request::Request;
use super::trace::{Step, inside};
use super::variables::Lookup;

/// Exceptions, compiled.
#[derive(Clone, Debug, Default)]
pub struct Exceptions(Vec<Compiled>);

#[derive(Clone, Debug)]
struct Compiled {
    exception: Arc<PolicyException>,
    any: Vec<CompiledFilter>,
    all: Vec<CompiledFilter>,
}

impl Exceptions {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compiles exceptions. One with a problem excepts nothing.
    pub fn new(exceptions: impl IntoIterator<Item = Arc<PolicyException>>) -> Self {
        let usable = exceptions.into_iter().filter(|exception| exception.problems.is_empty());
        let mut all: Vec<Compiled> = usable
            .map(|exception| Compiled {
                any: exception.matching.any.iter().map(CompiledFilter::new).collect(),
                all: exception.matching.all.iter().map(CompiledFilter::new).collect(),
                exception,
            })
            .collect();
        all.sort_by(|a, b| a.exception.object.key.cmp(&b.exception.object.key));
        Self(all)
    }

    /// These and more.
    #[must_use]
    pub fn with(self, more: impl IntoIterator<Item = Arc<PolicyException>>) -> Self {
        Self::new(self.0.into_iter().map(|compiled| compiled.exception).chain(more))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &PolicyException> {
        self.0.iter().map(|compiled| &*compiled.exception)
    }

    /// The exceptions from a rule that the resource of a request falls under. One whose conditions cannot be
    /// evaluated is not among them.
    pub(super) fn matching(
        &self,
        policy: &Policy,
        rule: &str,
        request: &Request<'_>,
        lookup: &dyn Lookup,
    ) -> Vec<&PolicyException> {
        let Some(resource) = request.resource() else { return Vec::new() };
        let name = match policy.namespace() {
            "" => policy.name().to_owned(),
            namespace => format!("{namespace}/{}", policy.name()),
        };
        let is_about = |compiled: &&Compiled| {
            compiled.exception.exceptions.iter().any(|excepted| {
                excepted.policy == name && excepted.rules.iter().any(|own| wildcard_match(own, rule))
            })
        };
        let found = self.0.iter().filter(is_about).filter(|compiled| {
            let matches = if compiled.any.is_empty() {
                !compiled.all.is_empty()
                    && compiled.all.iter().all(|filter| filter.excepts(request, resource))
            } else {
                compiled.any.iter().any(|filter| filter.excepts(request, resource))
            };
            let asks = || matches && applies(compiled.exception.conditions.as_ref(), lookup).unwrap_or(false);
            let object = || compiled.exception.object.clone();
            let step = |applies: &bool, steps| Step::Exception { object: object(), applies: *applies, steps };
            inside(lookup.recorder(), asks, step)
        });
        found.map(|compiled| &*compiled.exception).collect()
    }
}

/// Whether conditions hold. An empty `any` asks nothing, other than in rules.
fn applies(conditions: Option<&Conditions>, lookup: &dyn Lookup) -> Result<bool, String> {
    let Some(Conditions::AnyAll(any, _, all)) = conditions else { return Ok(conditions.is_none()) };
    for condition in all {
        if !holds(condition, lookup)? {
            return Ok(false);
        }
    }
    for condition in any {
        if holds(condition, lookup)? {
            return Ok(true);
        }
    }
    Ok(any.is_empty())
}
