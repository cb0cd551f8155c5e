//! For which controllers a policy gets rules.

use compact_str::CompactString;

use super::CONTROLLERS;
use crate::kyverno::matching::is_version;
use crate::kyverno::model::{Action, Described, Matching, Mutate, Policy, Rule};

/// Every controller of pods that upstream knows.
const ALL: [&str; 7] =
    ["CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// The controllers that a policy wants rules for, sorted and each once; `none` alone if it wants none.
pub(super) fn of(policy: &Policy) -> Vec<CompactString> {
    if !can(&policy.rules) {
        return vec!["none".into()];
    }
    let mut found: Vec<CompactString> = match policy.annotation(CONTROLLERS) {
        Some(names) => names.split(',').map(CompactString::from).collect(),
        None => ALL.into_iter().map(CompactString::from).collect(),
    };
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a rule was made, or is named as if it were.
pub(super) fn is_made(name: &str) -> bool {
    name.starts_with("autogen-")
}

/// Whether rules can be made: no rule says something that means another thing for controllers, and some rule
/// is about pods or their controllers.
fn can(rules: &[Rule]) -> bool {
    let mut is_needed = false;
    for rule in rules {
        match &rule.action {
            Action::Generate(_) => return false,
            Action::Mutate(mutate) if patches(mutate) => return false,
            _ => {}
        }
        let filters = rule.matching.filters().chain(rule.exclude.iter().flat_map(Matching::filters));
        for filter in filters {
            if !is_supported(&filter.resources) {
                return false;
            }
            is_needed |=
                filter.resources.kinds.iter().any(|kind| kind == "Pod" || ALL.contains(&kind.as_str()));
        }
    }
    is_needed
}

/// Whether it has a JSON patch, whose paths would lead elsewhere.
fn patches(mutate: &Mutate) -> bool {
    let has = |patch: &Option<String>| patch.as_ref().is_some_and(|patch| !patch.is_empty());
    has(&mutate.json6902) || mutate.foreach.iter().any(|foreach| has(&foreach.json6902))
}

fn is_supported(resources: &Described) -> bool {
    resources.name.is_empty()
        && resources.names.is_empty()
        && resources.selector.is_none()
        && resources.annotations.is_none()
        && !(resources.kinds.len() > 1 && names_pod(&resources.kinds))
}

/// Whether pods are among kinds, however they are written.
pub(super) fn names_pod<T: AsRef<str>>(kinds: &[T]) -> bool {
    kinds.iter().any(|kind| bare_kind(kind.as_ref()) == "Pod")
}

/// The kind in `group/version/kind/subresource`.
fn bare_kind(text: &str) -> &str {
    let parts: Vec<&str> = text.split('/').collect();
    let kind = match parts.as_slice() {
        [kind] => kind,
        [first, kind] if is_version(first) && *first != "*" => kind,
        ["*", kind] if *kind != "*" => kind,
        [kind, _] => return kind,
        [version, kind, _] if is_version(version) => return kind,
        [_, _, kind] => kind,
        [_, _, kind, _] => return kind,
        _ => return "",
    };
    kind.split('.').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_found_however_they_are_written() {
        for kind in ["Pod", "v1/Pod", "*/Pod", "Pod/exec", "Pod.status", "core/v1/Pod", "v1/Pod/log"] {
            assert!(names_pod(&[kind]), "{kind}");
        }
        for kind in [
            "Deployment",
            "apps/v1/Deployment",
            "*",
            "*/v1/Pod",
            "*/*",
            "Pods",
            "PodDisruptionBudget",
            "a/b/c/d/Pod",
        ] {
            assert!(!names_pod(&[kind]), "{kind}");
        }
        assert!(!names_pod::<&str>(&[]));
    }
}
