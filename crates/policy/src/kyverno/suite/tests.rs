//! Tests of the runner on small tests in memory.

use std::collections::BTreeMap;

use ironhull_manifest::{Limits, Parsed, read};
use ironhull_value::Interner;

use super::{Files, Gap, Options, Outcome, Reason, Row, Totals, run};

/// Files in memory.
struct Memory(BTreeMap<&'static str, String>);

impl Files for Memory {
    fn read(&self, path: &str) -> Result<Parsed, String> {
        let text = self.0.get(path).ok_or("there is no such file")?;
        Ok(read(path, text.as_bytes(), &Limits::default(), &mut Interner::new()))
    }

    fn list(&self, path: &str) -> Option<Vec<String>> {
        let inside = format!("{path}/");
        let found: Vec<String> =
            self.0.keys().filter(|name| name.starts_with(&inside)).map(|name| (*name).to_owned()).collect();
        (!found.is_empty()).then_some(found)
    }
}

const POLICY: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: owned}
spec:
  rules:
  - name: has-owner
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    validate:
      message: "{{ request.operation }} by {{ request.userInfo.username || 'nobody' }} at {{ site || 'home' }}"
      pattern: {metadata: {labels: {owner: "?*"}}}
  - name: with-cel
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    validate: {cel: {expressions: [{expression: "true"}]}}
"#;

const RESOURCES: &str = r"
apiVersion: v1
kind: ConfigMap
metadata: {name: good, namespace: a, labels: {owner: me}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: bad}
---
apiVersion: v1
kind: Secret
metadata: {name: other}
---
apiVersion: v1
kind: Secret
metadata: {name: bad}
";

