//! Policies as `ValidatingAdmissionPolicy` objects, which the API server judges by itself: they hold while nobody of
//! ours is there.
//!
//! A rule is exported only if CEL says the same of every object; else there is a reason why not.
//!
//! - `cel`: truth values and texts of CEL
//! - `kinds`: the kinds of Kubernetes
//! - `types`: what their fields hold
//! - `leaf`, `tree`: patterns as truths
//! - `clear`: whether a pattern fails with a failure and never with an error
//! - `matching`: `match` and `exclude` as truths
//! - `objects`: what is written
//! - `pod_security`: the checks of the Pod Security Standards

mod cel;
mod clear;
mod kinds;
mod leaf;
mod matching;
mod objects;
mod pod_security;
#[cfg(test)]
mod tests;
mod tree;
mod types;

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Value, wildcard_match};

pub use self::pod_security::{Level, pod_security};

use self::cel::Truth;
use self::kinds::Served;
use self::matching::Subject;
use self::objects::{Checks, written};
use self::tree::Translator;
use super::engine::{Compiled, CompiledRule};
use super::model::{Action, FailureAction, PolicyException, Rule, Validate};
use super::pattern::Pattern;

/// What is exported along with policies.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Namespaces of which nothing is judged.
    pub untouched: Vec<CompactString>,
    /// Exceptions, which CEL knows nothing of: a rule with one is not exported.
    pub exceptions: Vec<Arc<PolicyException>>,
}

/// What became of a policy.
#[derive(Clone, Debug, Default)]
pub struct Exported {
    /// Each policy with its binding behind it.
    pub objects: Vec<Value>,
    /// The names of the rules that are in them.
    pub rules: Vec<CompactString>,
    /// The rules that are not.
    pub left_out: Vec<LeftOut>,
}

/// A rule that is not exported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Its name.
    pub rule: CompactString,
    /// What CEL cannot say.
    pub reason: String,
}

/// Exports what of a policy can be said in CEL.
pub fn export(policy: &Compiled, setting: &Setting) -> Exported {
    let mut found = Exported::default();
    let mut left_out = BTreeSet::new();
    for one in &policy.rules {
        match rule(policy, one, setting) {
            Ok(Some(checks)) => {
                found.objects.extend(written(&policy.policy, &one.rule, &checks, setting));
                found.rules.push(one.rule.name.clone());
            }
            Ok(None) => {}
            Err(reason) => {
                left_out.insert(LeftOut { rule: one.rule.name.clone(), reason });
            }
        }
    }
    found.left_out = left_out.into_iter().collect();
    found
}

/// `None` for a rule that judges nothing.
fn rule(policy: &Compiled, one: &CompiledRule, setting: &Setting) -> Result<Option<Checks>, String> {
    let CompiledRule { rule, scope, .. } = one;
    let validate = judged(policy, rule, setting)?;
    let mut kinds = matching::kinds(rule)?;
    kinds.retain(|kind| scope.judges(kind.kind));
    if !policy.policy.namespace().is_empty() {
        kinds.retain(|kind| kind.is_namespaced);
    }
    if kinds.is_empty() {
        return Ok(None);
    }
    let action = validate.failure_action.unwrap_or(policy.policy.failure_action);
    let lets_old_through = action == FailureAction::Enforce && validate.allow_existing_violations;
    let plurals: Vec<&str> = kinds.iter().map(|kind| kind.plural).collect();
    let judging = Judging { rule, validate, plurals: &plurals };
    if (lets_old_through || policy.policy.ignores_failure) && !judging.always_fails() {
        let reason = "a key in an anchor that may be nowhere, which is an error and not a failure, while updates of \
                      what failed before are let through or the failure policy is Ignore";
        return Err(reason.to_owned());
    }
    let before = if lets_old_through { Some(judging.failed_before(&kinds)?) } else { None };
    let about = Subject { root: "object", operation: None, kinds: &kinds }.meets(rule)?;
    let fails = judging.fails("object")?;
    if about.is_no() {
        return Ok(None);
    }
    Ok(Some(Checks { about, passes: fails.not(), before, action, kinds }))
}

