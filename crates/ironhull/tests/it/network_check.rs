//! `ironhull network check`.

use crate::run::Tree;
use std::fmt::Write as _;

const CLUSTER: &[u8] = b"apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
";

const DB: &str = "{pods: {matchLabels: {app: db}}}";
const WEB: &str = "{pods: {matchLabels: {app: web}}}";

fn file(assertions: &[String]) -> Vec<u8> {
    let mut text =
        "apiVersion: ironhull.dev/v1alpha1\nkind: NetworkAssertion\nmetadata: {name: db}\nspec:\n  assertions:\n".to_owned();
    for assertion in assertions {
        let _ = writeln!(text, "  - {assertion}");
    }
    text.into_bytes()
}

fn tree(assertions: &[String]) -> Tree {
    Tree::new(&[("cluster/a.yaml", CLUSTER), ("must.yaml", &file(assertions))])
}

#[test]
fn all_hold() {
    let tree = tree(&[
        format!("{{name: kept, only: {{from: {WEB}, to: {DB}}}}}"),
        format!("{{name: open, allow: {{from: {WEB}, to: {DB}, ports: [tcp/5432]}}}}"),
    ]);
    let ran = tree.run("network check must.yaml cluster");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(ran.out, "pass  kept  (must.yaml:6)\npass  open  (must.yaml:7)\n2 of 2 assertions hold\n");
    let junit = tree.run("network check must.yaml cluster -o junit").out;
    assert!(
        junit.contains("db: kept") && junit.contains("db: open") && !junit.contains("<failure"),
        "{junit}"
    );
}

#[test]
fn one_does_not() {
    let tree =
        tree(&[format!("{{name: shut, deny: {{from: {WEB}, to: {DB}}}}}"), "unprotected: forbid".to_owned()]);
    let ran = tree.run("network check must.yaml cluster");
    assert_eq!(ran.code, 1);
    for part in [
        "FAIL  shut  (must.yaml:6)",
        "shop/web[Pod] => shop/db[Pod]: TCP 5432 is allowed: ingress rule 1 of NetworkPolicy shop/db (cluster/a.yaml:17) allows it",
        "fix: ",
        "FAIL  assertion 2  (must.yaml:7)",
        "no policy selects shop/web[Pod] for ingress and egress",
        "0 of 2 assertions hold",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    for format in ["json", "sarif", "junit", "md", "csv", "table", "html", "text-full"] {
        let ran = tree.run(&format!("network check must.yaml cluster -o {format}"));
        assert_eq!(ran.code, 1, "{format}");
        assert!(ran.out.contains("NW020"), "{format}:\n{}", ran.out);
    }
    let junit = tree.run("network check must.yaml cluster -o junit").out;
    assert!(junit.contains("<failure"), "{junit}");
    let ran = tree.run("network check must.yaml cluster -o sarif=out.sarif -o text");
    assert!(ran.out.contains("FAIL  shut") && tree.path().join("out.sarif").is_file());
}

#[test]
fn what_cannot_be_told_does_not_hold() {
    let tree = tree(&[format!("{{name: typo, deny: {{from: {{namespace: shpo}}, to: {DB}}}}}")]);
    let ran = tree.run("network check must.yaml cluster");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("UNKNOWN  typo") && ran.out.contains("`from` selects no pod"), "{}", ran.out);
    assert!(tree.run("network check must.yaml cluster -o csv").out.contains("NW021"));
}

#[test]
fn mistakes_in_the_file_are_errors() {
    let bad = tree(&[
        format!("dney: {{from: {WEB}, to: {DB}}}"),
        format!("deny: {{from: {WEB}, to: {DB}, port: [80]}}"),
    ]);
    let ran = bad.run("network check must.yaml cluster");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("must.yaml:6: unknown field `dney`"), "{}", ran.err);
    assert!(ran.err.contains("must.yaml:7: unknown field `port`; write `ports`"), "{}", ran.err);
    assert!(ran.out.is_empty());
    for (name, text) in [
        ("kind.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"),
        (
            "version.yaml",
            "apiVersion: ironhull.dev/v1\nkind: NetworkAssertion\nmetadata: {name: a}\nspec: {assertions: [{unprotected: forbid}]}\n",
        ),
        ("empty.yaml", ""),
        ("broken.yaml", "a: [\n"),
        (
            "none.yaml",
            "apiVersion: ironhull.dev/v1alpha1\nkind: NetworkAssertion\nmetadata: {name: a}\nspec: {assertions: []}\n",
        ),
    ] {
        bad.write(name, text.as_bytes());
        let ran = bad.run(&format!("network check {name} cluster"));
        assert_eq!(ran.code, 2, "{name}: {}", ran.out);
        assert!(ran.err.contains(name), "{name}: {}", ran.err);
    }
    assert_eq!(bad.run("network check nowhere.yaml cluster").code, 2);
}
