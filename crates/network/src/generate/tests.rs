use ironhull_testkit::world_of;
use proptest::prelude::*;
use std::fmt::Write as _;

use super::*;
use crate::algebra::Protocol;

fn deployment(namespace: &str, name: &str, labels: &str, more: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  \
         selector: {{matchLabels: {{{labels}}}}}\n  template:\n    metadata: {{labels: {{{labels}}}}}\n    \
         spec: {{{more}containers: [{{name: c, ports: [{{name: http, containerPort: 8080}}]}}]}}\n"
    )
}

fn run(manifests: &str, flows: &str, options: &Options) -> Generated {
    let world = world_of("shop.yaml", manifests);
    let input = Input::of(&world);
    let files = [FlowFile::new("flows.jsonl", flows)];
    generate(&world, &input, &files, options).expect("the policies read back")
}

fn upstream() -> Options {
    Options { profile: Profile::Upstream, ..Options::default() }
}

#[test]
fn a_policy_names_its_peers_by_what_stays() {
    let shop = [
        deployment("shop", "web", "app: web, version: v2", ""),
        deployment("data", "db", "app: db", ""),
        deployment("shop", "idle", "app: idle", ""),
    ]
    .join("---\n");
    let flows = r#"{"from":{"workload":"shop/web"},"to":{"workload":"data/db"},"port":5432,"count":4}
{"from":{"workload":"shop/web"},"to":{"address":"203.0.113.7","name":"pay.example.com"},"port":443}
{"from":{"node":true},"to":{"workload":"shop/web"},"port":8080}
"#;
    let found = run(&shop, flows, &upstream());
    let web = found.policies.iter().find(|policy| policy.name == "web-deployment").expect("a policy for web");
    assert_eq!(
        web.text,
        "# shop/web[Deployment]
# Probes and other traffic from the pod's own node (1 flow) need no rule: every plugin lets it in.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web-deployment
  namespace: shop
  labels:
    app.kubernetes.io/managed-by: ironhull
spec:
  podSelector:
    matchLabels:
      app: web
      version: v2
  policyTypes: [Ingress, Egress]
  ingress: []
  egress:
  # DNS, and its cache on the node.
  - to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
    - ipBlock:
        cidr: 169.254.20.10/32
    ports:
    - protocol: TCP
      port: 53
    - protocol: UDP
      port: 53
  # 203.0.113.7 (pay.example.com): flows.jsonl:2 (1 flow)
  - to:
    - ipBlock:
        cidr: 203.0.113.7/32
    ports:
    - protocol: TCP
      port: 443
  # data/db[Deployment]: flows.jsonl:1 (4 flows)
  - to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: data
      podSelector:
        matchLabels:
          app: db
    ports:
    - protocol: TCP
      port: 5432
"
    );
    assert_eq!(found.proven, 6);
    assert_eq!(found.without_evidence, ["shop/idle[Deployment]"]);
    assert!(!found.is_complete());
    assert_eq!(found.excess, []);
}

#[test]
fn workloads_that_labels_do_not_tell_apart_are_named() {
    let shop = [deployment("shop", "a", "app: x", ""), deployment("shop", "b", "app: x", "")].join("---\n");
    let flows = "{\"from\":{\"workload\":\"shop/a\"},\"to\":{\"address\":\"203.0.113.7\"},\"port\":443}\n";
    let found = run(&shop, flows, &upstream());
    assert_eq!(
        found.notes,
        ["no label tells shop/a[Deployment] from shop/b[Deployment]: its policy is for both"]
    );
    let excess: Vec<String> =
        found.excess.iter().map(|one| format!("{} {} {}", one.from, one.to, one.connections)).collect();
    assert_eq!(excess, ["shop/b[Deployment] 203.0.113.7-203.0.113.7[External] TCP 443"]);
}

#[test]
fn generated_labels_are_never_in_a_selector() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: job-x, namespace: shop, labels: {job-name: x, controller-uid: y, pod-template-hash: z, app: job}}\nspec: {containers: [{name: c}]}\n";
    let flows =
        "{\"from\":{\"workload\":\"shop/job-x\"},\"to\":{\"address\":\"203.0.113.7\"},\"port\":443}\n";
    let found = run(pod, flows, &upstream());
    let text = found.stream();
    assert!(text.contains("app: job"), "{text}");
    for key in ["job-name", "controller-uid", "pod-template-hash"] {
        assert!(!text.contains(key), "{text}");
    }
}

#[test]
fn addresses_in_manifests_lead_to_pods() {
    let web = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        args: [--queue, 'queue.data:5672', --version=api]
        envFrom: [{configMapRef: {name: web}}]
        env:
        - {name: DB_HOST, value: db.data.svc.cluster.local}
        - {name: DB_PORT, value: '5432'}
        - {name: MODE, value: api}
        - {name: MAIL_HOST, value: smtp.example.com}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop}
data: {API_URL: 'http://api/v1', LEVEL: info}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec: {selector: {app: db}, ports: [{port: 5432, targetPort: 15432}, {port: 9187}]}
---
";
    let shop =
        [web.to_owned(), deployment("shop", "api", "app: api", ""), deployment("data", "db", "app: db", "")]
            .join("---\n");
    let shop = shop.replace("---\n---\n", "---\n");
    let found = run(&shop, "", &Options { from_manifests: true, ..upstream() });
    let web = &found.policies.iter().find(|policy| policy.name == "web-deployment").expect("web").text;
    assert!(
        web.contains("# shop/api[Deployment]: shop.yaml:22 (ConfigMap web key API_URL, confidence high)"),
        "{web}"
    );
    assert!(web.contains("port: 8080") && web.contains("port: 15432") && !web.contains("9187"), "{web}");
    let gaps: Vec<&str> = found.gaps.iter().map(|gap| gap.reason.as_str()).collect();
    assert_eq!(
        gaps,
        [
            "there is no Service data/queue in the input",
            "smtp.example.com is a name outside of the cluster, and NetworkPolicy knows only addresses"
        ]
    );
}

