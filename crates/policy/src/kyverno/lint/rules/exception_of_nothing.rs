//! PO032

use ironhull_value::{Path, wildcard_match};

use crate::kyverno::lint::facts::Linted;
use crate::kyverno::lint::near::hint;
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds exceptions from policies or rules that are not among the input. Rules that are made for controllers count,
    /// with their prefix `autogen-`.
    ///
    /// ## Why it matters
    /// The exception excepts nothing: what somebody has agreed to is refused all the same, or a rule was renamed and
    /// the exception left behind: medium.
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
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ---
    /// apiVersion: kyverno.io/v2
    /// kind: PolicyException
    /// metadata: {name: old, namespace: shop}
    /// spec:
    ///   match: {any: [{resources: {kinds: [Pod], names: [old]}}]}
    ///   exceptions: [{policyName: labels, ruleNames: [owners]}]
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
    /// ---
    /// apiVersion: kyverno.io/v2
    /// kind: PolicyException
    /// metadata: {name: old, namespace: shop}
    /// spec:
    ///   match: {any: [{resources: {kinds: [Pod], names: [old]}}]}
    ///   exceptions: [{policyName: labels, ruleNames: [owner]}]
    /// ```
    ///
    /// ## How to fix
    /// Write the name of the rule, or lint the policy together with the exception.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/exceptions/>
    pub static EXCEPTION_OF_NOTHING = {
        id: "PO032",
        name: "exception-of-nothing",
        title: "An exception names a policy or a rule that is not there",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    let keys: Vec<String> = facts.policies.iter().map(key).collect();
    for exception in &facts.exceptions {
        judge.consider(&exception.object);
        if facts.policies.is_empty() {
            judge.unknown(&exception.object, "no policy is among the input");
            continue;
        }
        for (place, excepted) in exception.exceptions.iter().enumerate() {
            let path = Path::root().keys(&["spec", "exceptions"]).child(place);
            let name = excepted.policy.as_str();
            let Some(found) = facts.policies.iter().find(|linted| key(linted) == name) else {
                if !facts.others.iter().any(|other| other.key.name == name) && !name.is_empty() {
                    let hint = hint(name, keys.iter().map(String::as_str));
                    let message = format!("no policy of the input is named `{name}`{hint}");
                    judge.fail(&exception.object, path.child("policyName"), message);
                }
                continue;
            };
            let rules = rules(found);
            for (place, rule) in excepted.rules.iter().enumerate() {
                if !rules.iter().any(|own| wildcard_match(rule, own)) {
                    let hint = hint(rule, rules.iter().copied());
                    let message = format!("the policy `{name}` has no rule `{rule}`{hint}");
                    judge.fail(&exception.object, path.child("ruleNames").child(place), message);
                }
            }
        }
    }
}

/// As exceptions name it.
fn key(linted: &Linted) -> String {
    match linted.policy.namespace() {
        "" => linted.policy.name().to_owned(),
        namespace => format!("{namespace}/{}", linted.policy.name()),
    }
}

fn rules(linted: &Linted) -> Vec<&str> {
    match &linted.compiled {
        Some(compiled) => compiled.rules.iter().map(|rule| rule.rule.name.as_str()).collect(),
        None => linted.policy.rules.iter().map(|rule| rule.name.as_str()).collect(),
    }
}
