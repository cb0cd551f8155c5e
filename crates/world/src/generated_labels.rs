//! Labels that a controller adds to the pods it makes. They are in no template, and yet selectors may ask for
//! them: the Services of a replicated database often name its pods one by one.
//!
//! Source: kubernetes/kubernetes `staging/src/k8s.io/api/apps/v1/types.go` and `batch/v1/types.go`, and the
//! page "Well-Known Labels, Annotations and Taints" of the documentation.

use ironhull_value::{Map, Operator, Requirement, Selector};

use crate::{Pod, kinds};

/// How many of the pods that are made from one template a selector matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    None,
    /// Those with certain values of a label that differs from pod to pod, or that is not known.
    Some,
    Every,
}

/// How many of the pods of this template `selector` matches.
pub(crate) fn extent(selector: &Selector, pod: &Pod<'_>) -> Extent {
    let empty = Map::default();
    let labels = pod.labels().unwrap_or(&empty);
    let one = |requirement: &Requirement| match generated(requirement.key().as_str(), pod) {
        Some(label) => asks(requirement, &label),
        None if requirement.matches(labels) => Extent::Every,
        None => Extent::None,
    };
    selector.requirements().iter().map(one).min().unwrap_or(Extent::Every)
}

/// What is known of a generated value.
enum Label<'a> {
    /// It is this one in every pod.
    Is(&'a str),
    /// It differs, but begins so, and a number follows.
    Numbered(&'a str),
    /// It begins so.
    Begins(&'a str),
}

/// The label `key`, if a controller of this kind adds it. It overwrites one of the template.
fn generated<'a>(key: &str, pod: &Pod<'a>) -> Option<Label<'a>> {
    let (kind, name) = (pod.object.key.group_kind(), pod.object.name());
    let any = Label::Begins("");
    let label = match key {
        "statefulset.kubernetes.io/pod-name" if kind == kinds::STATEFUL_SET => Label::Numbered(name),
        "apps.kubernetes.io/pod-index" if kind == kinds::STATEFUL_SET => Label::Begins(""),
        "controller-revision-hash" if kind == kinds::STATEFUL_SET || kind == kinds::DAEMON_SET => any,
        "pod-template-generation" if kind == kinds::DAEMON_SET => any,
        "pod-template-hash" if kind == kinds::DEPLOYMENT => any,
        "job-name" | "batch.kubernetes.io/job-name" if kind == kinds::JOB => Label::Is(name),
        "job-name" | "batch.kubernetes.io/job-name" if kind == kinds::CRON_JOB => Label::Begins(name),
        "controller-uid"
        | "batch.kubernetes.io/controller-uid"
        | "batch.kubernetes.io/job-completion-index"
            if kind == kinds::JOB || kind == kinds::CRON_JOB =>
        {
            any
        }
        _ => return None,
    };
    Some(label)
}

fn asks(requirement: &Requirement, label: &Label<'_>) -> Extent {
    let possible = |value: &str| match label {
        Label::Is(text) => value == *text,
        Label::Begins(text) => value.starts_with(text),
        Label::Numbered(text) => value
            .strip_prefix(text)
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|number| number.parse::<u32>().is_ok()),
    };
    let named = requirement.values().iter().any(|value| possible(value));
    let is_known = matches!(label, Label::Is(_));
    match requirement.operator() {
        Operator::Exists => Extent::Every,
        Operator::DoesNotExist => Extent::None,
        Operator::Equals | Operator::DoubleEquals | Operator::In => match (named, is_known) {
            (false, _) => Extent::None,
            (true, false) => Extent::Some,
            (true, true) => Extent::Every,
        },
        Operator::NotEquals | Operator::NotIn => match (named, is_known) {
            (false, _) => Extent::Every,
            (true, false) => Extent::Some,
            (true, true) => Extent::None,
        },
        Operator::GreaterThan | Operator::LessThan => Extent::Some,
    }
}
