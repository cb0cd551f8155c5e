//! `ironhull policy explain`.

use crate::run::Tree;

const POLICY: &[u8] = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: owner}
spec:
  rules:
  - name: is-named
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      message: Say whose it is.
      pattern: {metadata: {labels: {owner: '?*'}}}
";

const PODS: &[u8] = b"apiVersion: v1
kind: Pod
metadata:
  name: bad
  labels:
    owner: ''
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: good, labels: {owner: me}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
";

fn tree() -> Tree {
    Tree::new(&[("policy.yaml", POLICY), ("pods.yaml", PODS)])
}

#[test]
fn what_decides_has_its_place_in_both_files() {
    let ran = tree().run("policy explain policy.yaml -r pods.yaml");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for part in [
        "Pod bad  pods.yaml:1:1\n",
        "    ✗ is-named: fail  policy.yaml:6:5\n",
        "        ✗ metadata.labels.owner is \"\", and must match \"?*\"  ← decides\n",
        "            policy policy.yaml:10:37, resource pods.yaml:6:5\n",
        "      says: validation error: Say whose it is. rule is-named failed at path /metadata/labels/owner/\n",
        "    ✓ is-named: pass",
        "    – autogen-is-named (made from is-named): not asked, it is for DaemonSet, Deployment and 4 more kinds",
        "No policy is about ConfigMap other.\n",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    let colored = tree().run("policy explain policy.yaml -r pods.yaml --color always");
    assert!(colored.out.contains("\u{1b}[1m"), "{}", colored.out);
}

#[test]
fn messages_are_those_of_apply() {
    let tree = tree();
    let json = |command: &str| -> serde_json::Value {
        let ran = tree.run(&format!("policy {command} policy.yaml -r pods.yaml -o json"));
        serde_json::from_str(&ran.out).unwrap()
    };
    let (applied, explained) = (json("apply").to_string(), json("explain").to_string());
    let message = "validation error: Say whose it is. rule is-named failed at path /metadata/labels/owner/";
    assert!(applied.contains(message) && explained.contains(message), "{applied}\n{explained}");
}

#[test]
fn one_rule_and_one_resource_can_be_asked_for() {
    let tree = tree();
    let ran = tree.run("policy explain policy.yaml -r pods.yaml --rule is-named --only Pod/good --full");
    assert!(ran.out.contains("Pod good") && !ran.out.contains("Pod bad"), "{}", ran.out);
    assert!(ran.out.contains("metadata.labels.owner is \"me\", and matches \"?*\""), "{}", ran.out);
    let ran = tree.run("policy explain policy.yaml -r pods.yaml --rule is-nmaed");
    assert!(ran.code == 2 && ran.err.contains("no policy has a rule that is called is-nmaed"), "{}", ran.err);
    let ran = tree.run("policy explain policy.yaml -r pods.yaml --only nobody");
    assert!(ran.code == 2 && ran.err.contains("no resource is called nobody"), "{}", ran.err);
    assert_eq!(tree.run("policy explain policy.yaml -r nowhere.yaml").code, 2);
    assert_eq!(tree.run("policy explain policy.yaml -r pods.yaml -o sarif").code, 2);
    assert_eq!(tree.run("policy explain policy.yaml -r pods.yaml -o md -o json").code, 2);
}

#[test]
fn a_policy_that_is_not_understood_says_why_and_others_are_explained() {
    let tree = tree();
    tree.write("wrong.yaml", &String::from_utf8_lossy(POLICY).replace("pattern", "patern").into_bytes());
    let ran = tree.run("policy explain wrong.yaml policy.yaml -r pods.yaml");
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in ["not understood", "unknown field `patern`", "wrong.yaml:10:7", "is-named: fail"] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    assert_eq!(tree.run("policy explain wrong.yaml -r pods.yaml").code, 2);
}

#[test]
fn an_exception_counts_and_every_form_is_written() {
    let tree = tree();
    tree.write(
        "exception.yaml",
        b"apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: old, namespace: default}
spec:
  match: {any: [{resources: {kinds: [Pod], names: [bad]}}]}
  exceptions: [{policyName: owner, ruleNames: [is-named]}]
",
    );
    let ran = tree.run(
        "policy explain policy.yaml -r pods.yaml -e exception.yaml -o text -o json=a.json -o md=a.md -o html=a.html",
    );
    assert!(ran.out.contains("exception default/old applies  ← decides  exception.yaml:1:1"), "{}", ran.out);
    for (file, part) in
        [("a.json", "\"exception\": \"default/old\""), ("a.md", "**exception"), ("a.html", "<strong>")]
    {
        let text = std::fs::read_to_string(tree.path().join(file)).unwrap();
        assert!(text.contains(part), "no {part:?} in {file}:\n{text}");
    }
}
