//! Exit codes, selection, suppression and configuration.

use crate::run::{BAD, GOOD, Tree};

#[test]
fn findings_of_medium_and_above_trip_the_gate() {
    let tree = Tree::new(&[("bad.yaml", BAD), ("good.yaml", GOOD)]);
    for (words, code) in [
        ("scan good.yaml", 0),
        ("scan bad.yaml", 1),
        ("scan bad.yaml --exit-zero", 0),
        ("scan bad.yaml --fail-on never", 0),
        ("scan bad.yaml --rule WL017", 0),
        ("scan bad.yaml --rule WL017 --fail-on low", 1),
        ("scan bad.yaml --rule CKV_K8S_16", 1),
        ("scan bad.yaml --skip-rule privileged-container --fail-on critical", 0),
        ("scan bad.yaml --severity critical", 1),
        ("scan bad.yaml -l app=other", 2),
    ] {
        let ran = tree.run(words);
        assert_eq!(ran.code, code, "{words}: {ran:?}");
    }
}

#[test]
fn an_error_trips_the_gate_of_its_severity() {
    // A selector that is not valid: nobody can say whether the policy selects the pod.
    let text = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {matchLabels: {'a@b': c}}}
";
    let tree = Tree::new(&[("a.yaml", text.as_bytes()), ("good.yaml", GOOD)]);
    let ran = tree.run("scan . --rule NW001,NW003");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("ended in an error") && ran.out.contains("Errors"), "{ran:?}");
    assert_eq!(tree.run("scan . --rule NW001,NW003 --fail-on high").code, 0);
    assert_eq!(tree.run("scan . --rule NW001,NW003 --fail-on never").code, 0);
}

#[test]
fn an_accepted_finding_does_not_count_and_an_idle_acceptance_does() {
    let text = String::from_utf8(BAD.to_vec()).unwrap();
    let accepted =
        text.replace("privileged: true", "privileged: true # ironhull:allow WL001 needs the devices");
    let tree = Tree::new(&[("a.yaml", accepted.as_bytes())]);
    let ran = tree.run("scan a.yaml --rule WL001");
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = tree.run("scan a.yaml -o json --exit-zero");
    assert!(ran.out.contains("needs the devices"), "{}", ran.out);
    let expired = accepted.replace("allow WL001", "allow WL001 until=2020-01-01");
    tree.write("b.yaml", expired.as_bytes());
    let ran = tree.run("scan b.yaml --rule WL001");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("CL009"), "{}", ran.out);
    let idle = String::from_utf8(GOOD.to_vec())
        .unwrap()
        .replace("kind: Pod", "kind: Pod # ironhull:allow WL001 once");
    tree.write("c.yaml", idle.as_bytes());
    let ran = tree.run("scan c.yaml");
    assert!(ran.out.contains("CL008"), "{}", ran.out);
}

#[test]
fn an_annotation_accepts_for_one_container() {
    let text = "apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations: {allow.ironhull.dev/WL001.one: it builds images}
spec:
  containers:
  - {name: one, image: 'x:1', securityContext: {privileged: true}}
  - {name: two, image: 'x:1', securityContext: {privileged: true}}
";
    let ran = Tree::new(&[("a.yaml", text.as_bytes())]).run("scan a.yaml --rule WL001");
    let lines = ran.out.lines().filter(|line| line.contains("WL001")).count();
    assert_eq!((ran.code, lines), (1, 1), "{}", ran.out);
}

#[test]
fn the_configuration_is_found_upward_and_flags_win() {
    let tree = Tree::new(&[
        (".ironhull.yaml", b"scan: {failOn: never, rules: {skip: [WL001]}}\n"),
        ("x/bad.yaml", BAD),
    ]);
    let ran = tree.run("scan x");
    assert!(ran.code == 0 && !ran.out.contains("WL001"), "{ran:?}");
    assert_eq!(tree.run("scan x --fail-on medium").code, 1);
}

#[test]
fn mistakes_in_the_configuration_have_a_line_and_a_suggestion() {
    for (text, message) in [
        ("scan:\n  failon: high\n", ".ironhull.yaml:2:3: there is no field `failon`; did you mean `failOn`?"),
        ("scan:\n  failOn: hihg\n", ".ironhull.yaml:2:3: `hihg` is not known here; did you mean `high`?"),
        ("scan:\n  include: x\n", ".ironhull.yaml:2:3: expected array, found string"),
        ("scan: [\n", ".ironhull.yaml:"),
        ("carriers: [{group: g, kind: k, path: p, shape: pod}]\n", "`pod` is not known here"),
        ("scan: {rules: {skip: [WL999]}}\n", "there is no rule `WL999`"),
    ] {
        let tree = Tree::new(&[(".ironhull.yaml", text.as_bytes()), ("a.yaml", BAD)]);
        let ran = tree.run("scan a.yaml");
        assert_eq!(ran.code, 2, "{text}: {ran:?}");
        assert!(ran.err.contains(message), "{text}: {}", ran.err);
    }
}

#[test]
fn a_carrier_from_the_configuration_is_judged() {
    let tree = Tree::new(&[
        (".ironhull.yaml", b"carriers: [{group: example.com, kind: Batch, path: 'spec.steps[*].pod', shape: podSpec}]\n"),
        ("a.yaml", b"apiVersion: example.com/v1\nkind: Batch\nmetadata: {name: a}\nspec:\n  steps:\n  - pod:\n      hostPID: true\n      containers: [{name: c, image: 'x:1'}]\n"),
    ]);
    let ran = tree.run("scan a.yaml --rule WL002");
    assert!(ran.code == 1 && ran.out.contains("a.yaml:7:7"), "{ran:?}");
}

#[test]
fn several_outputs_in_one_run() {
    let tree = Tree::new(&[("bad.yaml", BAD)]);
    let ran = tree.run("scan bad.yaml -o text -o json=out/a.json -o sarif=out/a.sarif -o html=out/a.html -o junit=out/a.xml -o md=out/a.md -o csv=out/a.csv");
    assert_eq!(ran.code, 1, "{ran:?}");
    for file in ["a.json", "a.sarif", "a.html", "a.xml", "a.md", "a.csv"] {
        let text = std::fs::read_to_string(tree.path().join("out").join(file)).unwrap();
        assert!(text.contains("WL001"), "{file}");
    }
}
