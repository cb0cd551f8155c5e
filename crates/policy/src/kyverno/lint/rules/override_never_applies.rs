//! PO030

use ironhull_value::{Path, wildcard_match};

use crate::kyverno::lint::facts::Linted;
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::{Action, FailureAction, Override};

rule! {
    /// ## What it does
    /// Finds overrides of the failure action that change nothing: without a namespace, with the action that holds anyway,
    /// in a policy without rules that judge, beside rules that each have an action of their own, and for other namespaces
    /// in a policy of a namespace.
    ///
    /// ## Why it matters
    /// Somebody believes that a namespace is enforced, or left in peace, and it is not: medium.
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
    ///       failureAction: Audit
    ///       failureActionOverrides: [{action: Audit, namespaces: [shop]}]
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
    ///       failureAction: Audit
    ///       failureActionOverrides: [{action: Enforce, namespaces: [shop]}]
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Name the other action, and the namespaces that it is for; write it in the rules where they have actions.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/policy-settings/>
    pub static OVERRIDE_NEVER_APPLIES = {
        id: "PO030",
        name: "override-never-applies",
        title: "An override of the failure action changes nothing",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        let policy = &linted.policy;
        let path = Path::root().keys(&["spec", "validationFailureActionOverrides"]);
        let judging = || {
            policy
                .rules
                .iter()
                .filter(|rule| matches!(rule.action, Action::Validate(_) | Action::VerifyImages(_)))
        };
        let has_own = |action: &Action| matches!(action, Action::Validate(validate) if validate.failure_action.is_some());
        if policy.overrides.is_empty() {
        } else if judging().next().is_none() {
            judge.fail(linted.object(), path, "no rule of the policy judges, so there is no failure");
        } else if judging().all(|rule| has_own(&rule.action)) {
            judge.fail(
                linted.object(),
                path,
                "every rule has a `failureAction` of its own, which counts instead",
            );
        } else {
            for (path, message) in wrong(linted, &policy.overrides, policy.failure_action, &path) {
                judge.fail(linted.object(), path, message);
            }
        }
        for rule in &policy.rules {
            let Action::Validate(validate) = &rule.action else { continue };
            let path = rule.path.keys(&["validate", "failureActionOverrides"]);
            let action = validate.failure_action.unwrap_or(policy.failure_action);
            for (path, message) in wrong(linted, &validate.overrides, action, &path) {
                judge.fail(linted.object(), path, message);
            }
        }
    }
}

fn wrong(linted: &Linted, overrides: &[Override], action: FailureAction, path: &Path) -> Vec<(Path, String)> {
    let own = linted.policy.namespace();
    let changes = overrides.iter().any(|one| one.action != action);
    let mut found = Vec::new();
    for (place, one) in overrides.iter().enumerate() {
        let path = path.child(place);
        if one.namespaces.is_empty() && one.selector.is_none() {
            found.push((path, "the override names no namespace".into()));
        } else if !changes {
            let action = if action == FailureAction::Enforce { "Enforce" } else { "Audit" };
            found.push((path.child("action"), format!("{action} holds without the override as well")));
        } else if !own.is_empty()
            && one.selector.is_none()
            && !one.namespaces.iter().any(|name| wildcard_match(name, own))
        {
            found
                .push((path.child("namespaces"), format!("the policy is about the namespace {own:?} alone")));
        }
    }
    found
}
