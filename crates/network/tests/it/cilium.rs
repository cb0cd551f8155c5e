//! Cilium's policies: what each construct means, as tables.

use ironhull_network::Profile;

use crate::tables::Table;

const PODS: &str = "
    a/web app=web tier=front
    a/db app=db
    b/web app=web
    b/job account=runner
    b/proxy node=n1
";

pub(crate) fn table(yaml: &str) -> Table<'_> {
    Table { profile: Profile::Cilium, pods: PODS, yaml }
}

fn indented(spec: &str) -> String {
    spec.lines().map(|line| format!("  {}\n", line.trim_end())).collect()
}

/// A CiliumNetworkPolicy in the namespace `a` for `app=db`, with these rules.
pub(crate) fn for_db(rules: &str) -> String {
    format!(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: p, namespace: a}}\nspec:\n  endpointSelector: {{matchLabels: {{app: db}}}}\n{}",
        indented(rules)
    )
}

fn clusterwide(rules: &str) -> String {
    format!(
        "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {{name: p}}\nspec:\n  endpointSelector: {{matchLabels: {{'k8s:app': db}}}}\n{}",
        indented(rules)
    )
}

pub(crate) const NODE: &str = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {addresses: [{type: InternalIP, address: 10.0.0.1}]}\n---\n";

#[test]
fn endpoints_are_of_the_own_namespace_unless_the_selector_names_others() {
    let check = |selector: &str, expected: &str| {
        table(&for_db(&format!("ingress: [{{fromEndpoints: [{selector}]}}]"))).check(expected);
    };
    check(
        "{}",
        "
        a/web -> a/db: All Connections
        b/web -> a/db: No Connections
        1.1.1.1 -> a/db: No Connections
        a/db -> b/web: All Connections
    ",
    );
    check(
        "{matchLabels: {'k8s:app': web}}",
        "
        a/web -> a/db: All Connections
        b/web -> a/db: No Connections
    ",
    );
    check(
        "{matchLabels: {'any:app': web, 'k8s:io.kubernetes.pod.namespace': b}}",
        "
        a/web -> a/db: No Connections
        b/web -> a/db: All Connections
        b/job -> a/db: No Connections
    ",
    );
    check(
        "{matchExpressions: [{key: 'io.kubernetes.pod.namespace', operator: Exists}]}",
        "
        a/web -> a/db: All Connections
        b/job -> a/db: All Connections
        b/proxy -> a/db: No Connections
        1.1.1.1 -> a/db: No Connections
    ",
    );
    check(
        "{matchLabels: {io.cilium.k8s.policy.serviceaccount: runner, io.kubernetes.pod.namespace: b}}",
        "
        b/job -> a/db: All Connections
        b/web -> a/db: No Connections
    ",
    );
    check(
        "{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
        "
        a/web -> a/db: No Connections
        a/db -> a/web: All Connections
    ",
    );
}

#[test]
fn labels_of_namespaces_select_namespaces() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: b, labels: {team: red}}\n---\n";
    for prefix in ["", "k8s:", "any:"] {
        let yaml = for_db(&format!(
            "ingress: [{{fromEndpoints: [{{matchLabels: {{'{prefix}io.cilium.k8s.namespace.labels.team': red}}}}]}}]"
        ));
        table(&format!("{namespace}{yaml}")).check(
            "
            a/web -> a/db: No Connections
            b/web -> a/db: All Connections
            b/job -> a/db: All Connections
        ",
        );
    }
}

#[test]
fn the_subject_stays_in_the_namespace_and_a_clusterwide_one_does_not() {
    let rules = "ingress: [{fromEndpoints: [{}]}]";
    table(&clusterwide(rules)).check(
        "
        a/web -> a/db: All Connections
        b/job -> a/db: All Connections
        1.1.1.1 -> a/db: No Connections
    ",
    );
    let all = for_db(rules)
        .replace("{matchLabels: {app: db}}", "{matchLabels: {'k8s:io.kubernetes.pod.namespace': b}}");
    table(&all).check(
        "
        b/web -> a/web: No Connections
        a/web -> b/web: All Connections
    ",
    );
    table(&all).check_problems("/spec/endpointSelector/matchLabels/k8s:io.kubernetes.pod.namespace: the policy selects pods of its own namespace, not of \"b\": Cilium ignores this");
    table(&all.replace("k8s:io.kub", "io.kub"))
        .check("b/web -> a/web: All Connections\nb/web -> b/job: All Connections");
}

#[test]
fn absent_empty_and_empty_rules_differ() {
    let check = |rules: &str, ingress: &str| {
        table(&for_db(rules)).check(&format!("a/web -> a/db: {ingress}\na/db -> a/web: All Connections"));
    };
    check("ingress: [{}]", "No Connections");
    check("ingress: [{fromEndpoints: []}]", "No Connections");
    check(
        "ingress: [{fromEndpoints: [], toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]",
        "No Connections",
    );
    check("ingress: [{fromCIDR: [], toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]", "No Connections");
    check("ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]", "TCP 80");
    check("ingress: [{fromEndpoints: [{}], toPorts: []}]", "All Connections");
    check("ingress: [{fromEndpoints: [{}], toPorts: [{}]}]", "No Connections");
    check("ingress: []\negress: [{toEntities: [all]}]", "All Connections");
}

