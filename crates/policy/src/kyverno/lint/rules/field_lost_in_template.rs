//! PO026

use ironhull_finding::{Fix, Safety};
use ironhull_jmespath::{Dialect, Env, Error, Expression};
use ironhull_value::Value;
use ironhull_world::kinds;

use crate::kyverno::lint::samples::{map, minimal, with};
use crate::kyverno::lint::uses::Use;
use crate::kyverno::lint::{Facts, Judge};

rule! {
    /// ## What it does
    /// Finds variables that have a value for a pod and none in the rules that are made for its controllers: there
    /// `request.object.metadata` becomes `request.object.spec.template.metadata`, and a template has no name, no
    /// namespace and no owner. Messages do not count; they are only not filled in.
    ///
    /// ## Why it matters
    /// The rule is an error for every Deployment, which is then refused, or let through where the failure policy is
    /// `Ignore`: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: network}
    /// spec:
    ///   rules:
    ///   - name: own
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     preconditions: {all: [{key: '{{ request.object.metadata.namespace }}', operator: NotEquals, value: ingress}]}
    ///     validate:
    ///       message: The network of the node is not for pods.
    ///       pattern: {spec: {=(hostNetwork): false}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: network}
    /// spec:
    ///   rules:
    ///   - name: own
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     preconditions: {all: [{key: '{{ request.namespace }}', operator: NotEquals, value: ingress}]}
    ///     validate:
    ///       message: The network of the node is not for pods.
    ///       pattern: {spec: {=(hostNetwork): false}}
    /// ```
    ///
    /// ## How to fix
    /// Write `request.namespace` and `request.name`, or give a default: `request.object.metadata.name || ''`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/autogen/>
    pub static FIELD_LOST_IN_TEMPLATE = {
        id: "PO026",
        name: "field-lost-in-template",
        title: "A variable has no value in the rules that are made for controllers",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        let Some(compiled) = &linted.compiled else { continue };
        for one in linted.uses.iter().filter(|one| !one.is_on_answer) {
            let Some(rule) = linted.policy.rules.get(one.rule) else { continue };
            let is_made =
                compiled.rules.iter().any(|made| made.rule.path == rule.path && made.rule.name != rule.name);
            let holder = one.path.parent().and_then(|path| linted.object().value.at(&path));
            let has_default = holder.is_some_and(|entry| entry.get("default").is_some());
            let is_message = rule.path.keys(&["validate", "message"]) == one.path;
            let Some(field) = lost(one).filter(|_| is_made && !is_message && !has_default) else { continue };
            let message = format!(
                "for controllers `request.object.metadata.{field}` becomes \
                 `request.object.spec.template.metadata.{field}`, which a template does not have"
            );
            let finding = judge.fail(linted.object(), one.path.clone(), message);
            if matches!(field.as_str(), "name" | "namespace")
                && let Some(written) = linted.object().value.at(&one.path).and_then(Value::as_str)
            {
                let new =
                    written.replace(&format!("request.object.metadata.{field}"), &format!("request.{field}"));
                finding.with_fix(Fix::set(one.path.clone(), new.as_str(), Safety::Unsafe));
            }
        }
    }
}

/// The field of the metadata that is not there.
fn lost(one: &Use) -> Option<String> {
    const NOT_IN_TEMPLATES: [&str; 6] =
        ["name", "generateName", "namespace", "uid", "ownerReferences", "creationTimestamp"];
    let made = one.text.replace("request.object.metadata", "request.object.spec.template.metadata");
    if made == one.text {
        return None;
    }
    let catalog = ironhull_world::Catalog::new();
    let object = minimal(&catalog, kinds::DEPLOYMENT);
    let object = with(&object, &["spec", "template", "metadata", "annotations"], map([]));
    let variables = map([("request", map([("object", object), ("operation", "CREATE".into())]))]);
    let expression = Expression::parse(&made, Dialect::Kyverno).ok()?;
    match expression.search(&variables, &mut Env::default()) {
        Err(Error::NotFound(key)) if NOT_IN_TEMPLATES.contains(&key.as_str()) => {
            Some(key.as_str().to_owned())
        }
        _ => None,
    }
}
