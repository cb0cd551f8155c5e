//! PO021

use ironhull_finding::{Fix, Safety};
use ironhull_value::Path;

use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds policies of `kyverno.io/v2beta1` and exceptions of `kyverno.io/v2beta1` and older.
    ///
    /// ## Why it matters
    /// Kyverno does not serve these versions for ever. When one goes, nothing that is written in it can be applied any
    /// more, which shows at once: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v2beta1
    /// kind: PolicyException
    /// metadata: {name: old, namespace: shop}
    /// spec:
    ///   match: {any: [{resources: {kinds: [Pod], names: [old]}}]}
    ///   exceptions: [{policyName: labels, ruleNames: [owner]}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v2
    /// kind: PolicyException
    /// metadata: {name: old, namespace: shop}
    /// spec:
    ///   match: {any: [{resources: {kinds: [Pod], names: [old]}}]}
    ///   exceptions: [{policyName: labels, ruleNames: [owner]}]
    /// ```
    ///
    /// ## How to fix
    /// Write `kyverno.io/v1` for policies and `kyverno.io/v2` for exceptions; their fields are the same.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/exceptions/>
    pub static DEPRECATED_VERSION = {
        id: "PO021",
        name: "deprecated-version",
        title: "A policy or an exception is written in a deprecated version",
        severity: Low,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    let policies = facts.policies.iter().map(|linted| (linted.object(), "kyverno.io/v1"));
    let exceptions = facts.exceptions.iter().map(|exception| (&exception.object, "kyverno.io/v2"));
    for (object, instead) in policies.chain(exceptions) {
        judge.consider(object);
        let version = object.value.dig_str(&["apiVersion"]).unwrap_or_default();
        if version.contains("alpha") || version.contains("beta") {
            let path = Path::root().child("apiVersion");
            let finding =
                judge.fail(object, path.clone(), format!("`{version}` is deprecated; write `{instead}`"));
            finding.with_fix(Fix::set(path, instead, Safety::Safe));
        }
    }
}