#[test]
fn ports_and_protocols() {
    let check = |ports: &str, expected: &str| {
        table(&for_db(&format!("ingress: [{{fromEndpoints: [{{}}], toPorts: [{{ports: [{ports}]}}]}}]")))
            .check(&format!("a/web -> a/db: {expected}"));
    };
    check("{port: '80'}", "SCTP 80,TCP 80,UDP 80");
    check("{port: '80', protocol: any}", "SCTP 80,TCP 80,UDP 80");
    check("{port: '80', protocol: TCP}, {port: '53', protocol: UDP}", "TCP 80,UDP 53");
    check("{port: '80', endPort: 90, protocol: TCP}", "TCP 80-90");
    check("{port: '80', endPort: 0, protocol: TCP}", "TCP 80");
    check("{port: '0', protocol: TCP}", "TCP 1-65535");
    check("{port: '0'}", "All Connections");
    check("{port: web, protocol: TCP}", "TCP 8080");
    check("{port: web}", "TCP 8080");
    check("{port: dns, protocol: TCP}", "No Connections");
    check("{port: '90', endPort: 80, protocol: TCP}", "No Connections ? All Connections");
    check("{port: 80, protocol: TCP}", "No Connections ? All Connections");
    check("{protocol: VRRP}", "No Connections ? ICMP");
    check("{port: '80', protocol: GRE}", "No Connections ? ICMP");
}

#[test]
fn deny_wins_over_every_allow() {
    let yaml = format!(
        "{}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: n, namespace: a}}\nspec: {{podSelector: {{}}, ingress: [{{}}]}}",
        for_db(
            "ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: '22', protocol: TCP}]}]}, {fromCIDR: [10.0.0.0/8]}]\ningress: [{fromEntities: [all]}]"
        )
    );
    table(&yaml).check(
        "
        a/web -> a/db: ICMP,SCTP 1-65535,TCP 1-21,23-65535,UDP 1-65535
        b/web -> a/db: All Connections
        10.1.1.1 -> a/db: No Connections
        11.1.1.1 -> a/db: All Connections
    ",
    );
}

#[test]
fn default_deny_follows_the_rules_there_are() {
    table(&for_db("egressDeny: [{toCIDR: [10.0.0.0/8]}]")).check(
        "
        a/db -> 10.1.1.1: No Connections
        a/db -> 11.1.1.1: No Connections
        a/web -> a/db: All Connections
    ",
    );
    table(&for_db("enableDefaultDeny: {egress: false}\negressDeny: [{toCIDR: [10.0.0.0/8]}]")).check(
        "
        a/db -> 10.1.1.1: No Connections
        a/db -> 11.1.1.1: All Connections
    ",
    );
    table(&for_db("enableDefaultDeny: {ingress: true}\negress: [{toEntities: [all]}]")).check(
        "
        a/web -> a/db: No Connections
        a/db -> a/web: All Connections
    ",
    );
    let open = for_db("enableDefaultDeny: {ingress: false}\ningress: [{fromEndpoints: [{}]}]");
    table(&open).check("b/web -> a/db: All Connections");
    let other = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n, namespace: a}\nspec: {podSelector: {}}";
    table(&format!("{open}\n{other}")).check(
        "
        a/web -> a/db: All Connections
        b/web -> a/db: No Connections
    ",
    );
}

