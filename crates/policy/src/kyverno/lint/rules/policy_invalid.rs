//! PO001

use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds what a policy or an exception has and Kyverno refuses or does not read: unknown fields, words that are none
    /// of those allowed, two rules of one name, a rule without an action.
    ///
    /// ## Why it matters
    /// `policy apply` does not evaluate such a policy. Kyverno refuses it, or drops the field without a word, and
    /// then the policy does less than its author believes: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: labels}
    /// spec:
    ///   rules:
    ///   - name: owner
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       mesage: Say whose it is.
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
    /// Write the field as it is named in the message.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/>
    pub static POLICY_INVALID = {
        id: "PO001",
        name: "policy-invalid",
        title: "A policy has something that Kyverno refuses or does not read",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        for problem in &linted.policy.problems {
            judge.fail(linted.object(), problem.path.clone(), problem.message.clone());
        }
        if let (None, true) = (&linted.compiled, linted.policy.problems.is_empty()) {
            let compiled = crate::kyverno::engine::Compiled::behind_conditions(&linted.policy);
            let problems = compiled.err().unwrap_or_default();
            for problem in problems {
                let message =
                    format!("the rule that is made for controllers is invalid: {}", problem.message);
                judge.fail(linted.object(), problem.path, message);
            }
        }
    }
    for exception in &facts.exceptions {
        judge.consider(&exception.object);
        for problem in &exception.problems {
            judge.fail(&exception.object, problem.path.clone(), problem.message.clone());
        }
    }
    for object in &facts.others {
        judge.unknown(object, format!("policies of the kind {} are not linted yet", object.key.kind));
    }
}
