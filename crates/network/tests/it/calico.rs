//! Calico's policies: what each construct means, as tables.

use ironhull_network::Profile;

use crate::tables::Table;

const PODS: &str = "
    a/web app=web tier=front
    a/db app=db
    b/web app=web
    b/job account=runner
";

pub(crate) fn table(yaml: &str) -> Table<'_> {
    Table { profile: Profile::Calico, pods: PODS, yaml }
}

/// A NetworkPolicy in the namespace `a` for `app == 'db'`, with this spec below.
pub(crate) fn for_db(spec: &str) -> String {
    let spec: String = spec.lines().map(|line| format!("  {}\n", line.trim_end())).collect();
    format!(
        "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: a}}\nspec:\n  selector: app == 'db'\n{spec}"
    )
}

#[test]
fn rules_go_in_order_and_the_tier_ends_with_a_refusal() {
    table(&for_db("ingress:\n- action: Deny\n  protocol: TCP\n  source: {selector: tier == 'front'}\n  destination: {ports: [22]}\n- action: Log\n- action: Allow\n  protocol: TCP\n  source: {selector: all()}"))
    .check("
        a/web -> a/db: TCP 1-21,23-65535
        a/db -> a/web: All Connections
        b/web -> a/db: No Connections
        10.0.0.1 -> a/db: No Connections
        a/db -> b/web: All Connections
    ");
}

#[test]
fn types_follow_the_rules_there_are() {
    table(&for_db("")).check(
        "
        a/web -> a/db: No Connections
        a/db -> a/web: All Connections
    ",
    );
    table(&for_db("egress: [{action: Allow, destination: {nets: [10.0.0.0/8]}}]")).check(
        "
        a/web -> a/db: All Connections
        a/db -> a/web: No Connections
        a/db -> 10.1.2.3: All Connections
        a/db -> 11.1.2.3: No Connections
    ",
    );
    table(&for_db("ingress: [{action: Allow}]\negress: [{action: Allow, protocol: UDP}]")).check(
        "
        a/web -> a/db: All Connections
        a/db -> a/web: UDP 1-65535
    ",
    );
    table(&for_db("types: [Egress]\ningress: [{action: Deny}]")).check(
        "
        a/web -> a/db: All Connections
        a/db -> a/web: No Connections
    ",
    );
}

#[test]
fn selectors_of_a_namespaced_policy_stay_in_the_namespace() {
    table(&for_db("ingress: [{action: Allow, source: {selector: app == 'web'}}]")).check(
        "
        a/web -> a/db: All Connections
        b/web -> a/db: No Connections
    ",
    );
    table(&for_db("ingress: [{action: Allow, source: {selector: app == 'web', namespaceSelector: all()}}]"))
        .check(
            "
        a/web -> a/db: All Connections
        b/web -> a/db: All Connections
        b/job -> a/db: No Connections
    ",
        );
    table(&for_db("ingress: [{action: Allow, source: {namespaceSelector: projectcalico.org/name == 'b'}}]"))
        .check(
            "
        a/web -> a/db: No Connections
        b/web -> a/db: All Connections
        b/job -> a/db: All Connections
        1.1.1.1 -> a/db: No Connections
    ",
        );
    table(&for_db("ingress: [{action: Allow, source: {notSelector: app == 'web'}}]")).check(
        "
        a/web -> a/db: No Connections
        b/job -> a/db: No Connections
        1.1.1.1 -> a/db: No Connections
    ",
    );
}

#[test]
fn a_negated_selector_also_matches_what_is_no_pod() {
    let global = |source: &str| {
        format!(
            "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: p}}\nspec:\n  selector: app == 'db'\n  ingress: [{{action: Allow, source: {source}}}]"
        )
    };
    table(&global("{notSelector: has(app)}")).check(
        "
        a/web -> a/db: No Connections
        b/job -> a/db: All Connections
        1.1.1.1 -> a/db: All Connections
    ",
    );
    table(&global("{selector: '!has(app)'}")).check(
        "
        a/web -> a/db: No Connections
        b/job -> a/db: All Connections
        1.1.1.1 -> a/db: No Connections
    ",
    );
    table(&global("{selector: all(), notSelector: app == 'web'}")).check(
        "
        a/web -> a/db: No Connections
        b/job -> a/db: All Connections
        1.1.1.1 -> a/db: No Connections
    ",
    );
}

#[test]
fn prefixes_reach_labels_of_namespaces_and_accounts() {
    let yaml = |selector: &str| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: b, labels: {{team: red}}}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: runner, namespace: b, labels: {{batch: 'yes'}}}}\n---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: p}}\nspec:\n  selector: app == 'db'\n  ingress: [{{action: Allow, source: {{selector: \"{selector}\"}}}}]"
        )
    };
    table(&yaml("pcns.team == 'red'")).check(
        "
        a/web -> a/db: No Connections
        b/web -> a/db: All Connections
        b/job -> a/db: All Connections
    ",
    );
    table(&yaml("pcns.team == 'red' && app == 'web'")).check(
        "
        b/web -> a/db: All Connections
        b/job -> a/db: No Connections
    ",
    );
    table(&yaml("pcsa.batch == 'yes' || tier == 'front'")).check(
        "
        a/web -> a/db: All Connections
        b/web -> a/db: No Connections
        b/job -> a/db: All Connections
        1.1.1.1 -> a/db: No Connections
    ",
    );
    table(&yaml("!has(pcsa.batch) && projectcalico.org/orchestrator == 'k8s'")).check(
        "
        a/web -> a/db: All Connections
        b/job -> a/db: No Connections
        1.1.1.1 -> a/db: No Connections
    ",
    );
    table(&yaml("projectcalico.org/serviceaccount == 'runner'")).check(
        "
        b/web -> a/db: No Connections
        b/job -> a/db: All Connections
    ",
    );
}

#[test]
fn accounts_are_matched_by_name_and_label() {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: b, labels: {batch: 'yes'}}\n---\n";
    for accounts in
        ["{names: [runner]}", "{selector: batch == 'yes'}", "{names: [runner, other], selector: has(batch)}"]
    {
        let yaml = format!(
            "{account}{}",
            for_db(&format!(
                "ingress: [{{action: Allow, source: {{namespaceSelector: all(), serviceAccounts: {accounts}}}}}]"
            ))
        );
        table(&yaml).check(
            "
            b/job -> a/db: All Connections
            b/web -> a/db: No Connections
        ",
        );
    }
    table("apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec:\n  namespaceSelector: projectcalico.org/name == 'b'\n  serviceAccountSelector: projectcalico.org/name == 'runner'\n  types: [Egress]")
    .check("
        b/job -> a/db: No Connections
        b/web -> a/db: All Connections
    ");
}

#[test]
fn network_sets_are_matched_by_label() {
    let sets = "
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: one, namespace: a, labels: {role: partner}}
spec: {nets: [10.1.0.0/16, 10.9.9.9]}
---
apiVersion: crd.projectcalico.org/v1
kind: GlobalNetworkSet
metadata: {name: two, labels: {role: partner}}
spec: {nets: [10.2.0.0/16]}
---
";
    let check = |source: &str, expected: &str| {
        table(&format!("{sets}{}", for_db(&format!("ingress: [{{action: Allow, source: {source}}}]"))))
            .check(expected);
    };
    check(
        "{selector: role == 'partner'}",
        "
        10.1.2.3 -> a/db: All Connections
        10.9.9.9 -> a/db: All Connections
        10.2.2.3 -> a/db: No Connections
        10.3.2.3 -> a/db: No Connections
        a/web -> a/db: No Connections
    ",
    );
    check(
        "{selector: role == 'partner', namespaceSelector: global()}",
        "
        10.1.2.3 -> a/db: No Connections
        10.2.2.3 -> a/db: All Connections
    ",
    );
    check(
        "{selector: role == 'partner', namespaceSelector: \"all() || global()\", notNets: [10.1.1.0/24]}",
        "
        10.1.2.3 -> a/db: All Connections
        10.1.1.3 -> a/db: No Connections
        10.2.2.3 -> a/db: All Connections
    ",
    );
    check(
        "{namespaceSelector: all(), notSelector: role == 'partner'}",
        "
        10.1.2.3 -> a/db: No Connections
        a/web -> a/db: All Connections
    ",
    );
}

#[test]
fn tiers_go_by_order_and_pass_leads_on() {
    let yaml = |tier: &str, action: &str| {
        format!(
            "
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {{name: security}}
spec: {{order: 100{tier}}}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: security.p}}
spec:
  tier: security
  selector: app == 'db'
  ingress:
  - {{action: {action}, protocol: TCP, source: {{selector: app == 'web'}}, destination: {{ports: ['80:90']}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: n, namespace: a}}
spec: {{podSelector: {{}}, ingress: [{{ports: [{{port: 80}}, {{port: 443}}]}}]}}
"
        )
    };
    table(&yaml("", "Allow")).check(
        "
        a/web -> a/db: TCP 80-90
        b/job -> a/db: No Connections
    ",
    );
    table(&yaml("", "Pass")).check(
        "
        a/web -> a/db: TCP 80
        b/job -> a/db: No Connections
    ",
    );
    table(&yaml(", defaultAction: Pass", "Deny")).check(
        "
        a/web -> a/db: TCP 443
        b/job -> a/db: TCP 80,443
    ",
    );
    table(&yaml(", defaultAction: Pass", "Allow")).check(
        "
        a/web -> a/db: TCP 80-90,443
        b/job -> a/db: TCP 80,443
    ",
    );
}

