//! Rules for the controllers of pods, made from rules about pods. Upstream: `pkg/autogen/v1`.
//!
//! - `controllers`: for which kinds a policy gets them
//! - `make`: one rule made from another
//! - `replace`: texts that say where the pod is
//!
//! Upstream makes the rules anew for each request: all of them where objects are changed or made, and only
//! those for the kind of the request where they are judged. Here they are made once, and each has a
//! [`Scope`] that says for which requests it counts.

mod controllers;
mod make;
mod replace;
#[cfg(test)]
mod tests;

use compact_str::CompactString;
use ironhull_value::Value;

use self::make::Plan;
use super::model::{Policy, Problem, Rule};

/// The annotation that names the controllers, with commas between them, or `none`.
pub const CONTROLLERS: &str = "pod-policies.kyverno.io/autogen-controllers";

/// For which requests a rule counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    is_computed: bool,
    kinds: Kinds,
}

/// The kinds of requests that a rule judges, if it is about them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kinds {
    Every,
    Except(Vec<CompactString>),
    Only(Vec<CompactString>),
}

impl Scope {
    /// Whether it counts where objects are changed or made, and in lists of a policy's rules.
    pub fn is_computed(&self) -> bool {
        self.is_computed
    }

    /// Whether it counts where an object of this kind is judged.
    pub fn judges(&self, kind: &str) -> bool {
        match &self.kinds {
            Kinds::Every => true,
            Kinds::Except(kinds) => !kinds.iter().any(|own| own == kind),
            Kinds::Only(kinds) => kinds.iter().any(|own| own == kind),
        }
    }
}

/// The rules of a policy and those that are made from them, in upstream's order.
///
/// # Errors
/// When a rule that was made cannot be read. Its problems stand at the rule that it was made from.
pub fn rules(policy: &Policy) -> Result<Vec<(Rule, Scope)>, Vec<Problem>> {
    let made = Made::new(policy);
    let mut found = Vec::new();
    for rule in &policy.rules {
        // A rule that somebody wrote out by hand makes way for the made ones.
        let scope = if controllers::is_made(&rule.name) {
            Scope { is_computed: !made.is_any_computed(), kinds: Kinds::Except(made.kinds.clone()) }
        } else {
            Scope { is_computed: true, kinds: Kinds::Every }
        };
        found.push((rule.clone(), scope));
    }
    for MadeRule { origin, source, is_computed, kinds, .. } in made.rules {
        let Some(origin) = policy.rules.get(origin) else { continue };
        let scope = Scope { is_computed, kinds: Kinds::Only(kinds) };
        found.push((Rule::made(&source, &origin.path)?, scope));
    }
    Ok(found)
}

/// What is made for a policy.
#[derive(Default)]
struct Made {
    rules: Vec<MadeRule>,
    /// The kinds for which any rule is made.
    kinds: Vec<CompactString>,
}

struct MadeRule {
    origin: usize,
    plan: Plan,
    source: Value,
    is_computed: bool,
    kinds: Vec<CompactString>,
}

impl Made {
    fn new(policy: &Policy) -> Self {
        let mut found = Self::default();
        let wanted = controllers::of(policy);
        if wanted.is_empty() || wanted == ["none"] {
            return found;
        }
        found.add(policy, &wanted.join(","), None);
        // No kind is named like this, so no request asks for it.
        let is_no_kind =
            |kind: &str| matches!(kind, "" | "all" | "none") || kind.contains(char::is_whitespace);
        for kind in wanted.iter().filter(|kind| !is_no_kind(kind)) {
            found.add(policy, kind, Some(kind));
        }
        // A rule for one kind only stands where upstream has it: after the others of its origin.
        found.rules.sort_by_key(|made| made.origin);
        found
    }

    /// Adds what is made for some controllers: for all requests, or for those about one kind. What is there
    /// already for that kind is shared.
    fn add(&mut self, policy: &Policy, controllers: &str, only: Option<&CompactString>) {
        let before = self.kinds.len();
        for (origin, rule) in policy.rules.iter().enumerate() {
            for plan in Plan::all(rule, controllers) {
                let Some(source) = plan.make(&rule.source) else { continue };
                if let Some(kind) = only
                    && self.kinds.len() == before
                {
                    self.kinds.push(kind.clone());
                }
                let shared = self.rules.iter_mut().find(|made| {
                    made.origin == origin
                        && made.plan.is_cron_job() == plan.is_cron_job()
                        && (plan.is_cron_job() || only.is_some_and(|kind| made.plan.kinds().contains(kind)))
                });
                match (shared, only) {
                    (Some(shared), Some(kind)) => shared.kinds.push(kind.clone()),
                    _ => self.rules.push(MadeRule {
                        origin,
                        plan,
                        source,
                        is_computed: only.is_none(),
                        kinds: only.into_iter().cloned().collect(),
                    }),
                }
            }
        }
    }

    fn is_any_computed(&self) -> bool {
        self.rules.iter().any(|made| made.is_computed)
    }
}
