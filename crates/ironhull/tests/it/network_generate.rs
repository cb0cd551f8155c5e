//! `ironhull network generate` and `ironhull network simulate`.

use std::fs;
use std::path::Path;

use crate::run::Tree;

const SHOP: &[u8] = b"apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: i, env: [{name: API_URL, value: 'http://api:8080'}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: c, image: i, ports: [{containerPort: 9090}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{port: 8080, targetPort: 9090}]}
";

const FLOWS: &[u8] = b"{\"from\":{\"workload\":\"shop/web\"},\"to\":{\"service\":\"shop/api\"},\"port\":8080,\"time\":\"2026-03-02T08:00:00Z\"}\n";

fn tree() -> Tree {
    Tree::new(&[("shop.yaml", SHOP), ("flows.jsonl", FLOWS)])
}

#[test]
fn what_is_generated_can_be_applied_and_breaks_nothing() {
    let tree = tree();
    let ran = tree.run("network generate shop.yaml --flows flows.jsonl --output-dir new");
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.err.contains("2 policies written. Proven: 1 flow observed, all allowed"), "{}", ran.err);
    let web = fs::read_to_string(tree.path().join("new/shop/web-deployment.yaml")).unwrap();
    assert!(web.contains("port: 9090"), "{web}");
    let ran = tree.run("network simulate shop.yaml --flows flows.jsonl --policy new");
    assert_eq!((ran.code, ran.out.as_str()), (0, "1 of 1 flow would still go through, none would break.\n"));
    let ran = tree.run("network list shop.yaml new");
    assert!(ran.out.contains("shop/web[Deployment] => shop/api[Deployment] : TCP 9090"), "{}", ran.out);
}

#[test]
fn the_stream_is_the_same_from_manifests() {
    let tree = tree();
    let flows = tree.run("network generate shop.yaml --flows flows.jsonl -q");
    let manifests = tree.run("network generate shop.yaml --from-manifests -q");
    let bare = |text: &str| {
        text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
    };
    assert_eq!((flows.code, manifests.code), (0, 0), "{} {}", flows.err, manifests.err);
    assert_eq!(bare(&flows.out), bare(&manifests.out));
    assert!(manifests.out.contains("shop.yaml:8 (env API_URL, confidence high)"), "{}", manifests.out);
}

#[test]
fn a_workload_without_evidence_trips() {
    let tree = tree();
    tree.write("idle.yaml", b"apiVersion: v1\nkind: Pod\nmetadata: {name: idle, namespace: shop, labels: {a: b}}\nspec: {containers: [{name: c, image: i}]}\n");
    let ran = tree.run("network generate shop.yaml idle.yaml --flows flows.jsonl");
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("left without a policy of their own (1):\n  shop/idle[Pod]"), "{}", ran.err);
    let ran = tree.run("network generate shop.yaml idle.yaml --flows flows.jsonl --allow-incomplete -o json");
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("\"withoutEvidence\": [\n    \"shop/idle[Pod]\"\n  ]"), "{}", ran.out);
    let ran = tree.run("network generate shop.yaml idle.yaml --template default-deny -q");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("podSelector: {}"), "{}", ran.out);
}

#[test]
fn a_policy_that_breaks_a_flow_trips() {
    let tree = tree();
    let deny = b"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {podSelector: {}}\n";
    tree.write("new/deny.yaml", deny);
    let ran = tree.run("network simulate shop.yaml --flows flows.jsonl --policy new");
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.out,
        "1 of 1 flow would break.

shop/api[Deployment] ingress
  <= shop/web[Deployment] : TCP 9090 (1 flow, flows.jsonl:1)
     NetworkPolicy shop/deny isolates it and no rule allows this (new/deny.yaml:4)
"
    );
    for form in ["md", "csv", "json"] {
        let ran = tree.run(&format!("network simulate shop.yaml --flows flows.jsonl --policy new -o {form}"));
        assert!(ran.code == 1 && ran.out.contains("TCP 9090"), "{}", ran.out);
    }
}

#[test]
fn what_cannot_be_read_is_said_and_trips() {
    let tree = tree();
    tree.write("bad.jsonl", &[FLOWS, b"{\"from\":{}}\n"].concat());
    let ran = tree.run("network simulate shop.yaml --flows bad.jsonl");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("bad.jsonl:2: expected `from` with one of workload, pod"), "{}", ran.err);
    assert_eq!(tree.run("network simulate shop.yaml --flows bad.jsonl --allow-incomplete").code, 0);
    for (words, message) in [
        ("network simulate shop.yaml", "--flows"),
        ("network simulate shop.yaml --flows none.jsonl", "reading the flows none.jsonl"),
        (
            "network simulate shop.yaml --flows flows.jsonl --policy shop.yaml",
            "there is no network policy in shop.yaml",
        ),
        ("network generate shop.yaml", "--from-manifests"),
        ("network generate shop.yaml --from-manifests --only-namespace x", "there is no such namespace"),
        ("network generate shop.yaml --from-manifests --ingress-controller a/b", "there is no such workload"),
    ] {
        let ran = tree.run(words);
        assert!(ran.code == 2 && ran.err.contains(message), "{words}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn the_example_is_generated_as_before() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let tree = tree();
    let copied = std::process::Command::new("cp").arg("-r").arg(examples).arg(tree.path()).status().unwrap();
    assert!(copied.success());
    let ran =
        tree.run("network generate examples/shop --flows examples/flows/shop-hubble.jsonl --output-dir new");
    insta::assert_snapshot!("shop_report", ran.err);
    let policy = fs::read_to_string(tree.path().join("new/shop/catalog-deployment.yaml")).unwrap();
    insta::assert_snapshot!("shop_catalog", policy);
    let ran = tree.run(
        "network simulate examples/shop --flows examples/flows/shop-hubble.jsonl --policy examples/flows/new",
    );
    insta::assert_snapshot!("shop_simulation", ran.out);
}