#[test]
fn network_policies_stand_at_order_1000_of_the_default_tier() {
    let yaml = |order: &str| {
        format!(
            "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: p, namespace: a}}
spec: {{podSelector: {{}}, ingress: [{{ports: [{{port: 80}}]}}]}}
---
{}",
            for_db(&format!("{order}\ningress: [{{action: Deny, source: {{nets: [10.0.0.0/8]}}}}]"))
        )
    };
    table(&yaml("order: 10")).check("10.1.1.1 -> a/db: No Connections\n11.1.1.1 -> a/db: TCP 80");
    table(&yaml("order: 2000.5")).check("10.1.1.1 -> a/db: TCP 80\n11.1.1.1 -> a/db: TCP 80");
    table(&yaml("")).check("10.1.1.1 -> a/db: TCP 80");
}

#[test]
fn a_tier_that_is_not_there_leaves_things_open() {
    let yaml = for_db("tier: lost\ningress: [{action: Allow, protocol: TCP}]");
    table(&yaml).check("a/web -> a/db: No Connections ? All Connections");
    table(&yaml).check_problems(
        "? /spec/tier: the Tier \"lost\" is not among the objects, so that its place is not known",
    );
}

#[test]
fn protocols_and_ports() {
    let check = |rule: &str, expected: &str| {
        table(&for_db(&format!("ingress: [{{action: Allow, {rule}}}]")))
            .check(&format!("a/web -> a/db: {expected}"));
    };
    check("protocol: UDP", "UDP 1-65535");
    check("protocol: 132", "SCTP 1-65535");
    check("protocol: ICMP", "ICMP");
    check("protocol: 58", "ICMP");
    check("notProtocol: TCP", "ICMP,SCTP 1-65535,UDP 1-65535");
    check("protocol: TCP, notProtocol: TCP", "No Connections");
    check("protocol: ICMP, icmp: {type: 8}", "No Connections ? ICMP");
    check("protocol: ICMP, notICMP: {type: 8, code: 0}", "No Connections ? ICMP");
    check("protocol: UDPLite", "No Connections ? ICMP");
    check("notProtocol: ICMP", "No Connections ? All Connections");
    check("protocol: TCP, destination: {ports: [80, '90:92', web, dns]}", "TCP 80,90-92,8080");
    check("protocol: TCP, destination: {notPorts: [80, '90:65535']}", "TCP 1-79,81-89");
    check("protocol: TCP, destination: {ports: ['0:100'], notPorts: [50]}", "TCP 1-49,51-100");
    check("destination: {ports: [80]}", "No Connections ? All Connections");
    check("protocol: TCP, destination: {ports: ['90:80']}", "No Connections ? TCP 1-65535");
    check("protocol: TCP, source: {ports: [80]}", "No Connections ? TCP 1-65535");
    check("protocol: TCP, http: {methods: [GET]}", "No Connections ? TCP 1-65535");
    check("protocol: TCP, metadata: {annotations: {a: b}}", "TCP 1-65535");
}

