//! PO031

use ironhull_finding::{Fix, Safety};
use ironhull_value::Path;

use crate::kyverno::lint::kinds::named_in;
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::model::Action;

rule! {
    /// ## What it does
    /// Finds rules that judge every kind (`*`) and are part of background scans.
    ///
    /// ## Why it matters
    /// The reports controller then watches and judges every object of the cluster, Events and Leases too, which costs
    /// memory and fills etcd with reports. It works, so that it is a matter of taste: info.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: labels}
    /// spec:
    ///   rules:
    ///   - name: owner
    ///     match: {any: [{resources: {kinds: ['*']}}]}
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
    ///   background: false
    ///   rules:
    ///   - name: owner
    ///     match: {any: [{resources: {kinds: ['*']}}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Name the kinds, or set `spec.background: false`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-reports/background/>
    pub static EVERY_KIND_IN_BACKGROUND = {
        id: "PO031",
        name: "every-kind-in-background",
        title: "A background scan looks at every object of the cluster",
        severity: Info,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        if !linted.policy.background || !matches!(rule.action, Action::Validate(_)) {
            continue;
        }
        if let Some(one) = named_in(rule, "match").into_iter().find(|one| one.kind.kind == "*") {
            let message = format!("background scans judge every object of the cluster by `{}`", rule.name);
            let finding = judge.fail(linted.object(), one.path, message);
            let background = Path::root().keys(&["spec", "background"]);
            finding.with_fix(Fix::set(background, false, Safety::Unsafe));
        }
    }
}
