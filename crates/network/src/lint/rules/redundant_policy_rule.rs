//! NW013

use ironhull_finding::Fix;

use crate::lint::facts::{rule_at, rule_words, rules_with_effects};
use crate::lint::{Check, Effect, Facts, Judge};

rule! {
    /// ## What it does
    /// Finds rules that could be removed without any connection of the cluster changing, because other rules decide
    /// the same. The engine proves it: for every pod that the policy selects and everything that the rule names,
    /// the answer with and without the rule is the same. What the other end of a connection says does not count.
    ///
    /// Rules that match nothing in the input are left alone: what they are for may come. Rules of the Admin tier
    /// count as redundant only against their own tier, because a NetworkPolicy that says the same today is for
    /// others to change. All rules that are reported can be removed together.
    ///
    /// ## Why it matters
    /// A rule that does nothing is read, reviewed and kept alive for nothing, and it comes into effect unnoticed
    /// when the other rule is tightened. It opens nothing today: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: "example.com/web:1", ports: [{name: http, containerPort: 8080}]}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1", ports: [{name: sql, containerPort: 5432}]}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress:
    ///   - from: [{podSelector: {}}]
    ///   - from: [{podSelector: {matchLabels: {app: web}}}]
    ///     ports: [{port: 5432}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: "example.com/web:1", ports: [{name: http, containerPort: 8080}]}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1", ports: [{name: sql, containerPort: 5432}]}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress:
    ///   - from: [{podSelector: {matchLabels: {app: web}}}]
    ///     ports: [{port: 5432}]
    /// ```
    ///
    /// ## How to fix
    /// Remove the rule, or the wider one that covers it, if that is the one that is too much.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static REDUNDANT_POLICY_RULE = {
        id: "NW013",
        name: "redundant-policy-rule",
        title: "A rule of a network policy changes nothing",
        severity: Low,
        controls: [Nsa "network-policies"],
        aliases: [],
        since: "0.1.0",
        check: Check::World(check),
    };
}

fn check(facts: &mut Facts<'_>, judge: &mut Judge) {
    let effects = facts.effects();
    let network = &facts.network;
    for (direction, object, rule, effect) in rules_with_effects(facts, &effects, judge) {
        match effect {
            Effect::Covered(by) => {
                let words = rule_words(direction, &rule.path);
                let other = by.and_then(|(id, number)| {
                    let policy = network.policy(id)?;
                    Some((policy, policy.object.as_ref()?, rule_at(policy, direction, number)?))
                });
                let message = match other {
                    Some((policy, _, other)) => format!(
                        "{words} changes no connection: {} of {} {} decides the same",
                        rule_words(direction, &other.path),
                        policy.kind,
                        policy.full_name()
                    ),
                    None => format!("{words} changes no connection"),
                };
                let finding = judge.fail(object, rule.path.clone(), message);
                finding
                    .with_fix(Fix::manual("Remove the rule, or the one that covers it if that is too wide"));
                if let Some((_, object, other)) = other {
                    finding.also(object, other.path.clone(), "decides the same");
                }
            }
            Effect::Unknown => {
                judge.unknown(object, "there are too many rules to compare each with all others");
            }
            Effect::Some | Effect::Shadowed(..) => {}
        }
    }
}
