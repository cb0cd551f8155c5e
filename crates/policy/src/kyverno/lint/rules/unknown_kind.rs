//! PO015

use ironhull_world::Catalog;

use crate::kyverno::lint::facts::Facts;
use crate::kyverno::lint::judge::Judge;
use crate::kyverno::lint::kinds::{Named, is_wild, meant, named};
use crate::kyverno::lint::near::near;

rule! {
    /// ## What it does
    /// Finds kinds in `match` and `exclude` that do not exist: misspelled ones, plurals, kinds of another group, and
    /// subresources that a kind does not have. Kinds of CRDs among the policies and resources exist. A kind that is not
    /// like any known one may belong to a CRD that is not here; of that the answer is "unknown".
    ///
    /// ## Why it matters
    /// Kinds are compared letter by letter, so that the rule is never about anything. Kyverno refuses the policy where
    /// it sees the API server; a pipeline takes its silence for a pass: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: labels}
    /// spec:
    ///   rules:
    ///   - name: owner
    ///     match: {any: [{resources: {kinds: [deployment]}}]}
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
    ///     match: {any: [{resources: {kinds: [Deployment]}}]}
    ///     validate:
    ///       message: Say whose it is.
    ///       pattern: {metadata: {labels: {owner: '?*'}}}
    /// ```
    ///
    /// ## How to fix
    /// Write the kind as `kubectl api-resources` does, or give the CRD with `--resource`.
    ///
    /// ## References
    /// - <https://kyverno.io/docs/policy-types/cluster-policy/match-exclude/>
    pub static UNKNOWN_KIND = {
        id: "PO015",
        name: "unknown-kind",
        title: "A rule is about a kind that does not exist",
        severity: High,
        check: check,
    };
}

fn check(facts: &Facts<'_>, judge: &mut Judge) {
    for (linted, rule) in facts.rules() {
        judge.consider(linted.object());
        for one in named(rule) {
            match wrong(facts.catalog(), &one) {
                Verdict::Known => {}
                Verdict::Wrong(message) => {
                    judge.fail(linted.object(), one.path, message);
                }
                Verdict::Unknown => judge.unknown(
                    linted.object(),
                    format!("`{}` is no kind of Kubernetes, and its CRD is not among the input", one.text),
                ),
            }
        }
    }
}

enum Verdict {
    Known,
    Unknown,
    Wrong(String),
}

fn wrong(catalog: &Catalog, one: &Named) -> Verdict {
    let kind = &one.kind;
    if kind.kind.is_empty() {
        return Verdict::Wrong(format!("`{}` is no `group/version/kind/subresource`", one.text));
    }
    if is_wild(kind) {
        return Verdict::Known;
    }
    let known = meant(catalog, kind);
    if !known.is_empty() {
        let is_built_in = known.iter().all(|known| Catalog::is_built_in_group(known.group));
        return match subresources(&kind.kind) {
            _ if kind.subresource.is_empty() || kind.subresource.contains('*') || !is_built_in => {
                Verdict::Known
            }
            known if known.contains(&kind.subresource.as_str()) => Verdict::Known,
            known => Verdict::Wrong(format!(
                "`{}` has no subresource `{}`; it has {}",
                kind.kind,
                kind.subresource,
                known.join(", ")
            )),
        };
    }
    // Of a group that is not of Kubernetes only its CRDs tell.
    let is_ours = Catalog::is_built_in_group(&kind.group);
    if !is_ours && kind.group != "*" {
        return Verdict::Unknown;
    }
    let elsewhere: Vec<&str> =
        catalog.kinds().filter(|known| known.kind == kind.kind).map(|known| known.group).collect();
    if let Some(group) = elsewhere.first().filter(|_| is_ours) {
        let group = if group.is_empty() { "the core group, which has no name" } else { group };
        return Verdict::Wrong(format!("`{}` has no `{}`; that is of {group}", kind.group, kind.kind));
    }
    let folded = kind.kind.to_lowercase();
    let singular =
        folded.strip_suffix("es").filter(|stem| stem.ends_with("ss")).or_else(|| folded.strip_suffix('s'));
    let is_meant = |name: &&str| {
        let name = name.to_lowercase();
        name == folded
            || Some(name.as_str()) == singular
            || folded.strip_suffix("ies").is_some_and(|stem| name == format!("{stem}y"))
    };
    let names: Vec<&str> = catalog.kinds().map(|known| known.kind).collect();
    if let Some(name) = names.iter().find(|name| is_meant(name)) {
        return Verdict::Wrong(format!("there is no kind `{}`; it is written `{name}`", kind.kind));
    }
    match near(&kind.kind, names.iter().copied()).filter(|name| is_ours || name.len() > 5) {
        Some(name) => Verdict::Wrong(format!("there is no kind `{}`; did you mean `{name}`?", kind.kind)),
        None if is_ours => Verdict::Wrong(format!("the group `{}` has no kind `{}`", kind.group, kind.kind)),
        None => Verdict::Unknown,
    }
}

/// The subresources of a built-in kind.
fn subresources(kind: &str) -> &'static [&'static str] {
    match kind {
        "Pod" => &[
            "status",
            "exec",
            "attach",
            "portforward",
            "proxy",
            "log",
            "eviction",
            "binding",
            "ephemeralcontainers",
            "resize",
        ],
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => &["status", "scale"],
        "Service" | "Node" => &["status", "proxy"],
        "ServiceAccount" => &["token"],
        "Namespace" => &["status", "finalize"],
        "CertificateSigningRequest" => &["status", "approval"],
        _ => &["status"],
    }
}
