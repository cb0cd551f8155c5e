//! NW014

use ironhull_finding::Fix;

use crate::lint::facts::{rule_at, rule_words, rules_with_effects};
use crate::lint::{Check, Effect, Facts, Judge};

rule! {
    /// ## What it does
    /// Finds rules whose every connection is decided otherwise before they are asked: a rule of an
    /// AdminNetworkPolicy or ClusterNetworkPolicy behind one that matches the same and does something else, or a
    /// rule of a NetworkPolicy that allows what the Admin tier denies. The engine proves it for every pod that the
    /// policy selects and everything that the rule names.
    ///
    /// Rules that match nothing in the input are left alone.
    ///
    /// ## Why it matters
    /// Somebody wrote the rule to deny or to allow something, and the opposite happens. Where the rule was to deny,
    /// the way is open, and it takes nothing but the network to use that: medium.
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
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: guard}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///   - {name: cluster, action: Allow, from: [{namespaces: {}}]}
    ///   - {name: shop, action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}
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
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: guard}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///   - {name: shop, action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}
    ///   - {name: cluster, action: Allow, from: [{namespaces: {}}]}
    /// ```
    ///
    /// ## How to fix
    /// Put the rule before the one that hides it, give its policy a lower priority number, or remove it.
    ///
    /// ## References
    /// - <https://network-policy-api.sigs.k8s.io/api-overview/>
    pub static SHADOWED_POLICY_RULE = {
        id: "NW014",
        name: "shadowed-policy-rule",
        title: "A rule of a network policy is never reached",
        severity: Medium,
        controls: [Cis "5.3.2", Nsa "network-policies"],
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
            Effect::Shadowed(by, by_rule) => {
                let other = network.policy(*by);
                let by_rule = other.and_then(|other| Some((other, rule_at(other, direction, (*by_rule)?)?)));
                let words = rule_words(direction, &rule.path);
                let message = match by_rule {
                    Some((other, hiding)) => format!(
                        "{words} is never reached: {} of {} {} {} the same connections before",
                        rule_words(direction, &hiding.path),
                        other.kind,
                        other.full_name(),
                        hiding.action.verb(),
                    ),
                    None => format!("{words} is never reached"),
                };
                let finding = judge.fail(object, rule.path.clone(), message);
                finding.with_fix(Fix::manual("Put the rule before the one that hides it, or remove it"));
                if let Some((other, hiding)) = by_rule
                    && let Some(object) = &other.object
                {
                    finding.also(
                        object,
                        hiding.path.clone(),
                        format!("{} them before", hiding.action.verb()),
                    );
                }
            }
            Effect::Unknown => {
                judge.unknown(object, "there are too many rules to compare each with all others");
            }
            Effect::Some | Effect::Covered(_) => {}
        }
    }
}
