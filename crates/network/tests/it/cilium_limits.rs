//! Cilium's policies of which not everything is modelled.

use crate::cilium::{NODE, for_db, table};

#[test]
fn layer_7_is_named_and_left_open() {
    let check = |rules: &str, verdict: &str, problem: &str| {
        let yaml = for_db(&format!(
            "egress: [{{toEndpoints: [{{}}], toPorts: [{{ports: [{{port: '53', protocol: ANY}}], {rules}}}]}}]"
        ));
        table(&yaml).check(&format!("a/db -> a/web: {verdict}"));
        table(&yaml).check_problems(problem);
    };
    let (ports, open) = ("SCTP 53,TCP 53,UDP 53", "No Connections ? SCTP 53,TCP 53,UDP 53");
    check("rules: {dns: [{matchPattern: '*'}]}", ports, "");
    check(
        "rules: {dns: [{matchPattern: '*.a'}]}",
        open,
        "? /spec/egress/0/toPorts/0/rules/dns: `dns` is about layer 7, which is not modelled",
    );
    check(
        "rules: {http: [{method: GET}]}",
        open,
        "? /spec/egress/0/toPorts/0/rules/http: `http` is about layer 7, which is not modelled",
    );
    check(
        "serverNames: [x.example]",
        open,
        "? /spec/egress/0/toPorts/0/serverNames: `serverNames` is about layer 7, which is not modelled",
    );
    let both = for_db(
        "ingress: [{fromEndpoints: [{}], toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{path: /}]}}, {ports: [{port: '81', protocol: TCP}]}]}]",
    );
    table(&both).check("a/web -> a/db: TCP 81 ? TCP 80");
}

#[test]
fn icmp_is_named_and_left_open() {
    table(&for_db("ingress: [{fromEndpoints: [{}], icmps: [{fields: [{type: 8, family: IPv4}]}]}]"))
        .check("a/web -> a/db: No Connections ? ICMP\nb/web -> a/db: No Connections");
}

#[test]
fn services_stand_for_their_pods() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: b, labels: {kind: shop}}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n---\n";
    for item in [
        "{k8sService: {serviceName: web, namespace: b}}",
        "{k8sServiceSelector: {selector: {matchLabels: {kind: shop}}, namespace: b}}",
        "{k8sService: {serviceName: web}}",
        "{k8sServiceSelector: {selector: {matchLabels: {kind: shop}}}}",
    ] {
        let policy = for_db(&format!("egress: [{{toServices: [{item}]}}]"));
        table(&format!("{service}{policy}")).check(
            "
            a/db -> b/web: All Connections
            a/db -> a/web: No Connections
            a/db -> b/job: No Connections
        ",
        );
        table(&policy).check("a/db -> b/web: No Connections ? All Connections");
    }
}

#[test]
fn requirements_leave_the_others_open() {
    table(&for_db("ingress: [{fromRequires: [{matchLabels: {tier: front}}], fromEndpoints: [{}]}]\negress: [{toEndpoints: [{}]}]")).check("
        a/web -> a/db: All Connections
        b/web -> a/db: No Connections
    ");
    let yaml = for_db("ingress: [{fromRequires: [{matchLabels: {tier: back}}], fromEndpoints: [{}]}]");
    table(&yaml).check("a/web -> a/db: No Connections ? All Connections");
    table(&yaml).check_problems(
        "? /spec/ingress/0/fromRequires: `fromRequires` is not known to newer versions of Cilium",
    );
}

#[test]
fn policies_for_nodes_leave_nodes_open() {
    let yaml = format!(
        "{NODE}apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {{name: p}}\nspec:\n  nodeSelector: {{}}\n  ingress: [{{fromEntities: [cluster]}}]\n"
    );
    table(&yaml).check(
        "
        1.1.1.1 -> node:n1: No Connections ? All Connections
        a/web -> a/db: All Connections
        1.1.1.1 -> a/db: All Connections
    ",
    );
    table(&yaml).check_problems("? /spec/nodeSelector: policies for nodes are not modelled");
}

#[test]
fn what_is_not_understood_is_named_and_never_widens() {
    let check = |rule: &str, problem: &str, verdict: &str| {
        let yaml = for_db(&format!("ingress: [{rule}]"));
        table(&yaml).check_problems(problem);
        table(&yaml).check(&format!("a/web -> a/db: {verdict}"));
    };
    let open = "No Connections ? All Connections";
    check("{fromEndpoint: [{}]}", "/spec/ingress/0/fromEndpoint: unknown field `fromEndpoint`", open);
    check(
        "{fromEndpoints: [{matchLabel: {a: b}}]}",
        "/spec/ingress/0/fromEndpoints/0/matchLabel: unknown field `matchLabel`",
        open,
    );
    check(
        "{fromEndpoints: [{matchExpressions: [{key: a, operator: Is}]}]}",
        "/spec/ingress/0/fromEndpoints/0/matchExpressions/0/operator: operator is \"Is\"",
        open,
    );
    check(
        "{fromEndpoints: [{matchLabels: {'container:image': x}}]}",
        "? /spec/ingress/0/fromEndpoints/0: the selector asks for labels that Kubernetes does not give, or for the name of the cluster",
        open,
    );
    check(
        "{fromEndpoints: [{}], fromCIDR: [10.0.0.0/8]}",
        "/spec/ingress/0: fromEndpoints and fromCIDR cannot stand in one rule",
        open,
    );
    check(
        "{fromEndpoints: [{}], authentication: {mode: required}}",
        "? /spec/ingress/0/authentication: mutual authentication is not modelled",
        open,
    );
    check(
        "{fromGroups: [{aws: {}}]}",
        "? /spec/ingress/0/fromGroups/0: groups of a cloud provider are not modelled",
        "No Connections",
    );
    let yaml = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: a}\nspec: {ingress: [{fromEndpoints: [{}]}]}";
    table(yaml)
        .check_problems("/spec/endpointSelector: the policy selects nothing: endpointSelector is missing");
    table(yaml).check("b/web -> a/db: No Connections ? All Connections");
    table(&for_db("ingress: []"))
        .check_problems("/spec: the policy has no rule in any direction and does nothing");
}