#[test]
fn rules_may_look_at_the_selected_pods_too() {
    let yaml = "
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: p}
spec:
  selector: has(app)
  ingress:
  - {action: Deny, source: {nets: [10.0.0.0/8]}, destination: {selector: app == 'db'}}
  - {action: Allow, source: {nets: [10.0.0.0/7]}}
  - {action: Allow, destination: {selector: app == 'web'}}
";
    table(yaml).check(
        "
        10.1.1.1 -> a/db: No Connections
        11.1.1.1 -> a/db: All Connections
        10.1.1.1 -> a/web: All Connections
        12.1.1.1 -> a/web: All Connections
        12.1.1.1 -> a/db: No Connections
        12.1.1.1 -> b/job: All Connections
    ",
    );
}

#[test]
fn networks_match_pods_by_their_addresses() {
    let table = Table {
        profile: Profile::Calico,
        pods: "a/db app=db\na/web ip=10.0.0.5\na/other ip=10.0.1.5",
        yaml: &for_db("ingress: [{action: Allow, source: {nets: [10.0.0.0/24]}}]"),
    };
    table.check(
        "
        a/web -> a/db: All Connections
        a/other -> a/db: No Connections
        10.0.0.9 -> a/db: All Connections
    ",
    );
}

#[test]
fn families_are_told_apart_outside_of_the_cluster() {
    let yaml = for_db("ingress: [{action: Allow, ipVersion: 4}]");
    table(&yaml).check(
        "
        1.1.1.1 -> a/db: All Connections
        2001:db8::1 -> a/db: No Connections
        a/web -> a/db: No Connections ? All Connections
    ",
    );
    let yaml = for_db("ingress: [{action: Allow, ipVersion: 4, source: {nets: [1.0.0.0/8]}}]");
    table(&yaml).check(
        "
        1.1.1.1 -> a/db: All Connections
        2.1.1.1 -> a/db: No Connections
    ",
    );
    table(&yaml).check_problems("");
}

#[test]
fn services_stand_for_their_pods_and_ports() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: b}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: web}]}\n---\n";
    let policy = for_db("egress: [{action: Allow, destination: {services: {name: web, namespace: b}}}]");
    table(&format!("{service}{policy}")).check(
        "
        a/db -> b/web: TCP 8080
        a/db -> b/job: No Connections
        a/db -> a/web: No Connections
    ",
    );
    table(&policy).check("a/db -> b/web: No Connections ? All Connections");
    let policy = for_db("ingress: [{action: Allow, source: {services: {name: web, namespace: b}}}]");
    table(&format!("{service}{policy}")).check(
        "
        b/web -> a/db: All Connections
        a/web -> a/db: No Connections
    ",
    );
}
