//! Calico's policies that are not enforced, not for pods, or not understood.

use crate::calico::{for_db, table};

#[test]
fn policies_of_hosts_say_nothing_about_pods() {
    let yaml = |field: &str| {
        format!(
            "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: p}}\nspec: {{selector: app == 'db', {field}: true, ingress: [{{action: Deny}}]}}"
        )
    };
    for field in ["doNotTrack", "preDNAT"] {
        table(&yaml(field)).check("a/web -> a/db: All Connections");
        table(&yaml(field)).check_problems(&format!("? /spec/{field}: policies with `{field}` are about the interfaces of hosts, which are not modelled"));
    }
    table(&yaml("applyOnForward")).check("a/web -> a/db: No Connections");
}

#[test]
fn staged_policies_change_nothing_until_they_are_asked_for() {
    let staged = "
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: {name: p, namespace: a}
spec: {stagedAction: Set, selector: app == 'db', ingress: [{action: Allow, protocol: UDP}]}
---
apiVersion: projectcalico.org/v3
kind: StagedKubernetesNetworkPolicy
metadata: {name: n, namespace: b}
spec: {stagedAction: Delete, podSelector: {}}
---
apiVersion: projectcalico.org/v3
kind: StagedGlobalNetworkPolicy
metadata: {name: g}
spec: {stagedAction: Ignore, selector: all(), types: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: n, namespace: b}
spec: {podSelector: {}}
---
";
    let yaml = format!("{staged}{}", for_db("ingress: [{action: Allow, protocol: TCP}]"));
    table(&yaml).check(
        "
        a/web -> a/db: TCP 1-65535
        a/web -> b/web: No Connections
    ",
    );
    table(&yaml).check_with_staged(
        "
        a/web -> a/db: UDP 1-65535
        a/web -> b/web: All Connections
    ",
    );
    table(&yaml).check_problems(
        "
        ? /kind: staged policies are not enforced: this one changes no answer
        ? /kind: staged policies are not enforced: this one changes no answer
        ? /kind: staged policies are not enforced: this one changes no answer
    ",
    );
}

#[test]
fn what_is_not_understood_is_named_and_never_widens() {
    let check = |rule: &str, problem: &str, verdict: &str| {
        let yaml = for_db(&format!("ingress: [{rule}]"));
        table(&yaml).check_problems(problem);
        table(&yaml).check(&format!("a/web -> a/db: {verdict}"));
    };
    check(
        "{action: Allow, sorce: {}}",
        "/spec/ingress/0/sorce: unknown field `sorce`",
        "No Connections ? All Connections",
    );
    check(
        "{action: Allow, source: {selector: \"app = 'x'\"}}",
        "/spec/ingress/0/source/selector: \"app = 'x'\" is not a selector: at character 5: expected ==, !=, in, not in, contains, starts with or ends with behind the label's name",
        "No Connections ? All Connections",
    );
    check(
        "{action: Allow, source: {selector: global()}}",
        "/spec/ingress/0/source/selector: \"global()\" is not a selector: at character 1: `global()` stands only in a namespaceSelector of a rule",
        "No Connections ? All Connections",
    );
    check(
        "{action: Allow, source: {nets: [10.0.0.0/40]}}",
        "/spec/ingress/0/source/nets/0: invalid CIDR \"10.0.0.0/40\": the prefix length \"40\" is not between 0 and 32",
        "No Connections ? All Connections",
    );
    check(
        "{action: allow}",
        "/spec/ingress/0/action: action is \"allow\"",
        "No Connections ? All Connections",
    );
    check(
        "{action: Allow, source: {domains: [x.example]}}",
        "? /spec/ingress/0/source/domains: `domains` is not part of the open API and not modelled",
        "No Connections ? All Connections",
    );
    check(
        "{action: Allow, ipVersion: 5}",
        "/spec/ingress/0/ipVersion: ipVersion is 5",
        "No Connections ? All Connections",
    );
    let yaml = for_db("selectr: all()\ningress: [{action: Allow}]");
    table(&yaml).check_problems("/spec/selectr: unknown field `selectr`");
    let yaml = for_db("order: first\ningress: [{action: Deny}]");
    table(&yaml).check_problems("/spec/order: order is \"first\"");
    table(&yaml).check("a/web -> a/db: No Connections ? All Connections");
}

#[test]
fn the_stored_form_of_the_same_object_counts_once() {
    let other = for_db("ingress: [{action: Allow, protocol: TCP}]")
        .replace("projectcalico.org/v3", "crd.projectcalico.org/v1");
    table(&other).check("a/web -> a/db: TCP 1-65535");
    let both = format!("{}\n---\n{other}", for_db("ingress: [{action: Allow, protocol: TCP}]"));
    table(&both).check("a/web -> a/db: TCP 1-65535");
}
