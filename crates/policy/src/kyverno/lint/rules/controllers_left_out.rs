//! PO024

use ironhull_value::Path;

use crate::kyverno::lint::no_controllers::{Reason, missing};
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds rules about pods for which Kyverno makes no rules for Deployments and the other controllers, and says why:
    /// names or labels in a filter, other kinds beside Pod in one filter, a JSON patch, or a rule that makes objects
    /// in the same policy. One such rule is enough to stop it for all rules of the policy.
    ///
    /// ## Why it matters
    /// A Deployment is let through and its pods are refused later, where the person who applied it does not look. Nothing
    /// gets past the policy, though: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: limits}
    /// spec:
    ///   rules:
    ///   - name: memory
    ///     match: {any: [{resources: {kinds: [Pod, Service]}}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: limits}
    /// spec:
    ///   rules:
    ///   - name: memory
    ///     match: {any: [{resources: {kinds: [Pod]}}, {resources: {kinds: [Service]}}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Put what prevents it into a policy or a filter of its own, or write the rules for controllers by hand. Where
    /// pods alone are meant, say so: `pod-policies.kyverno.io/autogen-controllers: none`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/autogen/>
    pub static CONTROLLERS_LEFT_OUT = {
        id: "PO024",
        name: "controllers-left-out",
        title: "No rules are made for the controllers of pods, and nothing says so",
        severity: Low,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        // What prevents it for one rule prevents it for all.
        let mut found: Vec<(Path, String, Vec<&str>)> = Vec::new();
        for rule in &linted.policy.rules {
            let Some(Reason::Prevented(path, why)) = missing(linted, rule) else { continue };
            match found.iter_mut().find(|(known, ..)| *known == path) {
                Some((.., names)) => names.push(&rule.name),
                None => found.push((path, why, vec![&rule.name])),
            }
        }
        for (path, why, names) in found {
            let message = format!("no rules for controllers are made from `{}`: {why}", names.join("`, `"));
            judge.fail(linted.object(), path, message);
        }
    }
}
