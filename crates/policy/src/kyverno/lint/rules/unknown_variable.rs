//! PO003

use crate::kyverno::lint::near::hint;
use crate::kyverno::lint::uses::Use;
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds variables that nobody declares: neither Kyverno nor a `context` entry that can be seen from there. It also
    /// knows what a `request` has.
    ///
    /// ## Why it matters
    /// A variable that does not resolve makes the rule an error for every resource. Kyverno refuses most such
    /// policies; where it takes one, nothing is judged: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: teams}
    /// spec:
    ///   rules:
    ///   - name: known
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     context:
    ///     - name: teams
    ///       configMap: {name: teams, namespace: default}
    ///     validate:
    ///       message: There is no such team.
    ///       deny: {conditions: {any: [{key: '{{ request.object.metadata.labels.team }}', operator: AnyNotIn, value: '{{ team.data.all }}'}]}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: teams}
    /// spec:
    ///   rules:
    ///   - name: known
    ///     match: {any: [{resources: {kinds: [Namespace]}}]}
    ///     context:
    ///     - name: teams
    ///       configMap: {name: teams, namespace: default}
    ///     validate:
    ///       message: There is no such team.
    ///       deny: {conditions: {any: [{key: '{{ request.object.metadata.labels.team }}', operator: AnyNotIn, value: '{{ teams.data.all }}'}]}}
    /// ```
    ///
    /// ## How to fix
    /// Write the name as it is declared, or declare it in `context`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/variables/>
    pub static UNKNOWN_VARIABLE = {
        id: "PO003",
        name: "unknown-variable",
        title: "A variable is declared nowhere",
        severity: High,
        check: check,
    };
}

/// What Kyverno declares by itself; where it does is another question.
const OWN: [&str; 8] = [
    "request",
    "element",
    "elementIndex",
    "images",
    "image",
    "target",
    "serviceAccountName",
    "serviceAccountNamespace",
];

/// The members of a request: those of an admission review, and two of Kyverno.
const OF_REQUEST: [&str; 17] = [
    "uid",
    "kind",
    "resource",
    "subResource",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "name",
    "namespace",
    "operation",
    "userInfo",
    "object",
    "oldObject",
    "dryRun",
    "options",
    "roles",
    "clusterRoles",
];

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        for one in linted.uses.iter().filter(|one| !one.is_on_answer && !one.scope.is_open) {
            let Ok(expression) = &one.parsed else { continue };
            for root in expression.roots() {
                if let Some(message) = wrong(one, &root) {
                    judge.fail(linted.object(), one.path.clone(), message);
                }
            }
        }
    }
}

fn wrong(one: &Use, root: &[&str]) -> Option<String> {
    let (first, rest) = root.split_first()?;
    let declared = one.scope.entries.iter().chain(&one.scope.later).map(compact_str::CompactString::as_str);
    if declared.clone().any(|name| name == *first) {
        return None;
    }
    if *first == "request" {
        let member = rest.first().filter(|member| !OF_REQUEST.contains(member))?;
        return Some(format!("a request has no `{member}`{}", hint(member, OF_REQUEST)));
    }
    let bare = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if OWN.contains(first) || matches!(bare, "element" | "elementIndex") {
        return None;
    }
    if one.text.contains(&format!("\"{first}\"")) {
        let text = first.replace('\'', "\\'");
        return Some(format!(
            "`\"{first}\"` names a field, which is not there; a text is written `'{text}'`"
        ));
    }
    Some(format!("nothing declares `{first}` here{}", hint(first, declared.chain(OWN))))
}
