//! PO025

use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds rules whose names are so long that the names of the rules for controllers are cut to 63 characters.
    ///
    /// ## Why it matters
    /// Reports, exceptions and tests have to name the cut form, and two names may become one. Nothing else changes:
    /// low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: labels}
    /// spec:
    ///   rules:
    ///   - name: every-pod-says-whose-it-is-and-whom-to-call-when-it-fails
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
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
    /// Keep names of rules about pods at 47 characters, which leaves room for `autogen-cronjob-`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/autogen/>
    pub static MADE_NAME_CUT = {
        id: "PO025",
        name: "made-name-cut",
        title: "The name of a rule is cut where it is made for controllers",
        severity: Low,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        let Some(compiled) = &linted.compiled else { continue };
        let made =
            compiled.rules.iter().filter(|made| made.rule.path == rule.path && made.rule.name != rule.name);
        let mut cut: Vec<&str> = made
            .map(|made| made.rule.name.as_str())
            .filter(|name| !name.ends_with(rule.name.as_str()))
            .collect();
        cut.sort_unstable();
        cut.dedup();
        if cut.is_empty() {
            continue;
        }
        let is_taken = |name: &&&str| {
            compiled.rules.iter().any(|other| other.rule.path != rule.path && other.rule.name == **name)
        };
        let taken = if cut.iter().any(|name| is_taken(&name)) { ", as is another rule's" } else { "" };
        let message = format!("the name is cut to `{}`{taken}", cut.join("` and `"));
        judge.fail(linted.object(), rule.path.child("name"), message);
    }
}
