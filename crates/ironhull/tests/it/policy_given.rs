//! What policies would do, and what they look up where there is no cluster.

use crate::run::Tree;

const POD: &[u8] = b"apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: 'nginx:1'}]}
";

/// One rule about pods that is denied unless `condition` holds.
fn denied_unless(context: &str, condition: &str) -> Vec<u8> {
    format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {{name: asks}}
spec:
  rules:
  - name: rule
    match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}
    context: {context}
    validate:
      message: \"no\"
      deny: {{conditions: {{all: [{{key: \"{condition}\", operator: NotEquals, value: good}}]}}}}
"
    )
    .into_bytes()
}

#[test]
fn variables_and_users_come_from_files() {
    let values = b"apiVersion: cli.kyverno.io/v1alpha1
kind: Values
policies: [{name: asks, rules: [{name: rule, values: {site: good}}]}]
namespaceSelector: [{name: shop, labels: {team: a}}]
";
    let user = b"apiVersion: cli.kyverno.io/v1alpha1
kind: UserInfo
userInfo: {username: good}
";
    let tree = Tree::new(&[
        ("site.yaml", &denied_unless("[]", "{{ site }}")),
        ("user.yaml", &denied_unless("[]", "{{ request.userInfo.username }}")),
        ("pod.yaml", POD),
        ("values.yaml", values),
        ("who.yaml", user),
        ("wrong.yaml", b"kind: Values\nglobalValue: {}\n"),
        ("broken.yaml", b"kind: [\n"),
    ]);
    for (words, code) in [
        ("site.yaml -r pod.yaml", 1),
        ("site.yaml -r pod.yaml -f values.yaml", 0),
        ("site.yaml -r pod.yaml --values-file values.yaml", 0),
        ("site.yaml -r pod.yaml --set site=good", 0),
        ("site.yaml -r pod.yaml --set site=bad", 1),
        ("user.yaml -r pod.yaml", 1),
        ("user.yaml -r pod.yaml --userinfo who.yaml", 0),
    ] {
        let ran = tree.run(&format!("policy apply {words}"));
        assert_eq!(ran.code, code, "{words}: {}{}", ran.out, ran.err);
    }
    for (words, why) in [
        ("--values wrong.yaml", "unknown field `globalValue`"),
        ("--values broken.yaml", "broken.yaml:"),
        ("--values nowhere.yaml", "cannot read nowhere.yaml"),
        ("--set site", "write NAME=VALUE"),
    ] {
        let ran = tree.run(&format!("policy apply site.yaml -r pod.yaml {words}"));
        assert!(ran.code == 2 && ran.err.contains(why), "{words}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn calls_are_answered_from_files_or_from_a_complete_cluster() {
    let call = "[{name: found, apiCall: {urlPath: '/api/v1/namespaces/shop/pods', \
                jmesPath: 'items[0].metadata.labels.app'}}]";
    let entry = "[{name: found, globalReference: {name: pods, jmesPath: '[0].metadata.labels.app'}}]";
    let projected = "[{name: found, globalReference: {name: pods.apps, jmesPath: '[0]'}}]";
    let answers = b"apiCallResponses:
- urlPath: /api/v1/namespaces/shop/pods
  response: {body: {items: [{metadata: {labels: {app: good}}}]}}
globalContextEntries:
- name: pods
  data: [{metadata: {labels: {app: good}}}]
";
    let object = b"apiVersion: kyverno.io/v2
kind: GlobalContextEntry
metadata: {name: pods}
spec:
  kubernetesResource: {version: v1, resource: pods, namespace: shop}
  projections: [{name: apps, jmesPath: '[].metadata.labels.app'}]
";
    let good = String::from_utf8_lossy(POD).replace("app: web", "app: good");
    let tree = Tree::new(&[
        ("call.yaml", &denied_unless(call, "{{ found }}")),
        ("entry.yaml", &denied_unless(entry, "{{ found }}")),
        ("projected.yaml", &denied_unless(projected, "{{ found }}")),
        ("object.yaml", object),
        ("pod.yaml", good.as_bytes()),
        ("answers.yaml", answers),
    ]);
    for (words, code) in [
        ("call.yaml -r pod.yaml", 1),
        ("call.yaml -r pod.yaml --answers answers.yaml", 0),
        ("call.yaml -r pod.yaml --complete", 0),
        ("entry.yaml -r pod.yaml", 1),
        ("entry.yaml -r pod.yaml --answers answers.yaml", 0),
        ("entry.yaml object.yaml -r pod.yaml", 1),
        ("entry.yaml object.yaml -r pod.yaml --complete", 0),
        ("projected.yaml object.yaml -r pod.yaml --complete", 0),
    ] {
        let ran = tree.run(&format!("policy apply {words}"));
        assert_eq!(ran.code, code, "{words}: {}{}", ran.out, ran.err);
    }
    let ran = tree.run("policy apply call.yaml -r pod.yaml -o text-full");
    assert!(ran.out.contains("there is no answer to GET /api/v1/namespaces/shop/pods"), "{}", ran.out);
}

#[test]
fn what_would_be_done_is_shown() {
    let policies = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  rules:
  - name: change
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate: {patchStrategicMerge: {metadata: {labels: {+(team): nobody}}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: grows}
spec:
  rules:
  - name: append
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate:
      patchesJson6902: |-
        - {op: add, path: /spec/containers/0/args/-, value: x}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: others}
spec:
  rules:
  - name: existing
    match: {any: [{resources: {kinds: [Pod]}}]}
    mutate:
      targets: [{apiVersion: v1, kind: ConfigMap, name: seen, namespace: shop}]
      patchStrategicMerge: {data: {last: '{{ request.object.metadata.name }}'}}
---
apiVersion: kyverno.io/v2
kind: ClusterCleanupPolicy
metadata: {name: old}
spec:
  schedule: '0 0 * * *'
  match: {any: [{resources: {kinds: [ConfigMap]}}]}
  conditions: {all: [{key: '{{ target.metadata.name }}', operator: Equals, value: gone}]}
";
    let resources = b"apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: 'nginx:1', args: [a]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: seen, namespace: shop}
data: {}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: gone, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: short
  namespace: shop
  creationTimestamp: '2026-01-01T00:00:00Z'
  labels: {cleanup.kyverno.io/ttl: 1000d}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: odd, namespace: shop, labels: {cleanup.kyverno.io/ttl: soon}}
";
    let tree = Tree::new(&[("policies.yaml", policies), ("resources.yaml", resources)]);
    let ran = tree.run("policy apply policies.yaml -r resources.yaml");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for line in [
        "would change Pod shop/web, by grows (not idempotent) and team\n",
        "would change ConfigMap shop/seen, by others\n",
        "would delete ConfigMap shop/gone, by old, at ",
        "would delete ConfigMap shop/short, by the label cleanup.kyverno.io/ttl, at 2028-09-27T00:00:00Z\n",
        "would delete ConfigMap shop/odd, by the label cleanup.kyverno.io/ttl; unknown when: the label",
    ] {
        assert!(ran.out.contains(line), "no {line:?} in\n{}", ran.out);
    }
    let ran = tree.run("policy apply policies.yaml -r resources.yaml -o diff -o yaml=after.yaml");
    for line in
        ["--- Pod shop/web\n+++ Pod shop/web\n", "+    team: nobody\n", "+++ /dev/null\n", "-  name: gone\n"]
    {
        assert!(ran.out.contains(line), "no {line:?} in\n{}", ran.out);
    }
    let after = std::fs::read_to_string(tree.path().join("after.yaml")).unwrap();
    assert!(after.contains("last: web") && !after.contains("name: gone"), "{after}");
}

#[test]
fn reports_are_those_of_a_cluster() {
    let policy = String::from_utf8(denied_unless("[]", "{{ request.object.metadata.name }}")).unwrap();
    let policy = policy.replace(
        "metadata: {name: asks}",
        "metadata: {name: asks, annotations: {policies.kyverno.io/category: Names, policies.kyverno.io/severity: low}}",
    );
    let tree = Tree::new(&[("policy.yaml", policy.as_bytes()), ("pod.yaml", POD)]);
    let ran = tree.run("policy apply policy.yaml -r pod.yaml -o policyreport -o openreports=open.yaml");
    assert_eq!(ran.code, 1, "{}", ran.err);
    for line in [
        "apiVersion: wgpolicyk8s.io/v1alpha2\nkind: PolicyReport\n",
        "  name: pod-web\n  namespace: shop\n",
        "- category: Names\n",
        "  policy: asks\n",
        "  result: fail\n  rule: rule\n  scored: true\n  severity: low\n  source: kyverno\n",
        "scope:\n  apiVersion: v1\n  kind: Pod\n  name: web\n  namespace: shop\n",
        "summary:\n  error: 0\n  fail: 1\n",
    ] {
        assert!(ran.out.contains(line), "no {line:?} in\n{}", ran.out);
    }
    let open = std::fs::read_to_string(tree.path().join("open.yaml")).unwrap();
    assert!(open.starts_with("apiVersion: openreports.io/v1alpha1\nkind: Report\n"), "{open}");
}

#[test]
fn reports_name_the_controls_of_pod_security() {
    let policy = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: standard}
spec:
  rules:
  - name: restricted
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      podSecurity:
        level: restricted
        version: v1.29
        exclude: [{controlName: Seccomp}, {controlName: Capabilities, images: ['*']}, {controlName: Running as Non-root}]
";
    let tree = Tree::new(&[("policy.yaml", policy), ("pod.yaml", POD)]);
    let ran = tree.run("policy apply policy.yaml -r pod.yaml -o policyreport");
    for line in [
        "controls: allowPrivilegeEscalation\n",
        r#"controlsJSON: "[{\"ID\":\"allowPrivilegeEscalation\",\"Name\":\"Privilege Escalation\",\"Images\":[\"docker.io/nginx:1\"]}]""#,
        "standard: restricted\n",
        "version: v1.29\n",
    ] {
        assert!(ran.out.contains(line), "no {line:?} in\n{}", ran.out);
    }
}

#[test]
fn signatures_and_match_conditions_are_never_a_pass() {
    let images = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signed}
spec:
  rules:
  - name: by-us
    match: {any: [{resources: {kinds: [Pod]}}]}
    verifyImages:
    - imageReferences: ['*']
      attestors: [{count: 1, entries: [{keys: {publicKeys: key}}]}]
";
    let conditions = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: conditional}
spec:
  webhookConfiguration:
    matchConditions: [{name: a, expression: 'true'}]
  rules:
  - name: named
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {pattern: {metadata: {name: '?*'}}}
";
    let odd =
        String::from_utf8_lossy(images).replace("publicKeys", "publicKey").replace("count: 1", "count: 2");
    let tree = Tree::new(&[
        ("images.yaml", images),
        ("odd.yaml", odd.as_bytes()),
        ("conditions.yaml", conditions),
        ("pod.yaml", POD),
    ]);
    for (file, why) in [
        ("images.yaml", "not evaluated: needs image verification"),
        ("odd.yaml", "unknown field `publicKey`; did you mean `publicKeys`?"),
        ("odd.yaml", "`count` must be from 1 to 1"),
        ("conditions.yaml", "match conditions are written in CEL"),
    ] {
        let ran = tree.run(&format!("policy apply {file} -r pod.yaml"));
        assert!(ran.code == 1 && ran.out.contains(why), "{file}: {}\n{}{}", ran.code, ran.out, ran.err);
    }
}

#[test]
fn no_value_of_a_secret_is_shown() {
    let policies = b"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: tells}
spec:
  rules:
  - name: tell
    match: {any: [{resources: {kinds: [Secret]}}]}
    validate:
      message: 'the password is {{ request.object.stringData.password }}'
      deny: {}
  - name: change
    match: {any: [{resources: {kinds: [Secret]}}]}
    mutate: {patchStrategicMerge: {metadata: {labels: {seen: 'yes'}}}}
";
    let secret = b"apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: hunter2hunter2}
";
    let tree = Tree::new(&[("policies.yaml", policies), ("secret.yaml", secret)]);
    for form in ["text-full", "json", "sarif", "junit", "html", "diff", "policyreport"] {
        let ran = tree.run(&format!("policy apply policies.yaml -r secret.yaml -o {form}"));
        assert_eq!(ran.code, 1, "{form}: {}", ran.err);
        assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"), "{form}: {}", ran.out);
    }
    let ran = tree.run("policy apply policies.yaml -r secret.yaml");
    assert!(ran.out.contains("the password is \u{2022}\u{2022}\u{2022}"), "{}", ran.out);
    let ran = tree.run("policy apply policies.yaml -r secret.yaml -o yaml");
    assert!(ran.out.contains("hunter2"), "objects are asked for as they would be: {}", ran.out);
}

#[test]
fn a_scan_judges_by_policies_as_well() {
    let policy = denied_unless("[]", "{{ request.object.metadata.name }}");
    let tree = Tree::new(&[("policy.yaml", &policy), ("pods/pod.yaml", POD)]);
    let ran = tree.run("scan pods --policy policy.yaml -o json");
    assert_eq!(ran.code, 1, "{}", ran.err);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let ids: Vec<&str> =
        report["findings"].as_array().unwrap().iter().filter_map(|one| one["rule"]["id"].as_str()).collect();
    assert!(ids.contains(&"asks/rule") && ids.iter().any(|id| id.starts_with("WL")), "{ids:?}");
    assert_eq!(tree.run("scan pods --policy pods").code, 2, "there is no policy");
}

#[test]
fn a_measurement_says_what_was_measured() {
    let policy = denied_unless("[]", "{{ request.object.metadata.name }}");
    let tree = Tree::new(&[("policy.yaml", &policy), ("pod.yaml", POD)]);
    let ran = tree.run("policy bench policy.yaml -r pod.yaml --seconds 1 -o json");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&found["policies"], &found["resources"], &found["answers"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert!(found["microseconds-a-resource"].as_f64().unwrap() > 0.0);
}