fn files(head: &str, results: &str, more: &[(&'static str, &str)]) -> Memory {
    let test = format!(
        "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {{name: t}}\npolicies: [../p.yaml]\nresources: [r.yaml]\n{head}results:\n{results}"
    );
    let mut all = BTreeMap::from([
        ("t/test.yaml", test),
        ("p.yaml", POLICY.to_owned()),
        ("t/r.yaml", RESOURCES.to_owned()),
    ]);
    all.extend(more.iter().map(|(name, text)| (*name, (*text).to_owned())));
    Memory(all)
}

fn rows(head: &str, results: &str, more: &[(&'static str, &str)]) -> Vec<Row> {
    run("t/test.yaml", &files(head, results, more), Options::default())
}

fn result(rule: &str, resource: &str, result: &str) -> String {
    format!("- {{policy: owned, rule: {rule}, kind: ConfigMap, resources: [{resource}], result: {result}}}\n")
}

fn outcome(results: &str) -> Outcome {
    let rows = rows("", results, &[]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].outcome.clone()
}

#[test]
fn every_row_says_what_became_of_it() {
    let fail = Outcome::Fail;
    for (entry, expected) in [
        (result("has-owner", "good", "pass"), Outcome::Pass),
        (result("has-owner", "a/good", "pass"), Outcome::Pass),
        (result("has-owner", "bad", "fail"), Outcome::Pass),
        (result("has-owner", "default/bad", "fail"), Outcome::Pass),
        (result("has-owner", "good", "fail"), fail(Reason::WrongResult)),
        (result("has-owner", "bad", "pass"), fail(Reason::WrongResult)),
        (result("has-owner", "b/good", "pass"), fail(Reason::NoSuchResource)),
        (result("has-owner", "nobody", "pass"), fail(Reason::NoSuchResource)),
        (result("missing", "good", "pass"), fail(Reason::NoSuchRule)),
        (result("has-owner", "other", "pass"), Outcome::NotMatched),
        (result("has-owner", "other", "skip"), fail(Reason::NothingAnswered)),
        (result("with-cel", "good", "pass"), Outcome::Gap(Gap::Cel)),
        (
            "- {policy: missing, rule: x, kind: ConfigMap, resources: [good], result: pass}\n".to_owned(),
            fail(Reason::NoSuchPolicy),
        ),
    ] {
        assert_eq!(outcome(&entry), expected, "{entry}");
    }
}

#[test]
fn what_was_excluded_passes_only_where_upstream_is_asked_for() {
    let files = files("", &result("has-owner", "other", "fail"), &[]);
    let strict = run("t/test.yaml", &files, Options::default());
    let compat = run("t/test.yaml", &files, Options { compat: true, ..Options::default() });
    assert_eq!(strict[0].outcome, Outcome::Fail(Reason::NothingAnswered));
    assert_eq!(compat[0].outcome, Outcome::Pass);
    assert_eq!(Totals::of(&strict), Totals { failed: 1, ..Totals::default() });
}

#[test]
fn variables_reach_the_rule_and_the_resource() {
    let values = r#"
apiVersion: cli.kyverno.io/v1alpha1
kind: Values
globalValues: {request.operation: UPDATE}
policies:
- name: owned
  resources:
  - {name: good, values: {'request.object.metadata.labels.owner': ""}}
  rules:
  - {name: has-owner, values: {site: work}}
"#;
    let user = "apiVersion: cli.kyverno.io/v1alpha1\nkind: UserInfo\nuserInfo: {username: eve}\n";
    let rows = rows(
        "variables: v.yaml\nuserinfo: u.yaml\n",
        &result("has-owner", "good", "fail"),
        &[("t/v.yaml", values), ("t/u.yaml", user)],
    );
    assert_eq!(rows[0].outcome, Outcome::Pass, "{rows:?}");
    assert!(rows[0].got[0].message.contains("UPDATE by eve at work"), "{rows:?}");
}

#[test]
fn an_operation_has_a_run_of_its_own() {
    let entry = "- {policy: owned, rule: has-owner, kind: ConfigMap, resources: [bad], result: fail, operation: UPDATE}\n";
    let rows = rows("", &(entry.to_owned() + &result("has-owner", "bad", "fail")), &[]);
    let said: Vec<bool> = rows.iter().map(|row| row.got[0].message.contains("UPDATE")).collect();
    assert_eq!(said, [true, false]);
}

#[test]
fn names_of_fields_match_in_any_case_and_the_old_form_is_read() {
    let old = "name: t\npolicies: [../p.yaml]\nResources: [r.yaml]\nresults:\n- {policy: owned, rule: has-owner, resource: good, namespace: a, kind: ConfigMap, Status: pass}\n";
    let rows = rows("", "", &[("t/test.yaml", old)]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].outcome, Outcome::Pass, "{rows:?}");
}

#[test]
fn what_cannot_be_read_is_a_failure() {
    for (head, more, part) in [
        ("polices: []\n", &[][..], "unknown field `polices`"),
        ("variables: none.yaml\n", &[][..], "cannot read t/none.yaml"),
        ("", &[("t/r.yaml", "a: [")][..], "cannot read t/r.yaml"),
        ("", &[("t/r.yaml", "a: b")][..], "no object"),
        ("", &[("t/test.yaml", "results: [{policy: a, result: maybe}]")][..], "`maybe` is no result"),
    ] {
        let rows = rows(head, &result("has-owner", "good", "pass"), more);
        assert_eq!(rows.len(), 1);
        let Outcome::Fail(Reason::NotRun(why)) = &rows[0].outcome else { panic!("{rows:?}") };
        assert!(why.contains(part), "{why}");
    }
    let wrong = POLICY.replace("pattern", "patern");
    let rows = rows("", &result("has-owner", "good", "pass"), &[("p.yaml", &wrong)]);
    assert!(matches!(rows[0].outcome, Outcome::Fail(Reason::InvalidPolicy(_))), "{rows:?}");
}

#[test]
fn a_test_may_have_a_cluster_and_global_entries() {
    let policy = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: owned}
spec:
  rules:
  - name: looks-up
    match: {any: [{resources: {kinds: [ConfigMap]}}]}
    context:
    - {name: map, configMap: {name: settings, namespace: kube-system}}
    - {name: space, apiCall: {urlPath: "/api/v1/namespaces/{{ request.namespace }}", jmesPath: metadata.labels.team}}
    - {name: answer, apiCall: {method: GET, service: {url: "https://x.example/ok"}, jmesPath: allowed}}
    - {name: teams, globalReference: {name: entry.names}}
    validate:
      message: "{{ map.data.a }} {{ space }} {{ answer }} {{ teams }}"
      deny: {conditions: {any: [{key: "{{ map.data.a }}", operator: Equals, value: one}]}}
"#;
    let cluster = r"
apiVersion: cli.kyverno.io/v1alpha1
kind: ClusterResource
metadata: {name: c}
spec:
  resources:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: kube-system}, data: {a: one}}
  - {apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {team: red}}}
  - {apiVersion: v1, kind: Namespace, metadata: {name: default}}
";
    let head = "clusterResources: [c.yaml]\napiCallResponses: [{url: 'https://x.example/ok', response: {body: {allowed: true}}}]\nglobalContextEntries: [{name: entry, data: {teams: [red]}, projections: [{name: names, path: teams}]}]\n";
    let rows =
        rows(head, &result("looks-up", "a/good", "fail"), &[("p.yaml", policy), ("t/c.yaml", cluster)]);
    assert_eq!(rows[0].outcome, Outcome::Pass, "{rows:?}");
    assert_eq!(rows[0].got[0].message, "one red true [\"red\"]");
}