#[test]
fn what_flows_say_cannot_leave_its_comment() {
    let shop = deployment("shop", "web", "app: web", "");
    let flows = serde_json::json!({
        "from": {"workload": "shop/web"},
        "to": {"address": "203.0.113.7", "name": "x\nspec: {podSelector: {}}\u{2028}y\u{85}z"},
        "port": 443,
    });
    let found = run(&shop, &flows.to_string(), &upstream());
    assert!(found.stream().contains("# 203.0.113.7 (xspec: {podSelector: {}}yz)"), "{}", found.stream());
}

#[test]
fn templates_keep_dns_and_what_was_seen() {
    let shop =
        [deployment("shop", "web", "app: web", ""), deployment("data", "db", "app: db", "")].join("---\n");
    let flows = "{\"from\":{\"workload\":\"shop/web\"},\"to\":{\"workload\":\"data/db\"},\"port\":5432}\n";
    for template in [Template::DefaultDeny, Template::NamespaceSegmentation] {
        let found = run(&shop, flows, &Options { template: Some(template), ..upstream() });
        assert!(found.broken.is_empty() && found.is_complete(), "{found:?}");
        assert_eq!(found.policies.len(), if template == Template::DefaultDeny { 4 } else { 2 });
        assert!(found.policies.iter().all(|policy| policy.text.contains("k8s-app: kube-dns")));
    }
}

/// A random workload: namespace, name, labels by number, whether it is in its node's network.
type Drawn = (u8, u8, u8, bool);
/// A random flow: from, to (a workload, or beyond them an address), port, protocol.
type DrawnFlow = (u8, u8, u16, u8);

fn drawn_world(workloads: &[Drawn], deny: bool) -> String {
    let mut text = String::new();
    for (place, &(namespace, labels, version, host)) in workloads.iter().enumerate() {
        let more = if host { "hostNetwork: true, " } else { "" };
        let labels = match labels % 4 {
            0 => format!("app: a{}", version % 2),
            1 => format!("app: a0, tier: t{}", version % 2),
            2 => format!("app.kubernetes.io/name: n{place}, app.kubernetes.io/version: v{version}"),
            _ => String::new(),
        };
        text += &deployment(&format!("ns{}", namespace % 3), &format!("w{place}"), &labels, more);
        text += "---\n";
    }
    if deny {
        for namespace in 0..3 {
            let _ = write!(
                text,
                "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: deny, namespace: ns{namespace}}}\nspec: {{podSelector: {{}}, policyTypes: [Ingress, Egress]}}\n---\n"
            );
        }
    }
    text
}

fn drawn_flows(workloads: &[Drawn], flows: &[DrawnFlow]) -> String {
    let end = |place: u8| match workloads.get(usize::from(place) % (workloads.len() + 4)) {
        Some((namespace, ..)) => {
            let place = usize::from(place) % (workloads.len() + 4);
            serde_json::json!({"workload": format!("ns{}/w{place}[Deployment]", namespace % 3), "address": format!("10.9.0.{place}")})
        }
        None => match place % 4 {
            0 => serde_json::json!({"address": format!("203.0.113.{place}")}),
            1 => serde_json::json!({"address": format!("2001:db8::{place:x}")}),
            2 => {
                serde_json::json!({"pod": "elsewhere/thing-0", "labels": {"app": format!("far{}", place % 3)}})
            }
            _ => serde_json::json!({"node": true, "address": "10.0.0.1"}),
        },
    };
    let mut text = String::new();
    for &(from, to, port, protocol) in flows {
        let protocol = Protocol::ALL[usize::from(protocol) % 3].name();
        let line =
            serde_json::json!({"from": end(from), "to": end(to), "port": port.max(1), "protocol": protocol});
        text += &line.to_string();
        text.push('\n');
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// The promise of this module: whatever the cluster, whatever was seen, it still goes through.
    #[test]
    fn every_flow_is_allowed_by_what_is_generated(
        workloads in prop::collection::vec(any::<Drawn>(), 1..7),
        flows in prop::collection::vec(any::<DrawnFlow>(), 1..14),
        deny in any::<bool>(),
        template in prop::option::of(any::<bool>()),
        aggregate in prop::option::of(8u8..=32),
        most in prop::option::of(2usize..4),
        profile in 0usize..2,
    ) {
        let options = Options {
            template: template.map(|one| if one { Template::DefaultDeny } else { Template::NamespaceSegmentation }),
            aggregate: Aggregate { v4: aggregate, v6: None, most },
            profile: [Profile::Upstream, Profile::Calico][profile],
            ..Options::default()
        };
        let (manifests, seen) = (drawn_world(&workloads, deny), drawn_flows(&workloads, &flows));
        let found = run(&manifests, &seen, &options);
        prop_assert!(found.broken.is_empty(), "{:#?}\n{}\n{seen}\n{manifests}", found.broken, found.stream());
        prop_assert!(found.not_judged.is_empty(), "{:?}", found.not_judged);
        prop_assert_eq!(found.proven, flows.len() as u64);
        let again = run(&manifests, &seen, &options);
        prop_assert_eq!(found.stream(), again.stream(), "the same each time");
        for key in ["pod-template-hash", "app.kubernetes.io/version: v"] {
            prop_assert!(!found.stream().contains(key) || key.starts_with("app"), "{}", found.stream());
        }
    }
}
