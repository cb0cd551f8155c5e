//! Kyverno's names of metrics.

use crate::served::{Served, scrape};

const POLICIES: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  rules:
  - name: has-team
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Enforce
      message: who owns it?
      pattern: {metadata: {labels: {team: "?*"}}}
---
apiVersion: kyverno.io/v1
kind: Policy
metadata: {name: label, namespace: shop}
spec:
  background: false
  rules:
  - name: add-label
    match: {any: [{resources: {kinds: [ConfigMap, Pod]}}]}
    mutate: {patchStrategicMerge: {metadata: {labels: {"a\"b": c}}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: images}
spec:
  rules:
  - name: signed
    match: {any: [{resources: {kinds: [Pod]}}]}
    verifyImages: [{imageReferences: ["*"], attestors: [{entries: [{keys: {publicKeys: k}}]}]}]
"#;

fn pod(name: &str, labels: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"shop","labels":{labels}}},"spec":{{"containers":[{{"name":"a","image":"a"}}]}}}}"#
    )
}

/// The lines of Kyverno's metrics, without what depends on how fast the machine is.
fn steady(text: &str) -> String {
    let lines = text.lines().filter(|line| line.contains("kyverno_"));
    let line = |line: &str| {
        let (before, value) = line.rsplit_once(' ').unwrap();
        let is_fast = line.contains("_sum{") || line.contains("_bucket{") && !line.contains("+Inf");
        let value = if is_fast && !line.starts_with('#') { "…" } else { value };
        format!("{before} {value}\n")
    };
    lines.map(line).collect()
}

#[test]
fn the_exposition_is_that_of_kyverno() {
    let served = Served::start(&[("policies.yaml", POLICIES)], "--metrics-names kyverno");
    assert!(served.create("/validate/fail", "1", "Pod", &pod("web", "{}")).is_some());
    assert!(served.create("/validate/fail", "2", "Pod", &pod("db", r#"{"team":"a"}"#)).is_none());
    assert!(served.create("/mutate/fail", "3", "Pod", &pod("db", r#"{"team":"a"}"#)).is_none());
    let text = scrape(served.probes);
    assert!(text.contains("ironhull_admission_requests_total"), "our own names stay");
    insta::assert_snapshot!(steady(&text));
}

#[test]
fn nobody_gets_them_who_did_not_ask() {
    let served = Served::start(&[("policies.yaml", POLICIES)], "");
    assert!(served.create("/validate/fail", "1", "Pod", &pod("web", "{}")).is_some());
    assert!(!scrape(served.probes).contains("kyverno_"));
}