/// What a rule says in `validate`, if that and nothing else decides.
fn judged<'r>(policy: &Compiled, rule: &'r Rule, setting: &Setting) -> Result<&'r Validate, String> {
    let because = |reason: &str| Err(reason.to_owned());
    let Action::Validate(validate) = &rule.action else {
        return because("it does not judge; only `validate` can be exported");
    };
    if !policy.policy.admission {
        return because("the policy does not judge requests");
    }
    if policy.policy.apply_one && policy.policy.rules.len() > 1 {
        return because("`applyRules: One`, where one rule decides whether another one counts");
    }
    if !rule.context.is_empty() {
        return because("`context`");
    }
    if rule.preconditions.is_some() || rule.source.get("celPreconditions").is_some() {
        return because("preconditions");
    }
    if !validate.overrides.is_empty() || !policy.policy.overrides.is_empty() {
        return because("a failure action that differs by namespace");
    }
    if validate.deny.is_some() {
        return because("`deny`");
    }
    if !validate.foreach.is_empty() {
        return because("`foreach`");
    }
    if validate.pod_security.is_some() {
        return because("`podSecurity`; the level as a whole is exported with --pod-security");
    }
    if let Some(what) = validate.not_evaluated {
        return Err(format!("`{what}`"));
    }
    let shapes = validate.pattern.iter().chain(validate.any_pattern.iter().flatten());
    if shapes.clone().any(|shape| shape.compiled.is_none()) {
        return because("variables");
    }
    if let Some(exception) = excepted(policy, rule, setting) {
        return Err(format!("the exception {}", exception.key()));
    }
    Ok(validate)
}

fn excepted<'s>(policy: &Compiled, rule: &Rule, setting: &'s Setting) -> Option<&'s PolicyException> {
    let policy = &policy.policy;
    let key = match policy.namespace() {
        "" => policy.name().to_owned(),
        namespace => format!("{namespace}/{}", policy.name()),
    };
    let made_from = rule.name.strip_prefix("autogen-").unwrap_or(&rule.name);
    let made_from = made_from.strip_prefix("cronjob-").unwrap_or(made_from);
    let is_named =
        |wanted: &CompactString| wildcard_match(wanted, &rule.name) || wildcard_match(wanted, made_from);
    let excepts = |one: &&Arc<PolicyException>| {
        let named = one.exceptions.iter().filter(|excepted| excepted.policy == key);
        named.flat_map(|excepted| &excepted.rules).any(is_named)
    };
    setting.exceptions.iter().find(excepts).map(|one| &**one)
}

/// The judgement of a rule.
struct Judging<'r> {
    rule: &'r Rule,
    validate: &'r Validate,
    plurals: &'r [&'r str],
}

impl<'r> Judging<'r> {
    fn patterns(&self) -> impl Iterator<Item = &'r Pattern> {
        let shapes = self.validate.pattern.iter().chain(self.validate.any_pattern.iter().flatten());
        shapes.filter_map(|shape| shape.compiled.as_ref())
    }

    /// Of several patterns none is ever an error.
    fn always_fails(&self) -> bool {
        self.validate.pattern.is_none()
            || self.patterns().all(|pattern| clear::always_fails(self.plurals, &pattern.root))
    }

    fn fails(&self, root: &str) -> Result<Truth, String> {
        let translator = Translator { plurals: self.plurals };
        let found = self.patterns().map(|pattern| translator.pattern(root, &pattern.root));
        let found: Vec<_> = found.collect::<Result<_, _>>()?;
        // One that passes is enough; if each skips, so does the rule.
        let none = Truth::all(found.iter().map(|one| one.pass().not()));
        let any = Truth::any(found.iter().map(|one| one.fail.clone()));
        Ok(if let [one] = found.as_slice() { one.fail.clone() } else { Truth::all([none, any]) })
    }

    /// Whether the old object failed too, as if it were made now.
    fn failed_before(&self, kinds: &[Served]) -> Result<Truth, String> {
        let subject = Subject { root: "oldObject", operation: Some("CREATE"), kinds };
        let is_update = Truth::compare("request.operation", "==", "'UPDATE'");
        Ok(Truth::all([is_update, subject.meets(self.rule)?, self.fails("oldObject")?]))
    }
}
