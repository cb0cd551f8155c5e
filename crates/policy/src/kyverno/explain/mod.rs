//! Why policies decide what they decide about a resource, with the places in both files.
//!
//! - `rule`: a rule and what it said, `matching`: whether it is about the resource
//! - `steps`: what happened on the way, `conditions`, `pattern`, `foreach`, `checks`, `change`:
//!   some of that
//! - `written`: where that is written, `hidden`: what nobody shall see
//!
//! Lives here: words for the steps of [`trace`](super::trace). Never lives here: a decision. Every answer is
//! that of the engine.

mod change;
mod checks;
mod conditions;
mod foreach;
mod hidden;
mod matching;
mod pattern;
mod rule;
mod steps;
mod values;
mod written;

use std::sync::Arc;

use ironhull_report::outline::{Line, Mark};
use ironhull_value::Value;
use ironhull_world::Object;

pub use self::hidden::Hidden;
use self::rule::Telling;
use super::context::Ports;
use super::engine::{Cluster, Compiled, CompiledRule};
use super::model::{Action, Rule};
use super::request::Request;
use super::trace::{Listening, Step};

/// What is to be explained, and how.
pub struct Question<'a> {
    /// The resource, with its places.
    pub object: &'a Arc<Object>,
    /// What is done with it.
    pub request: Request<'a>,
    /// Only the rule of this name, and those that were made from it.
    pub rule: Option<&'a str>,
    /// What nobody shall see.
    pub hidden: &'a Hidden,
    /// Values in their full length.
    pub full: bool,
}

/// What policies say about a resource, in the order in which they are asked: those that change it first, each
/// on what the one before left. `None` where no rule has the name that is asked for.
pub fn explain(
    policies: &[Arc<Compiled>],
    question: &Question<'_>,
    ports: &dyn Ports,
    cluster: &dyn Cluster,
) -> Option<Line> {
    let mut heard: Vec<Vec<Step>> = policies.iter().map(|_| Vec::new()).collect();
    let listening = Listening::new(ports);
    let mut request = question.request.clone();
    for (policy, heard) in policies.iter().zip(&mut heard).filter(|(policy, _)| policy.policy.mutates()) {
        request.object = policy.mutate(&request, &listening, None).patched;
        heard.extend(listening.recorder.take());
    }
    for (policy, heard) in policies.iter().zip(&mut heard) {
        if policy.policy.validates() {
            policy.validate(&request, &listening);
        }
        if policy.policy.generates() {
            policy.generate(&request, &listening, cluster);
        }
        heard.extend(listening.recorder.take());
    }
    let told = policies.iter().zip(&heard).filter_map(|(policy, heard)| of_policy(policy, heard, question));
    let lines: Vec<Line> = told.collect();
    if lines.is_empty() {
        return None;
    }
    let object = question.object;
    let line = Line::new("resource", Mark::Plain, object.key.to_string());
    let line = line.at("resource", written::place(object, &ironhull_value::Path::root())).with(lines);
    let is_any = line.lines.iter().flat_map(|policy| &policy.lines).any(is_about);
    Some(if is_any {
        line
    } else {
        let mut line = line;
        let none = format!("No policy is about {}.", object.key);
        line.lines.push(Line::new("nothing", Mark::Plain, none));
        line
    })
}

/// Whether the line of a rule says that it is about the resource.
pub(super) fn is_about(rule: &Line) -> bool {
    rule.facts.contains(&("isAbout", Value::from(true)))
}

/// What a policy says about a resource, from what was heard when it was asked.
pub fn of_policy(policy: &Compiled, heard: &[Step], question: &Question<'_>) -> Option<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for compiled in &policy.rules {
        let telling = Telling::new(policy, &compiled.rule, question);
        let is_wanted = question.rule.is_none_or(|name| {
            let origin = telling.written.origin();
            compiled.rule.name == name || origin.is_some_and(|rule| rule.name == name)
        });
        let step =
            heard.iter().find(|step| matches!(step, Step::Rule { rule, .. } if *rule == compiled.rule.name));
        // A rule for each of some kinds may have been made under one name.
        if !is_wanted || names.contains(&compiled.rule.name.as_str()) {
            continue;
        }
        names.push(&compiled.rule.name);
        lines.push(match step {
            Some(step) => telling.rule(step),
            None => telling.not_asked(&why_not(policy, compiled, question)),
        });
    }
    if lines.is_empty() {
        return None;
    }
    let object = &policy.policy.object;
    let place = written::place(object, &ironhull_value::Path::root());
    Some(Line::new("policy", Mark::Plain, object.key.to_string()).at("policy", place).with(lines))
}

/// Why a rule was not asked at all.
fn why_not(policy: &Compiled, rule: &CompiledRule, question: &Question<'_>) -> String {
    let kind = question.request.kind;
    let own = policy.policy.namespace();
    if !own.is_empty() && question.object.value.dig_str(&["metadata", "namespace"]) != Some(own) {
        return format!("the policy is about what is in namespace {own}, and nothing else");
    }
    let is_for_it = match &rule.rule.action {
        Action::Validate(_) => rule.scope.judges(kind),
        _ => rule.scope.is_computed(),
    };
    match &rule.rule.action {
        _ if !is_for_it => for_others(&rule.rule, kind),
        Action::Mutate(action) if !action.targets.is_empty() => {
            "it changes other objects, which is done in the background".to_owned()
        }
        Action::VerifyImages(_) => "`verifyImages` is not supported yet".to_owned(),
        _ if policy.policy.apply_one => "a rule before it applied, and `applyRules` is One".to_owned(),
        _ => "it is not evaluated".to_owned(),
    }
}

/// Which kinds a rule is for, other than that of the resource.
fn for_others(rule: &Rule, kind: &str) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for own in rule.matching.kinds().map(|kind| kind.rsplit('/').next().unwrap_or(kind)) {
        if !kinds.contains(&own) {
            kinds.push(own);
        }
    }
    let named = match kinds.as_slice() {
        [first, second, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second} and {} more kinds", rest.len())
        }
        few => few.join(", "),
    };
    format!("it is for {named}, and this is a {kind}")
}
