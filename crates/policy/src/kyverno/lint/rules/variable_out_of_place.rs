//! PO004

use ironhull_world::{Carriers, Shape};

use crate::kyverno::lint::kinds::{is_wild, meant, named_in};
use crate::kyverno::lint::uses::Use;
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::Rule;

rule! {
    /// ## What it does
    /// Finds variables that exist, but not there: `element` and `elementIndex` outside of a `foreach`, or of more
    /// levels than there are, `target` in a rule without `mutate.targets`, and `images` in a rule about kinds that have
    /// no images.
    ///
    /// ## Why it matters
    /// The variable does not resolve, and the rule is an error for every resource: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: tags}
    /// spec:
    ///   rules:
    ///   - name: no-latest
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     preconditions: {all: [{key: '{{ element.image }}', operator: NotEquals, value: ''}]}
    ///     validate:
    ///       message: Name a version.
    ///       foreach:
    ///       - list: request.object.spec.containers
    ///         pattern: {image: '!*:latest'}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: tags}
    /// spec:
    ///   rules:
    ///   - name: no-latest
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       message: Name a version.
    ///       foreach:
    ///       - list: request.object.spec.containers
    ///         preconditions: {all: [{key: '{{ element.image }}', operator: NotEquals, value: ''}]}
    ///         pattern: {image: '!*:latest'}
    /// ```
    ///
    /// ## How to fix
    /// Move the condition into the `foreach` or the target, or name what is there: `request.object`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/validate/#foreach>
    pub static VARIABLE_OUT_OF_PLACE = {
        id: "PO004",
        name: "variable-out-of-place",
        title: "A variable is used where it does not exist",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        for one in linted.uses.iter().filter(|one| !one.is_on_answer && !one.scope.is_open) {
            let Ok(expression) = &one.parsed else { continue };
            for root in expression.roots() {
                let Some(first) = root.first() else { continue };
                if one.scope.entries.iter().any(|name| name == first) {
                    continue;
                }
                let rule = linted.policy.rules.get(one.rule);
                let message = misplaced(one, first).or_else(|| {
                    rule.filter(|_| *first == "images").and_then(|rule| without_images(facts, rule))
                });
                if let Some(message) = message {
                    judge.fail(linted.object(), one.path.clone(), message);
                }
            }
        }
    }
}

fn misplaced(one: &Use, name: &str) -> Option<String> {
    let nesting = one.scope.nesting;
    if name == "target" && !one.scope.has_target {
        return Some(
            "`target` is only there in a rule with `mutate.targets`, in the target and in the patch".into(),
        );
    }
    let number = name.strip_prefix("elementIndex").or_else(|| name.strip_prefix("element"))?;
    if number.is_empty() {
        return (nesting == 0).then(|| format!("`{name}` is only there inside of a `foreach`"));
    }
    let level: usize = number.parse().ok()?;
    (level >= nesting)
        .then(|| format!("`{name}` needs {} nested `foreach`, and here are {nesting}", level + 1))
}

fn without_images(facts: &Facts<'_>, rule: &Rule) -> Option<String> {
    if rule.source.get("imageExtractors").is_some() {
        return None;
    }
    let carriers = Carriers::default();
    let named = named_in(rule, "match");
    let has_none = |one: &crate::kyverno::lint::kinds::Named| {
        let known = meant(facts.catalog(), &one.kind);
        !is_wild(&one.kind)
            && !known.is_empty()
            && known.iter().all(|kind| carriers.of(*kind).all(|carrier| carrier.shape != Shape::Template))
    };
    if named.is_empty() || !named.iter().all(has_none) {
        return None;
    }
    let kinds: Vec<&str> = named.iter().map(|one| one.text.as_str()).collect();
    Some(format!(
        "`images` is there for pods and their controllers, and this rule is about {}",
        kinds.join(", ")
    ))
}