#[test]
fn several_specs_are_several_policies() {
    let yaml = "
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: a}
specs:
- endpointSelector: {matchLabels: {app: db}}
  ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]
  ingressDeny: [{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': b}}]}]
- endpointSelector: {matchLabels: {app: web}}
  egress: [{toEndpoints: [{matchLabels: {app: db}}]}]
";
    table(yaml).check(
        "
        a/web -> a/db: TCP 80
        b/web -> a/db: No Connections
        a/db -> a/web: All Connections
        a/web -> b/web: No Connections
        b/web -> b/job: All Connections
    ",
    );
}

#[test]
fn networks_never_mean_what_runs_in_the_cluster() {
    let in_profile = |profile| Table {
        profile,
        pods: "a/db app=db\na/web ip=10.0.0.5",
        yaml: "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: a}\nspec:\n  endpointSelector: {matchLabels: {app: db}}\n  ingress: [{fromCIDR: [10.0.0.0/8, '2001:db8::1']}]",
    };
    for profile in [Profile::Cilium, Profile::Upstream] {
        in_profile(profile).check(
            "
            a/web -> a/db: No Connections
            10.0.0.9 -> a/db: All Connections
            2001:db8::1 -> a/db: All Connections
            2001:db8::2 -> a/db: No Connections
        ",
        );
    }
    table(&for_db("egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}, {cidr: 10.1.1.0/24}]}]"))
        .check(
            "
        a/db -> 10.2.1.1: All Connections
        a/db -> 10.1.2.1: No Connections
        a/db -> 10.1.1.1: All Connections
    ",
        );
    let bad = for_db("egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [11.0.0.0/16]}]}]");
    table(&bad).check("a/db -> 10.2.1.1: No Connections ? All Connections\na/db -> a/web: No Connections");
    table(&bad)
        .check_problems("/spec/egress/0/toCIDRSet/0/except/0: the exception does not lie inside of the cidr");
}

#[test]
fn groups_of_networks_are_looked_up() {
    let group = "apiVersion: cilium.io/v2alpha1\nkind: CiliumCIDRGroup\nmetadata: {name: g, labels: {role: office}}\nspec: {externalCIDRs: [10.0.0.0/8]}\n---\n";
    let by_name = for_db("ingress: [{fromCIDRSet: [{cidrGroupRef: g, except: [10.1.0.0/16]}]}]");
    let by_label = for_db(
        "ingress: [{fromCIDRSet: [{cidrGroupSelector: {matchLabels: {role: office}}, except: [10.1.0.0/16]}]}]",
    );
    for policy in [&by_name, &by_label] {
        table(&format!("{group}{policy}")).check(
            "
            10.2.1.1 -> a/db: All Connections
            10.1.1.1 -> a/db: No Connections
            11.1.1.1 -> a/db: No Connections
        ",
        );
    }
    table(&by_name)
        .check("11.1.1.1 -> a/db: No Connections ? All Connections\na/web -> a/db: No Connections");
}

#[test]
fn entities() {
    let check = |entities: &str, expected: &str| {
        table(&format!("{NODE}{}", for_db(&format!("ingress: [{{fromEntities: [{entities}]}}]"))))
            .check(expected);
    };
    check(
        "all",
        "b/web -> a/db: All Connections\n1.1.1.1 -> a/db: All Connections\nnode:n1 -> a/db: All Connections",
    );
    check("none", "b/web -> a/db: No Connections\n1.1.1.1 -> a/db: No Connections");
    check(
        "world",
        "
        1.1.1.1 -> a/db: All Connections
        2001:db8::1 -> a/db: All Connections
        b/web -> a/db: No Connections
        node:n1 -> a/db: No Connections
        b/proxy -> a/db: No Connections
    ",
    );
    check("world-ipv4", "1.1.1.1 -> a/db: All Connections\n2001:db8::1 -> a/db: No Connections");
    check("world-ipv6", "1.1.1.1 -> a/db: No Connections\n2001:db8::1 -> a/db: All Connections");
    check(
        "cluster",
        "
        1.1.1.1 -> a/db: No Connections
        b/web -> a/db: All Connections
        node:n1 -> a/db: All Connections
        b/proxy -> a/db: All Connections
    ",
    );
    check(
        "host, remote-node",
        "
        node:n1 -> a/db: All Connections
        b/proxy -> a/db: All Connections
        b/web -> a/db: No Connections
    ",
    );
    check("host", "node:n1 -> a/db: No Connections ? All Connections\nb/web -> a/db: No Connections");
    check("remote-node", "b/proxy -> a/db: No Connections ? All Connections");
    check(
        "kube-apiserver",
        "
        node:n1 -> a/db: No Connections ? All Connections
        1.1.1.1 -> a/db: No Connections ? All Connections
        b/web -> a/db: No Connections
    ",
    );
    check("unmanaged", "b/web -> a/db: No Connections ? All Connections\n1.1.1.1 -> a/db: No Connections");
    check("health", "b/web -> a/db: No Connections\n1.1.1.1 -> a/db: No Connections");
    check("martian", "b/web -> a/db: No Connections ? All Connections");
    table(&for_db("ingress: [{fromEndpoints: [{matchLabels: {'reserved:world': ''}}]}]"))
        .check("1.1.1.1 -> a/db: All Connections\na/web -> a/db: No Connections");
    table(&for_db("ingress: [{fromEntities: [host]}]")).check_problems(
        "? /spec/ingress/0/fromEntities: the entity \"host\" depends on the node that a pod runs on",
    );
}

#[test]
fn names_are_ends_of_their_own() {
    let yaml = for_db(
        "egress: [{toFQDNs: [{matchName: API.example.com}, {matchPattern: '*.cdn.example.com'}], toPorts: [{ports: [{port: '443', protocol: TCP}]}]}]",
    );
    table(&yaml).check(
        "
        a/db -> name:api.example.com: TCP 443
        a/db -> name:*.cdn.example.com: TCP 443
        a/db -> name:other.example.com: No Connections
        a/db -> 1.1.1.1: No Connections
        a/db -> a/web: No Connections
    ",
    );
}
