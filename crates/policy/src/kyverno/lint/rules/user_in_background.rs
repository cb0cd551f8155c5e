//! PO005

use ironhull_finding::{Fix, Safety};
use ironhull_value::{Path, Value};

use crate::kyverno::lint::facts::Linted;
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::{Action, Rule};

rule! {
    /// ## What it does
    /// Finds policies that ask who made a request and that count for what is there already as well: roles and subjects in
    /// `match` and `exclude`, and the variables `request.userInfo`, `request.roles`, `request.clusterRoles`,
    /// `serviceAccountName` and `serviceAccountNamespace`.
    ///
    /// ## Why it matters
    /// In the background there is no user. Kyverno refuses the policy, and so it protects nothing: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: secrets}
    /// spec:
    ///   rules:
    ///   - name: by-admins
    ///     match: {any: [{resources: {kinds: [Secret]}}]}
    ///     exclude: {any: [{clusterRoles: [cluster-admin]}]}
    ///     validate:
    ///       message: Only administrators write Secrets.
    ///       deny: {}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: secrets}
    /// spec:
    ///   background: false
    ///   rules:
    ///   - name: by-admins
    ///     match: {any: [{resources: {kinds: [Secret]}}]}
    ///     exclude: {any: [{clusterRoles: [cluster-admin]}]}
    ///     validate:
    ///       message: Only administrators write Secrets.
    ///       deny: {}
    /// ```
    ///
    /// ## How to fix
    /// Set `spec.background: false`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-reports/background/>
    pub static USER_IN_BACKGROUND = {
        id: "PO005",
        name: "user-in-background",
        title: "A policy with background scans asks who made the request",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        if !linted.policy.background {
            continue;
        }
        let mut found: Vec<(Path, String)> = linted.policy.rules.iter().flat_map(in_filters).collect();
        found.extend(in_texts(linted));
        for (path, what) in found {
            let message = format!("{what} says who made a request, and a background scan has none");
            let background = Path::root().keys(&["spec", "background"]);
            let finding = judge.fail(linted.object(), path, message);
            finding.with_fix(Fix::set(background, false, Safety::Unsafe));
        }
    }
}

fn in_filters(rule: &Rule) -> Vec<(Path, String)> {
    let mut found = Vec::new();
    let mut look = |filter: &Value, path: &Path| {
        for key in ["roles", "clusterRoles", "subjects"] {
            if !filter.dig_items(&[key]).is_empty() {
                found.push((path.child(key), format!("`{key}`")));
            }
        }
    };
    for part in ["match", "exclude"] {
        let Some(root) = rule.source.get(part) else { continue };
        let path = rule.path.child(part);
        look(root, &path);
        for list in ["any", "all"] {
            for (place, filter) in root.dig_items(&[list]).iter().enumerate() {
                look(filter, &path.child(list).child(place));
            }
        }
    }
    found
}

/// Only variables in braces: Kyverno looks at no others.
fn in_texts(linted: &Linted) -> Vec<(Path, String)> {
    let changes_others =
        |rule: &Rule| matches!(&rule.action, Action::Mutate(mutate) if !mutate.targets.is_empty());
    if linted.policy.rules.iter().any(changes_others) {
        return Vec::new();
    }
    let mut found: Vec<(Path, String)> = Vec::new();
    for one in &linted.uses {
        let written = linted.object().value.at(&one.path).and_then(Value::as_str).unwrap_or_default();
        let Ok(expression) = &one.parsed else { continue };
        for root in expression.roots().iter().filter(|_| written.contains("{{")) {
            let name = match root.as_slice() {
                ["serviceAccountName" | "serviceAccountNamespace", ..] => root[0].to_owned(),
                ["request", member @ ("userInfo" | "roles" | "clusterRoles"), ..] => {
                    format!("request.{member}")
                }
                _ => continue,
            };
            found.push((one.path.clone(), format!("`{name}`")));
        }
    }
    found
}
