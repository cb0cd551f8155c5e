//! `ironhull policy lint`.

use crate::run::Tree;

const POLICY: &[u8] = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: careful
spec:
  validationFailureAction: Enforce
  rules:
  - name: no-privileges
    match: {any: [{resources: {kinds: [pod]}}]}
    validate:
      mesage: Nobody is privileged.
      pattern:
        spec:
          containers: [{image: '!a | !b'}]
";

const CRD: &[u8] = b"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  names: {kind: Shop, plural: shops}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true}]
";

#[test]
fn findings_have_their_lines_and_the_gate_is_at_medium() {
    let tree = Tree::new(&[("policy.yaml", POLICY)]);
    let ran = tree.run("policy lint policy.yaml");
    assert_eq!(ran.code, 1, "{}", ran.err);
    for part in [
        "policy.yaml:6:3: low PO018",
        "policy.yaml:9:40: high PO015 there is no kind `pod`; it is written `Pod`",
        "policy.yaml:11:7: high PO001 unknown field `mesage`; did you mean `message`?",
        "policy.yaml:14:25: medium PO010 every value matches",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    assert_eq!(tree.run("policy lint policy.yaml --fail-on critical").code, 0);
    assert_eq!(tree.run("policy lint policy.yaml --fail-on never").code, 0);
    let ran = tree.run("policy lint policy.yaml --rule deprecated-field");
    assert_eq!((ran.code, ran.out.contains("PO015")), (0, false), "{}", ran.out);
    let ran = tree.run("policy lint policy.yaml --skip-rule PO001,PO010,PO015");
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn every_format_has_the_findings() {
    let tree = Tree::new(&[("policy.yaml", POLICY)]);
    for format in ["text", "text-full", "table", "json", "sarif", "junit", "md", "html", "csv"] {
        let ran = tree.run(&format!("policy lint policy.yaml -o {format}"));
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        assert!(ran.out.contains("PO015"), "{format}: {}", ran.out);
    }
    let ran = tree.run("policy lint policy.yaml --rule PO010 -o text-full");
    assert!(ran.out.contains("image: '!a & !b'") || ran.out.contains("!a & !b"), "{}", ran.out);
}

#[test]
fn findings_are_accepted_with_a_reason() {
    let accepted = String::from_utf8_lossy(POLICY).replace(
        "  validationFailureAction",
        "  # ironhull:allow PO018 an old cluster reads this one\n  validationFailureAction",
    );
    let tree = Tree::new(&[("policy.yaml", accepted.as_bytes())]);
    let ran = tree.run("policy lint policy.yaml --rule PO018 --fail-on low");
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn kinds_and_samples_come_from_resources() {
    let policy = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: shops}
spec:
  rules:
  - name: r
    match: {any: [{resources: {kinds: [Shop]}}]}
    mutate:
      patchesJson6902: |-
        - {op: add, path: /spec/doors/-, value: back}
";
    let shop = b"apiVersion: example.com/v1
kind: Shop
metadata: {name: corner}
spec: {doors: [front]}
";
    let tree = Tree::new(&[("policy.yaml", policy), ("crd.yaml", CRD), ("shop.yaml", shop)]);
    let ran = tree.run("policy lint policy.yaml -o json");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("its CRD is not among the input"), "{}", ran.out);
    let ran = tree.run("policy lint policy.yaml -r crd.yaml -r shop.yaml");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("PO022") && ran.out.contains("add /spec/doors/2 back"), "{}", ran.out);
    assert!(!ran.out.contains("its CRD"), "{}", ran.out);
}

#[test]
fn lint_refuses_what_it_cannot_do() {
    let tree = Tree::new(&[("policy.yaml", POLICY), ("crd.yaml", CRD)]);
    let ran = tree.run("policy lint crd.yaml");
    assert!(ran.code == 2 && ran.err.contains("there is no policy"), "{}", ran.err);
    assert_eq!(tree.run("policy lint nowhere.yaml").code, 2);
    assert_eq!(tree.run("policy lint").code, 2);
    let ran = tree.run("policy lint policy.yaml --rule NW009");
    assert!(ran.code == 2 && ran.err.contains("none of these rules is one of `policy lint`"), "{}", ran.err);
    let ran = tree.run("policy lint policy.yaml --rule unknown-kin");
    assert!(ran.code == 2 && ran.err.contains("did you mean `unknown-kind`"), "{}", ran.err);
    // A scan does not ask for these rules.
    assert!(!tree.run("scan policy.yaml").out.contains("PO015"));
}

#[test]
fn the_rules_explain_themselves() {
    let tree = Tree::new(&[]);
    let ran = tree.run("rule PO027");
    assert!(ran.code == 0 && ran.out.starts_with("# PO027 refuses-plain-pod\n"), "{}", ran.out);
}
