//! Why no rules are made for the controllers of pods.

use ironhull_value::Path;

use crate::kyverno::autogen::CONTROLLERS;
use crate::kyverno::lint::facts::Linted;
use crate::kyverno::lint::kinds::named_in;
use crate::kyverno::model::{Action, Filter, Rule};

const KINDS: [&str; 7] =
    ["CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// Why there is none for a rule about pods, with the place that decides.
pub(super) enum Reason {
    /// The annotation says so.
    Wanted(Path),
    /// Something in the policy prevents it.
    Prevented(Path, String),
}

/// The reason, if a rule is about pods, is to be followed by rules for controllers, and is not.
pub(super) fn missing(linted: &Linted, rule: &Rule) -> Option<Reason> {
    let compiled = linted.compiled.as_ref()?;
    let policy = &linted.policy;
    let is_judging = matches!(rule.action, Action::Validate(_) | Action::Mutate(_) | Action::VerifyImages(_));
    let named = named_in(rule, "match");
    let is_of_pods = named.iter().any(|one| one.kind.kind == "Pod" && one.kind.subresource.is_empty());
    let names_others = |rule: &Rule| {
        named_in(rule, "match")
            .iter()
            .any(|one| KINDS.contains(&one.kind.kind.as_str()) || one.kind.kind == "*")
    };
    let is_made =
        compiled.rules.iter().any(|made| made.rule.path == rule.path && made.rule.name != rule.name);
    if !is_judging || !is_of_pods || is_made || policy.rules.iter().any(names_others) {
        return None;
    }
    // A deletion or a connection is of pods only.
    let creates = |filter: &Filter| {
        let operations = &filter.resources.operations;
        operations.is_empty() || operations.iter().any(|own| own == "CREATE" || own == "UPDATE")
    };
    if !rule.matching.filters().any(|filter| !filter.resources.is_empty() && creates(filter)) {
        return None;
    }
    if policy.annotation(CONTROLLERS).is_some() {
        return Some(Reason::Wanted(Path::root().keys(&["metadata", "annotations", CONTROLLERS])));
    }
    let (path, why) = prevented(linted)?;
    Some(Reason::Prevented(path, why))
}

fn prevented(linted: &Linted) -> Option<(Path, String)> {
    for rule in &linted.policy.rules {
        let whose = format!("the rule `{}`", rule.name);
        match &rule.action {
            Action::Generate(_) => {
                return Some((rule.path.child("generate"), format!("{whose} makes objects")));
            }
            Action::Mutate(mutate) if mutate.json6902.as_ref().is_some_and(|text| !text.is_empty()) => {
                let path = rule.path.keys(&["mutate", "patchesJson6902"]);
                return Some((path, format!("{whose} has a JSON patch, whose paths would lead elsewhere")));
            }
            Action::Mutate(mutate) => {
                let of = |json: &Option<String>| json.as_ref().is_some_and(|text| !text.is_empty());
                if let Some(place) = mutate.foreach.iter().position(|each| of(&each.json6902)) {
                    let path = rule.path.keys(&["mutate", "foreach"]).child(place).child("patchesJson6902");
                    return Some((
                        path,
                        format!("{whose} has a JSON patch, whose paths would lead elsewhere"),
                    ));
                }
            }
            _ => {}
        }
        for part in ["match", "exclude"] {
            if let Some((path, why)) = in_filters(rule, part) {
                return Some((path, format!("{whose} {why}")));
            }
        }
    }
    None
}

fn in_filters(rule: &Rule, part: &str) -> Option<(Path, String)> {
    let root = rule.source.get(part)?;
    let path = rule.path.child(part);
    let mut filters = vec![(path.clone(), root)];
    for list in ["any", "all"] {
        let items = root.dig_items(&[list]).iter().enumerate();
        filters.extend(items.map(|(place, item)| (path.child(list).child(place), item)));
    }
    for (path, filter) in filters {
        let Some(resources) = filter.get("resources") else { continue };
        let path = path.child("resources");
        for key in ["name", "names", "selector", "annotations"] {
            if resources.get(key).is_some_and(|own| !own.is_null()) {
                return Some((
                    path.child(key),
                    format!(
                        "has `{key}` in `{part}`, and pods are named and labelled otherwise than their controllers"
                    ),
                ));
            }
        }
        let kinds = resources.dig_items(&["kinds"]);
        if kinds.len() > 1 && kinds.iter().any(|kind| kind.as_str().is_some_and(|kind| kind.ends_with("Pod")))
        {
            return Some((
                path.child("kinds"),
                format!("names other kinds beside Pod in one filter of `{part}`"),
            ));
        }
    }
    None
}
