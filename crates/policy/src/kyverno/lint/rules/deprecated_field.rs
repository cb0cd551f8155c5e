//! PO018

use ironhull_finding::{Edit, EditKind, Fix, Safety};
use ironhull_value::{Path, Value};

use crate::kyverno::lint::facts::Linted;
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds fields that Kyverno has moved or given up: `validationFailureAction` and its overrides, `failurePolicy`,
    /// `webhookTimeoutSeconds`, `schemaValidation`, `generateExisting`, `generateExistingOnPolicyUpdate` and
    /// `mutateExistingOnPolicyUpdate` of `spec`, actions in small letters, and the old fields of `verifyImages`.
    ///
    /// ## Why it matters
    /// They work for now. A release that drops them drops what they say without a word, such as that a policy
    /// enforces; there is time to change that: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: labels}
    /// spec:
    ///   validationFailureAction: Enforce
    ///   rules:
    ///   - name: owner
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
    ///       failureAction: Enforce
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Move the value to the field that the message names.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/policy-settings/>
    pub static DEPRECATED_FIELD = {
        id: "PO018",
        name: "deprecated-field",
        title: "A field is deprecated",
        severity: Low,
        check: check,
    };
}

/// A field of `spec`, the action of the rules that it is for, and where it is now. Without an action it is in
/// `spec` as well.
const OF_SPEC: [(&str, Option<&str>, &[&str]); 8] = [
    ("validationFailureAction", Some("validate"), &["failureAction"]),
    ("validationFailureActionOverrides", Some("validate"), &["failureActionOverrides"]),
    ("generateExisting", Some("generate"), &["generateExisting"]),
    ("generateExistingOnPolicyUpdate", Some("generate"), &["generateExisting"]),
    ("mutateExistingOnPolicyUpdate", Some("mutate"), &["mutateExistingOnPolicyUpdate"]),
    ("failurePolicy", None, &["webhookConfiguration", "failurePolicy"]),
    ("webhookTimeoutSeconds", None, &["webhookConfiguration", "timeoutSeconds"]),
    ("schemaValidation", None, &[]),
];

/// Old fields of an item of `verifyImages`, and what there is instead.
const OF_IMAGES: [(&str, &str); 8] = [
    ("image", "imageReferences"),
    ("key", "attestors[].entries[].keys.publicKeys"),
    ("roots", "attestors[].entries[].certificates.certChain"),
    ("subject", "attestors[].entries[].keyless.subject"),
    ("issuer", "attestors[].entries[].keyless.issuer"),
    ("annotations", "attestors[].entries[].annotations"),
    ("additionalExtensions", "attestors[].entries[].keyless.additionalExtensions"),
    ("imageSignatureRepository", "repository"),
];

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        of_spec(linted, judge);
        small_letters(linted, judge);
        for rule in &linted.policy.rules {
            for (place, item) in rule.source.dig_items(&["verifyImages"]).iter().enumerate() {
                let path = rule.path.child("verifyImages").child(place);
                for (field, instead) in OF_IMAGES.iter().filter(|(field, _)| item.get(field).is_some()) {
                    let message = format!("`{field}` is deprecated; write `{instead}`");
                    judge.fail(linted.object(), path.child(*field), message);
                }
            }
        }
    }
}

fn of_spec(linted: &Linted, judge: &mut Judge) {
    let spec = Path::root().child("spec");
    for (field, action, instead) in OF_SPEC {
        let Some(value) = linted.spec().get(field).filter(|value| !value.is_null()) else { continue };
        let path = spec.child(field);
        let mut edits = vec![Edit { path: path.clone(), kind: EditKind::Remove }];
        let mut set = |path: Path| edits.push(Edit { path, kind: EditKind::Set(value.clone()) });
        let message = match (action, instead) {
            (Some(action), instead) => {
                for rule in linted.policy.rules.iter().filter(|rule| rule.source.get(action).is_some()) {
                    let own = rule.source.dig(&[action]).and_then(|own| own.dig(instead));
                    if own.is_none() {
                        set(rule.path.child(action).keys(instead));
                    }
                }
                format!("`spec.{field}` is deprecated; write `{action}.{}` in each rule", instead.join("."))
            }
            (None, []) => format!("`spec.{field}` is deprecated and does nothing"),
            (None, instead) => {
                set(spec.keys(instead));
                format!("`spec.{field}` is deprecated; write `spec.{}`", instead.join("."))
            }
        };
        let summary = match (action, instead) {
            (None, []) => format!("Remove {path}"),
            _ => format!("Move {path} to where the message says"),
        };
        let finding = judge.fail(linted.object(), path, message);
        finding.with_fix(Fix { summary, safety: Safety::Safe, edits });
    }
}

fn small_letters(linted: &Linted, judge: &mut Judge) {
    let mut places = vec![(
        Path::root().keys(&["spec", "validationFailureAction"]),
        linted.spec().get("validationFailureAction"),
    )];
    for rule in &linted.policy.rules {
        let path = rule.path.keys(&["validate", "failureAction"]);
        places.push((path, rule.source.dig(&["validate", "failureAction"])));
    }
    for (path, value) in places {
        let new = match value.and_then(Value::as_str) {
            Some("enforce") => "Enforce",
            Some("audit") => "Audit",
            _ => continue,
        };
        let finding = judge.fail(
            linted.object(),
            path.clone(),
            format!("small letters are deprecated here; write `{new}`"),
        );
        finding.with_fix(Fix::set(path, new, Safety::Safe));
    }
}
