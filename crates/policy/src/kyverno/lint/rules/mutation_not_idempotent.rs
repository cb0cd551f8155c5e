//! PO022

use ironhull_finding::Fix;
use ironhull_value::{PatchOperation, Value, diff};

use crate::kyverno::lint::dry_run::DryRun;
use crate::kyverno::lint::kinds::{is_wild, meant, named_in};
use crate::kyverno::lint::samples::minimal;
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::matching::Matcher;
use crate::kyverno::model::{Action, Rule};
use crate::kyverno::request::Request;

rule! {
    /// ## What it does
    /// Evaluates rules that change objects twice, the second time on what the first one left, and finds those that
    /// change something again. It takes the resources of the input that the rule is about, and a plain object of each kind
    /// that it names.
    ///
    /// ## Why it matters
    /// The API server asks a webhook more than once, and again with every update. Such a rule adds the same volume,
    /// argument or suffix each time until the object is refused or too long: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: tolerate}
    /// spec:
    ///   rules:
    ///   - name: spot
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     mutate:
    ///       patchesJson6902: |-
    ///         - op: add
    ///           path: /spec/tolerations/-
    ///           value: {key: spot, operator: Exists}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: tolerate}
    /// spec:
    ///   rules:
    ///   - name: spot
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     preconditions: {all: [{key: spot, operator: AnyNotIn, value: '{{ request.object.spec.tolerations[].key || `[]` }}'}]}
    ///     mutate:
    ///       patchesJson6902: |-
    ///         - op: add
    ///           path: /spec/tolerations/-
    ///           value: {key: spot, operator: Exists}
    /// ```
    ///
    /// ## How to fix
    /// Ask in `preconditions` whether it is there already, use `+()` in a strategic merge patch, or `replace` a field
    /// instead of adding to a list.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#idempotence>
    pub static MUTATION_NOT_IDEMPOTENT = {
        id: "PO022",
        name: "mutation-not-idempotent",
        title: "A rule changes an object again that it has changed before",
        severity: Medium,
        check: check,
    };
}

/// So many resources of the input are tried.
const MOST: usize = 100;

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        let Action::Mutate(mutate) = &rule.action else { continue };
        // Those change other objects, and once an event.
        if !mutate.targets.is_empty() {
            continue;
        }
        let Some(run) = DryRun::new(&linted.policy, &rule.source) else { continue };
        let again = objects(facts, rule).into_iter().find_map(|object| {
            let first = run.change(&object)?;
            let second = run.change(&first)?;
            (first != second).then_some((object, first, second))
        });
        let Some((object, first, second)) = again else { continue };
        let name = object.dig_str(&["metadata", "name"]).unwrap_or_default();
        let kind = object.dig_str(&["kind"]).unwrap_or_default();
        let message = format!(
            "the rule `{}` changes {kind} {name:?} again when it is asked a second time: {}",
            rule.name,
            difference(&first, &second)
        );
        let finding = judge.fail(linted.object(), rule.path.child("mutate"), message);
        finding.with_fix(Fix::manual("Ask in preconditions whether the change is there already"));
    }
}

fn objects(facts: &Facts<'_>, rule: &Rule) -> Vec<Value> {
    // Objects that somebody wrote say more than those that are made up.
    let matcher = Matcher::new(&rule.matching, rule.exclude.as_ref());
    let is_meant = |object: &&std::sync::Arc<ironhull_world::Object>| {
        matcher.matches(&Request::create(&object.value), &object.value).is_ok()
    };
    let samples = facts.samples.iter().filter(is_meant).take(MOST);
    let mut found: Vec<Value> = samples.map(|object| object.value.clone()).collect();
    for one in named_in(rule, "match") {
        if !is_wild(&one.kind) && one.kind.subresource.is_empty() {
            found.extend(
                meant(facts.catalog(), &one.kind).first().map(|kind| minimal(facts.catalog(), *kind)),
            );
        }
    }
    found
}

/// `add /spec/tolerations/1 {"key": "spot"}`
fn difference(first: &Value, second: &Value) -> String {
    /// More changes than this are not read.
    const SHOWN: usize = 3;
    let patch = diff(first, second);
    let all = patch.operations();
    let mut words: Vec<String> = all.iter().take(SHOWN).map(words).collect();
    if all.len() > SHOWN {
        words.push(format!("and {} more", all.len() - SHOWN));
    }
    words.join(", ")
}

fn words(operation: &PatchOperation) -> String {
    let text = serde_json::to_value(operation).unwrap_or_default();
    let part = |key: &str| {
        text.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let parts = ["op", "path", "value"].into_iter().filter_map(part);
    parts.collect::<Vec<_>>().join(" ")
}
