//! PO029

use ironhull_value::{Path, wildcard_match};
use ironhull_world::{Catalog, Scope};

use crate::kyverno::lint::facts::Linted;
use crate::kyverno::lint::kinds::{is_wild, meant};
use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::matching::KindSelector;
use crate::kyverno::model::{Action, Filter, Kind, Rule};

rule! {
    /// ## What it does
    /// Finds policies that are asked neither at admission nor in the background, rules that change, make or verify
    /// without admission, filters that say nothing, and filters that no object can meet: a namespace for kinds that
    /// have none, a policy of a namespace about kinds of the cluster, a namespace selector for namespaces themselves.
    ///
    /// ## Why it matters
    /// The rule is never evaluated, and nothing tells it from one that everything passes: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: roles}
    /// spec:
    ///   rules:
    ///   - name: owner
    ///     match: {any: [{resources: {kinds: [ClusterRole], namespaces: [shop]}}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: roles}
    /// spec:
    ///   rules:
    ///   - name: owner
    ///     match: {any: [{resources: {kinds: [Role], namespaces: [shop]}}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Switch `admission` or `background` on, or ask in the filter for what the kind has.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/policy-settings/>
    pub static RULE_NEVER_ACTS = {
        id: "PO029",
        name: "rule-never-acts",
        title: "A rule can never be about anything",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for linted in &facts.policies {
        judge.consider(linted.object());
        let admission = Path::root().keys(&["spec", "admission"]);
        if !linted.policy.admission && !linted.policy.background {
            let message = "the policy is asked neither at admission nor in the background";
            judge.fail(linted.object(), admission, message);
            continue;
        }
        for rule in &linted.policy.rules {
            if !linted.policy.admission && !matches!(rule.action, Action::Validate(_)) {
                let message = format!("`{}` acts at admission, and the policy is not asked there", rule.name);
                judge.fail(linted.object(), admission.clone(), message);
            }
            for (path, message) in in_match(facts.catalog(), linted, rule) {
                judge.fail(linted.object(), path, message);
            }
        }
    }
}

fn in_match(catalog: &Catalog, linted: &Linted, rule: &Rule) -> Vec<(Path, String)> {
    let path = rule.path.child("match");
    if rule.source.get("match").is_none() {
        return Vec::new();
    }
    if rule.matching.is_empty() {
        return vec![(path, "`match` says nothing, and so matches nothing".into())];
    }
    let lists = [("any", &rule.matching.any), ("all", &rule.matching.all)];
    let listed = lists.into_iter().flat_map(|(list, filters)| {
        let path = path.child(list);
        filters.iter().enumerate().map(move |(place, filter)| (path.child(place), filter))
    });
    let bare = (!rule.matching.bare.resources.is_empty()).then(|| (path.clone(), &rule.matching.bare));
    listed
        .chain(bare)
        .filter_map(|(path, filter)| {
            let (keys, message) = in_filter(catalog, linted, filter)?;
            Some((path.keys(keys), message))
        })
        .collect()
}

fn in_filter(
    catalog: &Catalog,
    linted: &Linted,
    filter: &Filter,
) -> Option<(&'static [&'static str], String)> {
    let wanted = &filter.resources;
    if wanted.is_empty() && filter.users.is_empty() {
        return Some((&[], "the filter says nothing, and so matches nothing".into()));
    }
    let kinds: Vec<KindSelector> = wanted.kinds.iter().map(|kind| KindSelector::parse(kind)).collect();
    let all_are = |is: &dyn Fn(&ironhull_world::GroupKind<'_>) -> bool| {
        !kinds.is_empty()
            && kinds.iter().all(|kind| {
                let known = meant(catalog, kind);
                !is_wild(kind) && !known.is_empty() && known.iter().all(is)
            })
    };
    let names = wanted.kinds.join(", ");
    let of_cluster = all_are(&|kind| catalog.scope(*kind) == Some(Scope::Cluster));
    if of_cluster && linted.policy.kind == Kind::Policy {
        let message = format!(
            "{names} is of the cluster, and this policy is about its namespace; write a ClusterPolicy"
        );
        return Some((&["resources", "kinds"], message));
    }
    let is_namespace = all_are(&|kind| *kind == ironhull_world::kinds::NAMESPACE);
    let accepts_none =
        !wanted.namespaces.is_empty() && !wanted.namespaces.iter().any(|own| wildcard_match(own, ""));
    if of_cluster && !is_namespace && accepts_none {
        let message = format!("{names} is of the cluster and in no namespace");
        return Some((&["resources", "namespaces"], message));
    }
    if is_namespace && wanted.namespace_selector.is_some() {
        let message = "a namespace selector is about what is in a namespace; for namespaces themselves write `selector`";
        return Some((&["resources", "namespaceSelector"], message.into()));
    }
    None
}
