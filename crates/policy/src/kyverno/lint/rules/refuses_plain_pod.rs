//! PO027

use std::collections::BTreeMap;

use ironhull_finding::{Edit, EditKind, Fix, Safety};
use ironhull_value::Path;
use ironhull_world::{Carriers, Shape};

use crate::kyverno::lint::kinds::{is_wild, meant, named_in};
use crate::kyverno::lint::plain_pod::{EACH, Refusal, neutrals, refusal};
use crate::kyverno::lint::samples::minimal;
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::Rule;

rule! {
    /// ## What it does
    /// Finds patterns that refuse a pod for leaving out a field whose absence means what the pattern asks for: no
    /// `initContainers`, no `securityContext` where it must not be privileged, no `hostNetwork`. The rule is evaluated
    /// on a pod without the field and on the same pod with the field written out; the first is refused and the second
    /// is not. The proposed form with `=()` was evaluated as well.
    ///
    /// ## Why it matters
    /// Pods that do nothing wrong are refused, most of all pods. Authors notice that late, and then exclude whole
    /// namespaces: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: privileges}
    /// spec:
    ///   rules:
    ///   - name: none
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       message: Containers are not privileged.
    ///       pattern:
    ///         spec:
    ///           containers: [{securityContext: {privileged: false}}]
    ///           initContainers: [{securityContext: {privileged: false}}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: privileges}
    /// spec:
    ///   rules:
    ///   - name: none
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       message: Containers are not privileged.
    ///       pattern:
    ///         spec:
    ///           containers: [{=(securityContext): {=(privileged): false}}]
    ///           =(initContainers): [{=(securityContext): {=(privileged): false}}]
    /// ```
    ///
    /// ## How to fix
    /// Put `=()` around the field: if it is there, it must match.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/validate/#anchors>
    pub static REFUSES_PLAIN_POD = {
        id: "PO027",
        name: "refuses-plain-pod",
        title: "A pattern refuses pods for leaving out what they need not have",
        severity: Medium,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        let Some(pattern) = rule.source.get("validate").and_then(|validate| validate.get("pattern")) else {
            continue;
        };
        let Some((sample, prefix)) = sample(facts, rule) else { continue };
        let all = neutrals(&prefix);
        let mut found: BTreeMap<Path, Vec<Refusal>> = BTreeMap::new();
        for neutral in &all {
            if let Some(one) = refusal(&linted.policy, &rule.source, pattern, &sample, neutral, &all) {
                found.entry(one.place.clone()).or_default().push(one);
            }
        }
        let root = rule.path.keys(&["validate", "pattern"]);
        for (place, refusals) in found {
            // What is below a list that may be empty goes with the list.
            let is_first = |one: &&Refusal| {
                !refusals.iter().any(|other| one.field != other.field && one.field.starts_with(&other.field))
            };
            let fields: Vec<&str> = refusals.iter().filter(is_first).map(|one| one.field.as_str()).collect();
            let Some(first) = refusals.first() else { continue };
            let path = root.join(&place);
            let message = message(&fields, first);
            let refused = serde_json::to_string(&first.refused).unwrap_or_default();
            let fix = fix(&path, first);
            judge.fail(linted.object(), path, message).noted(format!("refused: {refused}")).with_fix(fix);
        }
    }
}

fn message(fields: &[&str], first: &Refusal) -> String {
    let meant = crate::kyverno::variables::json_text(&first.meant);
    let field = fields.join(", ");
    let name = first.refused.dig_str(&["kind"]).unwrap_or("Pod");
    // Plain booleans are left out of what the API server writes, so that nothing written helps.
    let never = ["hostNetwork", "hostPID", "hostIPC"].iter().any(|own| first.field.ends_with(own));
    let server = if never { "; the API server leaves it out even where it is written as false" } else { "" };
    format!(
        "a {name} without {field} is refused, and the same {name} with {meant} there is let through{server}"
    )
}

fn fix(path: &Path, refusal: &Refusal) -> Fix {
    let key = refusal.place.segments().last();
    let name = match key {
        Some(ironhull_value::Segment::Key(name)) => format!("=({name})"),
        _ => String::new(),
    };
    let new = path.parent().unwrap_or_default().child(name.as_str());
    Fix {
        summary: format!("Write {name} in place of {path}"),
        safety: Safety::Unsafe,
        edits: vec![
            Edit { path: path.clone(), kind: EditKind::Remove },
            Edit { path: new, kind: EditKind::Set(refusal.anchored.clone()) },
        ],
    }
}

/// A plain object of the first kind with pods that the rule is about, and where the pod is in it.
fn sample(facts: &Facts<'_>, rule: &Rule) -> Option<(ironhull_value::Value, Vec<String>)> {
    let carriers = Carriers::default();
    named_in(rule, "match")
        .iter()
        .filter(|one| !is_wild(&one.kind) && one.kind.subresource.is_empty())
        .find_map(|one| {
            let kind = *meant(facts.catalog(), &one.kind).first()?;
            let carrier = carriers.of(kind).find(|carrier| carrier.shape == Shape::Template)?;
            let prefix =
                carrier.path.iter().map(|key| if key == "*" { EACH.to_owned() } else { key.to_string() });
            Some((minimal(facts.catalog(), kind), prefix.collect()))
        })
}
