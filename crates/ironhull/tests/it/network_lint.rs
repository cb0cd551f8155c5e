//! `ironhull network lint`, and the same rules in a scan.

use crate::run::Tree;

const CLUSTER: &[u8] = b"apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db, image: 'example.com/db:1', ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {}}]
  - from: [{podSelector: {matchLabels: {app: db}}}]
  - ports:
    - port: postgres
  - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [192.168.0.0/16]}}]
";

#[test]
fn lint_says_what_and_where() {
    let tree = Tree::new(&[("a.yaml", CLUSTER)]);
    let ran = tree.run("network lint a.yaml");
    assert_eq!(ran.code, 1, "{}", ran.err);
    for part in ["a.yaml:17:5: low NW013", "a.yaml:19:7: medium NW015", "a.yaml:20:", "high NW009"] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    let ran = tree.run("network lint a.yaml --rule redundant-policy-rule");
    assert_eq!((ran.code, ran.out.contains("NW015")), (0, false), "{}", ran.out);
    let ran = tree.run("network lint a.yaml --skip-rule NW009,NW015 --fail-on low -o json");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("\"NW013\"") && !ran.out.contains("\"NW015\""), "{}", ran.out);
    assert_eq!(tree.run("network lint a.yaml --fail-on never").code, 0);
}

#[test]
fn lint_refuses_what_it_cannot_do() {
    let tree = Tree::new(&[("a.yaml", CLUSTER), ("empty.yaml", b"")]);
    let ran = tree.run("network lint empty.yaml");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no Kubernetes object was found"), "{}", ran.err);
    let ran = tree.run("network lint a.yaml --rule NW004");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("none of these rules is one of `network lint`"), "{}", ran.err);
    let ran = tree.run("network lint a.yaml --rule redundant-policy-rul");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `redundant-policy-rule`"), "{}", ran.err);
}

#[test]
fn the_rules_are_part_of_a_scan() {
    let tree = Tree::new(&[("a.yaml", CLUSTER)]);
    let ran = tree.run("scan a.yaml --rule NW009,NW013,named-port-matches-nothing");
    assert_eq!(ran.code, 1, "{}", ran.err);
    for part in ["NW009", "NW013", "NW015"] {
        assert!(ran.out.contains(part), "no {part} in\n{}", ran.out);
    }
    // Suppressions know them.
    let accepted = String::from_utf8_lossy(CLUSTER).replace(
        "    - port: postgres",
        "    # ironhull:allow NW015 the port comes with the next release\n    - port: postgres",
    );
    tree.write("b/b.yaml", accepted.as_bytes());
    let ran = tree.run("scan b --rule NW015 --rule CL008");
    assert_eq!((ran.code, ran.out.contains("NW015")), (0, false), "{}", ran.out);
    let ran = tree.run("network lint b --rule NW015");
    assert_eq!((ran.code, ran.out.contains("none of the receiving pods")), (0, false), "{}", ran.out);
    // Formats have their tables of rules.
    let ran = tree.run("scan a.yaml --rule NW009 -o sarif");
    assert!(ran.out.contains("\"PolicyInvalid\""), "{}", ran.out);
}

#[test]
fn the_rules_explain_themselves() {
    let tree = Tree::new(&[]);
    let ran = tree.run("rule NW016");
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("# NW016 dns-cut-off\n"), "{}", ran.out);
    let list = tree.run("rule list").out;
    assert!(
        list.lines().any(|line| line.starts_with("NW020"))
            && list.lines().any(|line| line.starts_with("NW001"))
    );
    let ids: Vec<&str> = list.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
}
