//! `ironhull policy apply`.

use crate::run::Tree;

const POLICY: &[u8] = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: owner
  annotations: {policies.kyverno.io/severity: high}
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
  name: good
  labels: {owner: me}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: bad
  labels:
    owner: ''
spec: {containers: [{name: c, image: i}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: many}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: c, image: i}]}
";

const EXCEPTION: &[u8] = b"apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: old, namespace: default}
spec:
  match: {any: [{resources: {kinds: [Pod], names: [bad]}}]}
  exceptions: [{policyName: owner, ruleNames: [is-named]}]
";

#[test]
fn resources_are_judged_with_their_lines() {
    let tree = Tree::new(&[("policy.yaml", POLICY), ("pods.yaml", PODS)]);
    let ran = tree.run("policy apply policy.yaml -r pods.yaml");
    assert_eq!(ran.code, 1, "{}", ran.err);
    for part in [
        "pods.yaml:13:5: high owner/is-named validation error: Say whose it is. rule is-named failed at path \
         /metadata/labels/owner/ [Pod bad]",
        "owner/autogen-is-named validation error: Say whose it is. rule autogen-is-named failed at path \
         /spec/template/metadata/labels/owner/ [Deployment many]",
        "2 findings: 2 high",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    assert_eq!(tree.run("policy apply policy.yaml -r pods.yaml --fail-on critical").code, 0);
    let ran = tree.run("policy apply policy.yaml -r pods.yaml -o junit");
    assert!(ran.out.contains("failures=\"2\"") && ran.out.contains("Pod good"), "{}", ran.out);
}

#[test]
fn an_exception_counts_where_it_is_given() {
    let tree = Tree::new(&[("policy.yaml", POLICY), ("pods.yaml", PODS), ("exception.yaml", EXCEPTION)]);
    let ran = tree.run("policy apply policy.yaml -r pods.yaml --exception exception.yaml");
    assert!(ran.out.contains("1 finding: 1 high") && !ran.out.contains("Pod bad"), "{}", ran.out);
    let ran = tree.run("policy apply policy.yaml exception.yaml -r pods.yaml");
    assert!(ran.out.contains("2 findings"), "{}", ran.out);
    assert!(ran.err.contains("counts only where it is given with --exception"), "{}", ran.err);
    assert_eq!(tree.run("policy apply policy.yaml -r pods.yaml -e policy.yaml").code, 2);
}

#[test]
fn what_is_not_evaluated_is_an_error_and_no_pass() {
    let cel = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: cel}
spec:
  rules:
  - name: expressions
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {cel: {expressions: [{expression: 'true'}]}}
";
    let other = b"apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: other}
spec: {}
";
    let wrong = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: wrong}
spec:
  rules:
  - name: typo
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {patern: {metadata: {name: a}}}
";
    let tree = Tree::new(&[
        ("cel.yaml", cel),
        ("other.yaml", other),
        ("wrong.yaml", wrong),
        ("pods.yaml", PODS),
        ("empty.yaml", b"a: b\n"),
    ]);
    for (file, reason) in [
        ("cel.yaml", "`validate.cel` is not supported yet"),
        ("other.yaml", "ValidatingPolicy are"),
        ("wrong.yaml", "patern"),
    ] {
        let ran = tree.run(&format!("policy apply {file} -r pods.yaml"));
        assert_eq!(ran.code, 1, "{file}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("Nothing was judged") && ran.out.contains(reason), "{file}: {}", ran.out);
    }
    let ran = tree.run("policy apply pods.yaml -r pods.yaml");
    assert!(ran.code == 2 && ran.err.contains("there is no ClusterPolicy"), "{}", ran.err);
    assert_eq!(tree.run("policy apply cel.yaml -r empty.yaml").code, 2);
    assert_eq!(tree.run("policy apply cel.yaml -r nowhere.yaml").code, 2);
}

#[test]
fn changed_and_made_objects_are_written() {
    let rules = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: both}
spec:
  rules:
  - name: change
    match: {any: [{resources: {kinds: [Namespace]}}]}
    mutate: {patchStrategicMerge: {metadata: {labels: {+(team): nobody}}}}
  - name: make
    match: {any: [{resources: {kinds: [Namespace]}}]}
    generate:
      apiVersion: v1
      kind: ConfigMap
      name: about
      namespace: '{{ request.object.metadata.name }}'
      data: {data: {team: '{{ request.object.metadata.labels.team }}'}}
";
    let namespace = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n";
    let tree = Tree::new(&[("rules.yaml", rules), ("namespace.yaml", namespace)]);
    let ran = tree.run("policy apply rules.yaml -r namespace.yaml -o yaml=changed.yaml");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let changed = std::fs::read_to_string(tree.path().join("changed.yaml")).unwrap();
    assert!(changed.contains("team: nobody"), "{changed}");
    assert!(changed.contains("kind: ConfigMap") && changed.contains("name: about"), "{changed}");
    assert_eq!(changed.matches("nobody").count(), 2, "the made object sees the change:\n{changed}");
}
