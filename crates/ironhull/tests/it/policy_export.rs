//! What is exported, and what is left out because of exceptions.

use crate::run::Tree;

const POLICY: &[u8] = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: labels}
spec:
  rules:
  - name: team
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    validate: {message: m, pattern: {metadata: {labels: {team: '?*'}}}}
  - name: tier
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    validate: {message: m, pattern: {metadata: {labels: {tier: '?*'}}}}
";

fn exception(expires: &str, what: &str) -> String {
    format!(
        "apiVersion: ironhull.dev/v1alpha1
kind: Exception
metadata: {{name: x, namespace: ironhull-system}}
spec: {{owner: a, reason: b, expires: '{expires}', match: {{namespaces: [shop]}}, {what}}}
"
    )
}

#[test]
fn a_rule_that_an_exception_of_ours_is_about_is_left_out() {
    let of_rule = "policies: [{name: labels, rules: [team]}]";
    let never = "9999-01-01T00:00:00Z";
    let (holds, ended) = (exception(never, of_rule), exception("2001-01-01T00:00:00Z", of_rule));
    let tree = Tree::new(&[
        ("policy.yaml", POLICY),
        ("holds.yaml", holds.as_bytes()),
        ("ended.yaml", ended.as_bytes()),
        ("broken.yaml", exception("soon", of_rule).as_bytes()),
        ("waives.yaml", exception(never, "podSecurity: {checks: [hostPathVolumes]}").as_bytes()),
    ]);
    let (team, tier) = ("name: ironhull.labels.team\n", "name: ironhull.labels.tier\n");
    for (words, code, has_team, told) in [
        ("policy.yaml", 0, true, ""),
        ("policy.yaml -e holds.yaml", 1, false, "rule team: left out: the exception ironhull-system/x"),
        ("policy.yaml -e ended.yaml", 0, true, "it has ended, and excepts nothing"),
        (
            "policy.yaml -e broken.yaml",
            0,
            true,
            "broken.yaml:1:1: Exception ironhull-system/x: spec.expires is",
        ),
        ("policy.yaml -e waives.yaml", 0, true, ""),
        ("policy.yaml -e waives.yaml --pod-security baseline", 1, true, "refuses what this one lets through"),
    ] {
        let ran = tree.run(&format!("policy export {words}"));
        assert_eq!(ran.code, code, "{words}: {}", ran.err);
        assert_eq!(
            (ran.out.contains(team), ran.out.contains(tier)),
            (has_team, true),
            "{words}: {}",
            ran.err
        );
        assert!(ran.err.contains(told), "{words}: {}", ran.err);
    }
    let ran = tree.run("policy export policy.yaml -e policy.yaml");
    assert!(ran.code == 2 && ran.err.contains("there is no PolicyException"), "{}", ran.err);
}
