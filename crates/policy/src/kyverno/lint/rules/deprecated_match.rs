//! PO020

use ironhull_finding::{Edit, EditKind, Fix, Safety};
use ironhull_value::Value;

use crate::kyverno::lint::samples::map;
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds `match` and `exclude` with filters that are in neither `any` nor `all`.
    ///
    /// ## Why it matters
    /// The old form works for now. It means something else in `exclude` for users than in `match`, and cannot be
    /// put beside a second filter: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: labels}
    /// spec:
    ///   rules:
    ///   - name: owner
    ///     match: {resources: {kinds: [Pod]}}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: labels}
    /// spec:
    ///   rules:
    ///   - name: owner
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Make it the only item of `any`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/match-exclude/>
    pub static DEPRECATED_MATCH = {
        id: "PO020",
        name: "deprecated-match",
        title: "A filter is in neither any nor all",
        severity: Low,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        for part in ["match", "exclude"] {
            let Some(value) = rule.source.get(part).filter(|value| value.as_map().is_some()) else {
                continue;
            };
            let is_bare = ["resources", "roles", "clusterRoles", "subjects"]
                .into_iter()
                .any(|key| value.get(key).is_some_and(|own| !own.is_null()));
            if !is_bare || value.get("any").is_some() || value.get("all").is_some() {
                continue;
            }
            let path = rule.path.child(part);
            let new = map([("any", Value::from(vec![value.clone()]))]);
            let message = format!("`{part}` without `any` and `all` is deprecated; make it an item of `any`");
            let finding = judge.fail(linted.object(), path.clone(), message);
            finding.with_fix(Fix {
                summary: format!("Put what is in {path} into {path}.any"),
                safety: Safety::Safe,
                edits: vec![Edit { path, kind: EditKind::Set(new) }],
            });
        }
    }
}
