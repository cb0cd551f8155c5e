//! Why a row fails: the policies once more, with somebody who listens.

use std::sync::Arc;

use ironhull_report::outline::Line;
use ironhull_world::Object;

use super::Options;
use super::case::{Case, Expectation};
use super::evaluate::of_resource;
use super::load::Inputs;
use super::ports::TestPorts;
use crate::kyverno::explain::{Hidden, Question, is_about, of_policy};
use crate::kyverno::request::Request;
use crate::kyverno::trace::{Listening, Step};

/// What the rules that an expectation means did with a resource. Rules that were not about it are told only if
/// none was.
pub(super) fn of(
    case: &Case,
    inputs: &Inputs,
    options: Options,
    wanted: &Expectation,
    policies: &[usize],
    place: usize,
) -> Vec<Line> {
    let (Some(value), Some(written)) = (inputs.resources.get(place), inputs.written.get(place)) else {
        return Vec::new();
    };
    let ports = TestPorts { case, inputs, options };
    let listening = Listening::new(&ports);
    let mut heard: Vec<Vec<Step>> = inputs.policies.iter().map(|_| Vec::new()).collect();
    let mut asked = |policy: usize| {
        let steps = listening.recorder.take();
        if let Some(heard) = heard.get_mut(policy) {
            heard.extend(steps);
        }
    };
    // What could not be asked is what the row says already.
    let _ = of_resource(inputs, value, &wanted.operation, &listening, &mut asked);
    // The object as it is judged, with its places.
    let object = Arc::new(Object { value: value.clone(), ..written.clone() });
    let others = inputs.resources.iter().chain(&inputs.targets).chain(inputs.cluster.iter().flatten());
    let hidden = Hidden::new(value, others);
    let bare = wanted.rule.strip_prefix("autogen-cronjob-").or_else(|| wanted.rule.strip_prefix("autogen-"));
    let question = Question {
        object: &object,
        request: Request::create(&object.value),
        rule: Some(bare.unwrap_or(&wanted.rule)).filter(|rule| !rule.is_empty()),
        hidden: &hidden,
        full: false,
    };
    let told = policies.iter().filter_map(|place| {
        let compiled = inputs.policies.get(*place)?.compiled.as_ref().ok()?;
        of_policy(compiled, heard.get(*place)?, &question)
    });
    let mut lines: Vec<Line> = told.flat_map(|policy| policy.lines).collect();
    if lines.iter().any(is_about) {
        lines.retain(is_about);
    }
    lines
}
