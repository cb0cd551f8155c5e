//! PO023

use ironhull_manifest::{Level, Limits, read};
use ironhull_value::{Interner, Path, Value};

use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::variables::{has_variable, variables};

rule! {
    /// ## What it does
    /// Finds `patchesJson6902` that are no JSON patch: no YAML, no list, an operation that does not exist, a path that
    /// does not begin with `/`, an operation without what it needs, and a variable in a path outside of `foreach`.
    ///
    /// ## Why it matters
    /// Kyverno refuses the policy, or the rule is an error for every object: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: dns}
    /// spec:
    ///   rules:
    ///   - name: policy
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     mutate:
    ///       patchesJson6902: |-
    ///         - op: set
    ///           path: spec/dnsPolicy
    ///           value: Default
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: dns}
    /// spec:
    ///   rules:
    ///   - name: policy
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     mutate:
    ///       patchesJson6902: |-
    ///         - op: replace
    ///           path: /spec/dnsPolicy
    ///           value: Default
    /// ```
    ///
    /// ## How to fix
    /// Write operations as RFC 6902 has them.
    ///
    /// ## References
    /// - <https://datatracker.ietf.org/doc/html/rfc6902>
    pub static JSON_PATCH_INVALID = {
        id: "PO023",
        name: "json-patch-invalid",
        title: "A JSON patch is none",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        let Some(mutate) = rule.source.get("mutate") else { continue };
        let mut found = Vec::new();
        collect(mutate, &rule.path.child("mutate"), false, &mut found);
        for (path, text, in_foreach) in found {
            for message in wrong(text, in_foreach) {
                judge.fail(linted.object(), path.clone(), message);
            }
        }
    }
}

fn collect<'v>(value: &'v Value, path: &Path, in_foreach: bool, found: &mut Vec<(Path, &'v str, bool)>) {
    if let Some(text) = value.dig_str(&["patchesJson6902"]) {
        found.push((path.child("patchesJson6902"), text, in_foreach));
    }
    for (place, item) in value.dig_items(&["foreach"]).iter().enumerate() {
        collect(item, &path.child("foreach").child(place), true, found);
    }
}

fn wrong(text: &str, in_foreach: bool) -> Vec<String> {
    let mut plain = text.to_owned();
    while has_variable(&plain) {
        let found: Vec<String> = variables(&plain).iter().map(|one| one.text.to_owned()).collect();
        for variable in found {
            plain = plain.replace(&variable, "variable");
        }
    }
    let parsed = read("patch", plain.as_bytes(), &Limits::default(), &mut Interner::new());
    if let Some(error) = parsed.diagnostics.iter().find(|diagnostic| diagnostic.level == Level::Error) {
        return vec![format!("the patch is no YAML: {}", error.message)];
    }
    let Some(document) = parsed.documents.first() else { return vec!["the patch is empty".into()] };
    let Some(items) = document.value.as_array() else {
        return vec!["a patch is a list of operations".into()];
    };
    let mut found: Vec<String> =
        items.iter().enumerate().filter_map(|(place, item)| operation(place, item)).collect();
    // The same as it is written, to see where variables are.
    let raw = read("patch", text.as_bytes(), &Limits::default(), &mut Interner::new());
    let raw = raw.documents.first().map(|document| document.value.clone()).unwrap_or_default();
    for item in raw.as_array().unwrap_or_default().iter().filter(|_| !in_foreach) {
        let path = item.dig_str(&["path"]).unwrap_or_default();
        if has_variable(path) {
            found.push(format!("the path `{path}` has a variable, which is refused outside of `foreach`"));
        }
    }
    found
}

fn operation(place: usize, item: &Value) -> Option<String> {
    let number = place + 1;
    let text = |key: &str| item.dig_str(&[key]);
    let Some(op) = text("op") else { return Some(format!("operation {number} has no `op`")) };
    if !["add", "remove", "replace", "move", "copy", "test"].contains(&op) {
        return Some(format!("operation {number}: `{op}` is none of add, remove, replace, move, copy, test"));
    }
    let Some(path) = text("path") else { return Some(format!("operation {number} has no `path`")) };
    if !path.starts_with('/') && path != "variable" {
        return Some(format!("operation {number}: the path `{path}` does not begin with `/`"));
    }
    match op {
        "add" | "replace" | "test" if item.as_map().is_some_and(|map| !map.contains_key("value")) => {
            Some(format!("operation {number}: `{op}` needs a `value`"))
        }
        "move" | "copy" if text("from").is_none() => {
            Some(format!("operation {number}: `{op}` needs a `from`"))
        }
        _ => None,
    }
}
