//! What is wrong with policies and resources is told with its place, and the others go on.

use std::fmt::Write as _;

use crate::run::Tree;

const POD: &[u8] = b"apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: 'nginx:1'}]}
";

const GOOD: &str = "---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: good}
spec:
  rules:
  - name: named
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {message: good says so, pattern: {metadata: {name: other}}}
";

/// A policy with one rule, below line 6, and one that is right.
fn policy(rule: &str) -> String {
    format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {{name: bad}}
spec:
  rules:
  - name: rule
    match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}
{rule}{GOOD}"
    )
}

#[test]
fn a_policy_that_is_wrong_is_refused_with_its_line_and_the_others_go_on() {
    for (rule, place, why) in [
        (
            "    validate: {patern: {a: b}}\n",
            "policy.yaml:8:16",
            "unknown field `patern`; did you mean `pattern`?",
        ),
        (
            "    validate: {pattern: {a: b}}\n    mutate: {patchStrategicMerge: {a: b}}\n",
            "policy.yaml:6:",
            "a rule does one thing, this one has validate and mutate",
        ),
        ("    validate: {pattern: {a: b}, deny: {}}\n", "policy.yaml:8:5", "`validate` has exactly one of"),
        (
            "    validate: {message: [a], pattern: {a: b}}\n",
            "policy.yaml:8:",
            "`message` must be a text, is an array",
        ),
        ("    validate: {deny: {conditions: {all: [{key: a, operator: Is}]}}}\n", "policy.yaml:8:", "Is"),
        ("", "policy.yaml:6:", "a rule needs one of validate, mutate, generate, verifyImages"),
    ] {
        let tree = Tree::new(&[("policy.yaml", policy(rule).as_bytes()), ("pod.yaml", POD)]);
        let ran = tree.run("policy apply policy.yaml -r pod.yaml");
        let told = ran.err.lines().any(|line| line.starts_with(place) && line.contains(why));
        assert!(ran.code == 1 && told, "{rule}\nno {place} {why} in\n{}", ran.err);
        assert!(ran.out.contains("good says so"), "the other policy goes on:\n{}", ran.out);
        assert!(ran.out.contains("pass: 0, fail: 1, warn: 0, error: 1, skip: 0"), "{}", ran.out);
    }
}

#[test]
fn what_shows_only_with_a_resource_is_an_error_of_the_rule() {
    let denied = |context: &str, key: &str| {
        format!(
            "    context: {context}\n    validate: {{deny: {{conditions: {{all: [{{key: \"{key}\", operator: Equals, value: a}}]}}}}}}\n"
        )
    };
    let circle = "[{name: a, variable: {jmesPath: b}}, {name: b, variable: {jmesPath: a}}]";
    for (rule, why) in [
        (denied("[]", "{{ nowhere }}"), "Unknown key \\\"nowhere\\\" in path"),
        (denied("[]", "{{ request.object.[ }}"), "failed to resolve request.object.["),
        (denied("[]", "{{ lenght(@) }}"), "lenght"),
        (denied(circle, "{{ a }}"), "failed to substitute variables in condition key"),
        (
            "    validate: {pattern: {metadata: {name: \"{{ request.object.metadata.missing }}\"}}}\n"
                .to_owned(),
            "variable substitution failed",
        ),
    ] {
        let tree = Tree::new(&[("policy.yaml", policy(&rule).as_bytes()), ("pod.yaml", POD)]);
        let ran = tree.run("policy apply policy.yaml -r pod.yaml -o json");
        assert!(ran.code == 1 && ran.out.contains(why), "{rule}\nno {why} in\n{}", ran.out);
        assert!(ran.out.contains("good says so"), "the other policy goes on:\n{}", ran.out);
    }
}

#[test]
fn a_resource_that_is_no_object_loses_nothing_else() {
    let resources = [b"- a\n- b\n---\njust a text\n---\nkind: Pod\n---\nkind: [\n---\n", POD].concat();
    let tree = Tree::new(&[("policy.yaml", GOOD.as_bytes()), ("pod.yaml", &resources)]);
    let ran = tree.run("policy apply policy.yaml -r pod.yaml");
    assert!(ran.code == 1 && ran.out.contains("good says so"), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("not read:"), "{}", ran.err);
}

#[test]
fn what_cannot_be_read_is_no_pass() {
    let good = GOOD.replace("name: other", "name: web");
    let policies = [good.as_bytes(), b"---\nkind: [\n"].concat();
    let pods = [POD, b"---\nkind: [\n"].concat();
    let tree = Tree::new(&[
        ("good.yaml", good.as_bytes()),
        ("policies.yaml", &policies),
        ("pod.yaml", POD),
        ("pods.yaml", &pods),
    ]);
    assert_eq!(tree.run("policy apply good.yaml -r pod.yaml").code, 0);
    for words in ["policies.yaml -r pod.yaml", "good.yaml -r pods.yaml"] {
        let ran = tree.run(&format!("policy apply {words}"));
        assert!(ran.code == 1 && ran.out.contains("1 finding"), "{words}: {}\n{}", ran.code, ran.out);
        assert!(ran.err.contains("not read: YAML syntax"), "{words}: {}", ran.err);
    }
    assert_eq!(tree.run("scan pod.yaml --policy policies.yaml --fail-on critical").code, 0);
    let ran = tree.run("scan pod.yaml --policy policies.yaml");
    assert!(ran.out.contains("policies.yaml"), "{}", ran.out);
}

#[test]
fn a_policy_with_ten_thousand_rules_ends() {
    let mut text = String::from(
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: many}\nspec:\n  rules:\n",
    );
    for number in 0..10_000 {
        let _ = writeln!(
            text,
            "  - {{name: r{number}, match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}, validate: {{pattern: {{metadata: {{name: web}}}}}}}}"
        );
    }
    let tree = Tree::new(&[("policy.yaml", text.as_bytes()), ("pod.yaml", POD)]);
    let ran = tree.run("policy apply policy.yaml -r pod.yaml");
    assert!(ran.code == 0 && ran.out.contains("pass: 10000, fail: 0"), "{} {}", ran.code, ran.err);
}
