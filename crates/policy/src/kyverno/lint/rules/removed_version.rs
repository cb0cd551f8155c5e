//! PO016

use ironhull_value::Value;
use ironhull_world::VersionState;

use crate::kyverno::lint::kinds::{is_wild, meant, named};
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::Rule;

rule! {
    /// ## What it does
    /// Finds kinds in versions that no release of Kubernetes serves any more, or none ever has. Rules that refuse
    /// whatever they are about are left alone: they look for such manifests.
    ///
    /// ## Why it matters
    /// The rule is never about an object of a present cluster, which sees the same objects in another version. What
    /// was protected before an upgrade is not protected after it: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: hosts}
    /// spec:
    ///   rules:
    ///   - name: no-wildcard
    ///     match: {any: [{resources: {kinds: [extensions/v1beta1/Ingress]}}]}
    ///     validate:
    ///       message: Name the host.
    ///       pattern: {spec: {rules: [{host: '!\**'}]}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: hosts}
    /// spec:
    ///   rules:
    ///   - name: no-wildcard
    ///     match: {any: [{resources: {kinds: [networking.k8s.io/v1/Ingress]}}]}
    ///     validate:
    ///       message: Name the host.
    ///       pattern: {spec: {rules: [{host: '!\**'}]}}
    /// ```
    ///
    /// ## How to fix
    /// Name the version that is served, or leave the version out.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>
    pub static REMOVED_VERSION = {
        id: "PO016",
        name: "removed-version",
        title: "A rule is about a version of a kind that is not served",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    let catalog = facts.catalog();
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        if refuses_everything(rule) {
            continue;
        }
        for one in named(rule).into_iter().filter(|one| !is_wild(&one.kind)) {
            let known = meant(catalog, &one.kind);
            let version = one.kind.version.as_str();
            let states: Vec<VersionState> = known
                .iter()
                .filter_map(|kind| match version {
                    // Any version: it is gone if nothing is served.
                    _ if version.contains(['*', '?']) => {
                        let is_served = !catalog.served_versions(*kind).is_empty();
                        Some(if is_served { VersionState::Served } else { VersionState::Unknown })
                    }
                    _ => catalog.version(*kind, version),
                })
                .collect();
            if states.is_empty() || states.contains(&VersionState::Served) {
                continue;
            }
            let served: Vec<String> = catalog
                .kinds()
                .filter(|kind| kind.kind == one.kind.kind)
                .filter_map(|kind| {
                    let version = catalog.served_versions(kind).first()?.clone();
                    let group =
                        if kind.group.is_empty() { String::new() } else { format!("{}/", kind.group) };
                    Some(format!("{group}{version}/{}", kind.kind))
                })
                .collect();
            let removed = states.iter().find_map(|state| match state {
                VersionState::Removed(minor) => Some(format!("is gone since Kubernetes 1.{minor}")),
                _ => None,
            });
            let removed = removed.unwrap_or_else(|| "is not served".into());
            let instead = match served.as_slice() {
                [] => "the kind does not exist any more".to_owned(),
                served => format!("there is {}", served.join(" and ")),
            };
            judge.fail(linted.object(), one.path, format!("`{}` {removed}; {instead}", one.text));
        }
    }
}

/// Whether a rule refuses whatever it is about.
fn refuses_everything(rule: &Rule) -> bool {
    let Some(validate) = rule.source.get("validate") else { return false };
    let is_false = |one: &Value| one.dig_str(&["expression"]).is_some_and(|text| text.trim() == "false");
    validate.get("deny").is_some_and(|deny| deny.get("conditions").is_none_or(Value::is_null))
        || validate.dig_items(&["cel", "expressions"]).iter().any(is_false)
}
