//! PO013

use crate::kyverno::lint::leaf::{alternatives, operand, parts};
use crate::kyverno::lint::patterns::{patterns, spots};
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds texts of a pattern that look like an operator and are none: `=5`, `=> 5`, `!=a`, `1 - 5`, `&&`, `||`, and an
    /// operator without anything to compare with.
    ///
    /// ## Why it matters
    /// Kyverno compares with the text as it is written, so the field would have to be `=5`: resources are refused for
    /// no reason, or a value that was to be forbidden is let through: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: replicas}
    /// spec:
    ///   rules:
    ///   - name: two
    ///     match: {any: [{resources: {kinds: [Deployment]}}]}
    ///     validate:
    ///       message: At least two replicas.
    ///       pattern: {spec: {replicas: '=> 2'}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: replicas}
    /// spec:
    ///   rules:
    ///   - name: two
    ///     match: {any: [{resources: {kinds: [Deployment]}}]}
    ///     validate:
    ///       message: At least two replicas.
    ///       pattern: {spec: {replicas: '>= 2'}}
    /// ```
    ///
    /// ## How to fix
    /// The operators are `>`, `<`, `>=`, `<=`, `!`, `|`, `&`, and `1-5` and `1!-5` for ranges. Without one the value must
    /// be equal.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/validate/#operators>
    pub static OPERATOR_TAKEN_LITERALLY = {
        id: "PO013",
        name: "operator-taken-literally",
        title: "What looks like an operator of a pattern is compared as text",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        for written in patterns(rule) {
            spots(&written, &mut |spot| {
                let Some(text) = spot.value.as_str().filter(|_| !spot.is_open()) else { return };
                if let Some(message) = wrong(text) {
                    judge.fail(linted.object(), spot.path.clone(), message);
                }
            });
        }
    }
}

fn wrong(text: &str) -> Option<String> {
    for (doubled, single) in [("&&", "&"), ("||", "|")] {
        if text.contains(doubled) {
            return Some(format!("between `{doubled}` stands an empty text; the operator is `{single}`"));
        }
    }
    alternatives(text).flat_map(parts).find_map(part)
}

fn part(part: &str) -> Option<String> {
    let operand = operand(part);
    let operator = part.get(..part.len() - operand.len()).unwrap_or_default().trim();
    if let Some(rest) = part.strip_prefix('=').map(|rest| rest.trim_start_matches('=')) {
        let turned = rest.strip_prefix(['>', '<']).map(|last| format!("{}= {}", &rest[..1], last.trim()));
        return Some(match turned {
            Some(turned) => format!("`{part}` is compared as text; write `{turned}`"),
            None => format!("`{part}` is compared as text; for equality write `{}`", rest.trim()),
        });
    }
    if matches!(part, ">" | "<" | "!") {
        return Some(format!("`{part}` alone is no operator: the value must be this character"));
    }
    if operator.is_empty() {
        let (first, last) =
            part.split_once(" - ").or_else(|| part.split_once(" -")).or_else(|| part.split_once("- "))?;
        let is_number =
            |text: &str| !text.trim().is_empty() && text.trim().bytes().all(|byte| byte.is_ascii_digit());
        return (is_number(first) && is_number(last)).then(|| {
            format!("`{part}` is compared as text; a range has no blanks: `{}-{}`", first.trim(), last.trim())
        });
    }
    if operand.is_empty() {
        return Some(format!("`{part}` compares with nothing"));
    }
    operand.starts_with('=').then(|| {
        format!(
            "`{part}` compares with the text `{operand}`; write `{operator}{}`",
            operand.trim_start_matches('=').trim()
        )
    })
}
