//! PO028

use ironhull_value::wildcard_match;

use crate::kyverno::lint::{Facts, Judge};
use crate::kyverno::matching::KindSelector;
use crate::kyverno::model::{Filter, Matching};

rule! {
    /// ## What it does
    /// Finds rules whose `exclude` covers everything that their `match` is about.
    ///
    /// ## Why it matters
    /// The rule is never about anything, and the policy looks as if it protected something: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: labels}
    /// spec:
    ///   rules:
    ///   - name: owner
    ///     match: {any: [{resources: {kinds: [Pod], namespaces: [shop]}}]}
    ///     exclude: {any: [{resources: {namespaces: [shop, kube-*]}}]}
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
    ///     match: {any: [{resources: {kinds: [Pod], namespaces: [shop]}}]}
    ///     exclude: {any: [{resources: {namespaces: [kube-*]}}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Narrow `exclude`. Filters in one item of `any` must all hold; items are alternatives.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/match-exclude/>
    pub static EXCLUDES_EVERYTHING = {
        id: "PO028",
        name: "excludes-everything",
        title: "A rule excludes everything that it is about",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        let Some(exclude) = rule.exclude.as_ref().filter(|exclude| !exclude.is_empty()) else { continue };
        let mut matched = alternatives(&rule.matching).peekable();
        if matched.peek().is_some() && matched.all(|filter| is_covered(filter, exclude)) {
            let message = format!("`exclude` covers everything that `{}` is about", rule.name);
            judge.fail(linted.object(), rule.path.child("exclude"), message);
        }
    }
}

/// What a resource may be matched by. Of several that must all hold one that is covered is enough.
fn alternatives(matching: &Matching) -> Box<dyn Iterator<Item = &Filter> + '_> {
    if matching.any.is_empty() && matching.all.is_empty() {
        return Box::new(std::iter::once(&matching.bare).filter(|filter| !is_empty(filter)));
    }
    Box::new(matching.any.iter().chain(&matching.all).filter(|filter| !is_empty(filter)))
}

fn is_empty(filter: &Filter) -> bool {
    filter.resources.is_empty() && filter.users.is_empty()
}

fn is_covered(filter: &Filter, exclude: &Matching) -> bool {
    if !exclude.any.is_empty() {
        return exclude.any.iter().any(|wider| covers(wider, filter));
    }
    if !exclude.all.is_empty() {
        return exclude.all.iter().all(|wider| covers(wider, filter));
    }
    covers(&exclude.bare, filter)
}

/// Whether everything that meets `narrow` meets `wide`.
fn covers(wide: &Filter, narrow: &Filter) -> bool {
    if is_empty(wide) || !wide.users.is_empty() && wide.users != narrow.users {
        return false;
    }
    let (wide, narrow) = (&wide.resources, &narrow.resources);
    let names = |list: &[compact_str::CompactString], own: &[compact_str::CompactString]| {
        list.is_empty()
            || !own.is_empty() && own.iter().all(|own| list.iter().any(|wide| wildcard_match(wide, own)))
    };
    let kinds = wide.kinds.is_empty()
        || !narrow.kinds.is_empty()
            && narrow.kinds.iter().all(|own| wide.kinds.iter().any(|wide| kind_covers(wide, own)));
    kinds
        && names(&wide.names, &narrow.names)
        && names(&wide.namespaces, &narrow.namespaces)
        && names(&wide.operations, &narrow.operations)
        && (wide.name.is_empty() || wildcard_match(&wide.name, &narrow.name) && !narrow.name.is_empty())
        && (wide.annotations.is_none() || wide.annotations == narrow.annotations)
        && (wide.selector.is_none() || wide.selector == narrow.selector)
        && (wide.namespace_selector.is_none() || wide.namespace_selector == narrow.namespace_selector)
}

fn kind_covers(wide: &str, narrow: &str) -> bool {
    let (wide, narrow) = (KindSelector::parse(wide), KindSelector::parse(narrow));
    wildcard_match(&wide.group, &narrow.group)
        && wildcard_match(&wide.version, &narrow.version)
        && wildcard_match(&wide.kind, &narrow.kind)
        && wildcard_match(&wide.subresource, &narrow.subresource)
}
