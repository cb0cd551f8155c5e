//! `ironhull policy test`.

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
metadata: {name: good, labels: {owner: me}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bad}
spec: {containers: [{name: c, image: i}]}
";

/// A test with one result for the Pod `bad`.
fn case(rule: &str, expected: &str) -> Vec<u8> {
    format!(
        "apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata: {{name: owners}}
policies: [policy.yaml]
resources: [pods.yaml]
results:
- {{policy: owner, rule: {rule}, kind: Pod, resources: [bad], result: {expected}}}
"
    )
    .into_bytes()
}

#[test]
fn a_row_is_as_expected_or_it_is_not() {
    let tree = Tree::new(&[
        ("t/policy.yaml", POLICY),
        ("t/pods.yaml", PODS),
        ("t/kyverno-test.yaml", &case("is-named", "fail")),
    ]);
    // A link that leads back is not followed.
    std::os::unix::fs::symlink("..", tree.path().join("t/back")).unwrap();
    let ran = tree.run("policy test");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("1 rows in 1 files: 1 passed, 0 not matched, 0 failed"), "{}", ran.out);

    tree.write("t/kyverno-test.yaml", &case("is-named", "pass"));
    let ran = tree.run("policy test t --fail-only");
    assert_eq!(ran.code, 1);
    for part in [
        "t/kyverno-test.yaml\n",
        "fail          owner / is-named / Pod default/bad (expects pass): wrong result",
        "is-named: fail: validation error: Say whose it is. rule is-named failed at path /metadata/labels/",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    for part in [
        "                  ✗ is-named: fail  t/policy.yaml:6:5\n",
        "✗ metadata.labels is not there, and must be an object  ← decides",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    let ran = tree.run("policy test t -o json");
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["rows"][0]["outcome"], "fail");
    assert_eq!(json["rows"][0]["trace"][0]["status"], "fail");
    assert_eq!(json["totals"]["failed"], 1);
}

#[test]
fn what_proves_nothing_is_no_pass_but_with_compat() {
    let tree = Tree::new(&[
        ("policy.yaml", POLICY),
        ("pods.yaml", PODS),
        ("kyverno-test.yaml", &case("is-gone", "pass")),
    ]);
    let ran = tree.run("policy test .");
    assert!(ran.code == 1 && ran.out.contains("no such rule"), "{}", ran.out);
    assert_eq!(tree.run("policy test . --compat").code, 0);
}

#[test]
fn a_test_that_cannot_be_run_fails_and_says_why() {
    let tree = Tree::new(&[("policy.yaml", POLICY), ("kyverno-test.yaml", &case("is-named", "fail"))]);
    let ran = tree.run("policy test .");
    assert!(ran.code == 1 && ran.out.contains("cannot read pods.yaml"), "{}", ran.out);
    tree.write("kyverno-test.yaml", b"a: [\n");
    let ran = tree.run("policy test .");
    assert!(ran.code == 1 && ran.out.contains("kyverno-test.yaml"), "{}", ran.out);
    let ran = tree.run("policy test . --file-name other.yaml");
    assert!(ran.code == 2 && ran.err.contains("--file-name chooses another name"), "{}", ran.err);
    assert_eq!(tree.run("policy test nowhere").code, 2);
}

#[test]
fn rows_are_a_table_and_junit() {
    let tree = Tree::new(&[
        ("policy.yaml", POLICY),
        ("pods.yaml", PODS),
        ("kyverno-test.yaml", &case("is-named", "pass")),
        ("other/kyverno-test.yaml", b"a: [\n"),
    ]);
    let ran = tree.run("policy test . -o table -o junit=rows.xml");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("│ owner  │ is-named │ Pod default/bad │ pass     │ fail │ fail:"),
        "{}",
        ran.out
    );
    let xml = std::fs::read_to_string(tree.path().join("rows.xml")).unwrap();
    for part in [
        "<testsuites name=\"ironhull\" tests=\"2\" failures=\"1\" errors=\"1\" skipped=\"0\"",
        "<testsuite name=\"kyverno-test.yaml\"",
        "<testcase classname=\"owner/is-named\" name=\"Pod default/bad (expects pass)\" file=\"kyverno-test.yaml\"",
        "<failure message=\"wrong result\"",
        "← decides",
        "<error message=\"",
    ] {
        assert!(xml.contains(part), "no {part:?} in\n{xml}");
    }
}
