//! `why`, `except`, `status`, `replay` and the API behind them, without a cluster.

use crate::served::{Served, TOKEN, id};

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
      pattern: {metadata: {labels: {team: "?*"}}, spec: {containers: [{"=(securityContext)": {"=(privileged)": false}}]}}
"#;

/// Understood by nobody.
const BROKEN: &str = r#"
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: broken}
spec:
  rules:
  - name: asks-a-registry
    match: {any: [{resources: {kinds: [Pod]}}]}
    context: [{name: image, imageRegistry: {reference: "a"}}]
    validate: {message: x, pattern: {metadata: {name: "?*"}}}
"#;

fn pod(name: &str, labels: &str, container: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"shop","labels":{labels}}},"spec":{{"containers":[{{"name":"a","image":"a","env":[{{"name":"P","value":"hunter2hunter2"}}]{container}}}]}}}}"#
    )
}

fn refused() -> (Served, String) {
    let served = Served::start(&[("policies.yaml", POLICIES)], "--api-token-file token");
    let container = r#","securityContext":{"privileged":true}"#;
    let refusal = served.create("/validate/fail", "1", "Pod", &pod("web", "{}", container)).unwrap();
    let id = id(&refusal);
    assert!(refusal.ends_with(&format!("decision {id}: ironhull why {id}")), "{refusal}");
    served.recorded(&id);
    (served, id)
}

#[test]
fn the_api_is_opened_by_its_token_alone() {
    let (served, id) = refused();
    let path = format!("/api/v1/decisions/{id}");
    assert_eq!(served.ask(&path, None, None).0, 401);
    assert_eq!(served.ask(&path, Some("another-token-of-this-test"), None).0, 401);
    let (code, found) = served.ask(&path, Some(TOKEN), None);
    assert_eq!((code, found["decision"]["outcome"].as_str()), (200, Some("denied")));
    assert!(!found.to_string().contains("hunter2"), "{found}");
    assert_eq!(served.ask("/api/v1/openapi.json", None, None).1["openapi"], "3.1.0");
    assert_eq!(served.ask("/api/v1/decisions?nmespace=shop", Some(TOKEN), None).0, 400);
    assert_eq!(served.ask("/api/v1/nothing", Some(TOKEN), None).0, 404);
    assert_eq!(served.ask("/api/v1/status", Some(TOKEN), Some("{}")).0, 405);
    for (query, count) in [
        ("namespace=shop&kind=Pod&name=web", 1),
        ("policy=team&outcome=denied&since=1h", 1),
        ("namespace=other", 0),
        ("outcome=allowed", 0),
    ] {
        let (_, found) = served.ask(&format!("/api/v1/decisions?{query}"), Some(TOKEN), None);
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{query}: {found}");
    }
}

#[test]
fn pages_go_on_where_the_one_before_ended() {
    let served = Served::start(&[("policies.yaml", POLICIES)], "--api-token-file token");
    let mut last = String::new();
    for number in 0..5 {
        let refusal = served.create("/validate/fail", &number.to_string(), "Pod", &pod("web", "{}", ""));
        last = id(&refusal.unwrap());
    }
    served.recorded(&last);
    let (mut place, mut seen) = (String::new(), Vec::new());
    loop {
        let path = format!("/api/v1/decisions?policy=team&limit=2{place}");
        let (code, page) = served.ask(&path, Some(TOKEN), None);
        assert_eq!(code, 200, "{page}");
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["continue"].as_str() else { break };
        place = format!("&continue={next}");
    }
    assert_eq!((seen.len(), &seen[0]), (5, &last));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[test]
fn without_a_token_file_the_api_is_off() {
    let served = Served::start(&[("policies.yaml", POLICIES)], "");
    let (code, found) = served.ask("/api/v1/status", Some(TOKEN), None);
    assert_eq!(code, 404);
    assert!(found["error"].as_str().unwrap().contains("--api-token-file"), "{found}");
}

#[test]
fn a_refusal_is_explained_with_what_would_pass() {
    let (served, id) = refused();
    let ran = served.run(&format!("why {id}"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    for expected in [
        "denied\nCREATE Pod shop/web by jane at ",
        "team/has-team: refuses\n  validation error: who owns it?",
        "set metadata.labels.team to something that matches \"?*\"; tried, and it passes",
        "set spec.containers[0].securityContext.privileged to false (it is true); tried, and it passes",
        "Step by step:",
        &format!("ironhull except {id} --for 4h"),
    ] {
        assert!(ran.out.contains(expected), "{expected}\n{}", ran.out);
    }
    assert!(!ran.out.contains("hunter2"), "{}", ran.out);
    let found: serde_json::Value =
        serde_json::from_str(&served.run(&format!("why {id} -o json")).out).unwrap();
    assert_eq!(found["explanations"][0]["changes"].as_array().unwrap().len(), 2);

    let ran = served.tree.run(&format!("why {id} --record record"));
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("a running `ironhull serve` has this record open"), "{}", ran.err);
    let ran = served.tree.run(&format!("why {id}"));
    assert!(ran.code == 2 && ran.err.contains("--server https://host:port"), "{}", ran.err);
    let ran = served.run("why 000000000000");
    assert!(ran.code == 2 && ran.err.contains("there is no decision 000000000000"), "{}", ran.err);

    // The record alone has what was said then; the steps need the policies.
    let tree = served.end();
    let ran = tree.run(&format!("why {id} --record record"));
    assert!(ran.code == 0 && ran.out.contains("who owns it?"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("give it with --policy"), "{}", ran.out);
    let ran = tree.run(&format!("why {id} --record record --policy policies.yaml"));
    assert!(ran.out.contains("tried, and it passes"), "{}", ran.out);
    let ran = tree.run("why 000000000000 --record nothing-there");
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(!tree.path().join("nothing-there").exists());
}

#[test]
fn an_exception_is_made_and_proven() {
    let (served, id) = refused();
    let ran = served.run(&format!("except {id} --for 4h --reason agent --owner team-a"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("proven: with it Pod shop/web is let through"), "{}", ran.err);
    for expected in
        ["kind: Exception", "- shop", "- web", "- has-team", "- autogen-has-team", &format!("decision: {id}")]
    {
        assert!(ran.out.contains(expected), "{expected}\n{}", ran.out);
    }
    let tree = served.end();
    let ran = tree.run(&format!("except {id} --for 4h --reason agent --owner a --record record"));
    assert!(ran.code == 0 && ran.err.contains("not proven: the policies"), "{}", ran.err);
    let record =
        format!("except {id} --for 4h --reason agent --owner team-a --record record --policy policies.yaml");
    let ran = tree.run(&record);
    assert!(ran.code == 0 && ran.err.contains("proven: with it"), "{}", ran.err);
    // With it beside the policies the pod is let through.
    let policies = format!("{POLICIES}\n---\n{}", ran.out);
    let again =
        Served::start(&[("policies.yaml", &policies)], "--api-token-file token --exception-namespace *");
    assert_eq!(again.create("/validate/fail", "1", "Pod", &pod("web", "{}", "")), None);
    assert!(again.create("/validate/fail", "2", "Pod", &pod("db", "{}", "")).is_some());
    let ran = again.run("status");
    assert!(ran.out.contains("holds until") && ran.out.contains("team-a (agent)"), "{}", ran.out);
    for (words, told) in
        [("--for soon --reason x", "--for soon"), ("--for 1h --reason  --owner a", "a value is required")]
    {
        let ran = tree.run(&format!("except {id} {words} --record record"));
        assert!(ran.code == 2 && ran.err.contains(told), "{words}: {}", ran.err);
    }
}

#[test]
fn status_says_what_is_not_enforced() {
    let policies = format!("{POLICIES}{BROKEN}");
    let served = Served::start(&[("policies.yaml", &policies)], "--api-token-file token");
    let ran = served.run("status");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("broken: NOT READY") && ran.out.contains("asks registries"), "{}", ran.out);
    assert!(ran.out.contains("team: enforce"), "{}", ran.out);
    let found: serde_json::Value = serde_json::from_str(&served.run("status -o json").out).unwrap();
    assert_eq!(found["policies"][0]["ready"], false);
    let (served, _) = refused();
    assert_eq!(served.run("status").code, 0);
}

#[test]
fn what_is_only_listened_to_is_counted() {
    let served = Served::start(&[("policies.yaml", POLICIES)], "--api-token-file token --mode shadow");
    for uid in ["1", "2"] {
        assert_eq!(served.create("/validate/ignore", uid, "Pod", &pod("web", "{}", "")), None);
    }
    assert_eq!(served.create("/validate/ignore", "3", "Pod", &pod("web", r#"{"team":"a"}"#, "")), None);
    let begin = std::time::Instant::now();
    loop {
        let (_, found) = served.ask("/api/v1/shadow?since=1h", Some(TOKEN), None);
        if found["policies"][0]["wouldRefuse"] == 2 {
            break;
        }
        assert!(begin.elapsed().as_secs() < 20, "{found}");
    }
    let ran = served.run("status --shadow");
    assert!(
        ran.out.contains(
            "team: 2 (0 let through, 0 refused by another engine too, 2 not known)\n  rule has-team: 2\n"
        ),
        "{}{}",
        ran.out,
        ran.err
    );
}

#[test]
fn pod_security_is_explained_by_its_checks() {
    let config = "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\ndefaults: {enforce: baseline, enforce-version: latest}\n";
    let files = [("policies.yaml", POLICIES), ("pss.yaml", config)];
    let served = Served::start(&files, "--api-token-file token --pod-security-config pss.yaml");
    let container = r#","securityContext":{"privileged":true}"#;
    let refusal = served.create("/pod-security", "1", "Pod", &pod("web", "{}", container)).unwrap();
    let id = id(&refusal);
    served.recorded(&id);
    let ran = served.run(&format!("why {id}"));
    assert!(ran.out.contains("pod-security (baseline:latest): refuses"), "{}", ran.out);
    let advice = "privileged: set spec.containers[0].securityContext.privileged to false (it is true); tried, and it passes";
    assert!(ran.out.contains(advice), "{}", ran.out);
    let ran = served.run(&format!("except {id} --for 4h --reason agent --owner a --containers a"));
    assert!(ran.err.contains("proven"), "{}", ran.err);
    assert!(ran.out.contains("- privileged"), "{}", ran.out);
    let ran = served.run(&format!("except {id} --for 4h --reason agent --owner a --containers other"));
    assert!(ran.code == 1 && ran.err.contains("still be refused by pod-security"), "{}", ran.err);
}

#[test]
fn a_replay_tells_what_other_policies_would_have_decided() {
    let served = Served::start(&[("policies.yaml", POLICIES)], "--api-token-file token");
    assert_eq!(served.create("/validate/fail", "1", "Pod", &pod("fine", r#"{"team":"a"}"#, "")), None);
    // The same request is asked about twice.
    assert_eq!(served.create("/validate/ignore", "2", "Pod", &pod("fine", r#"{"team":"a"}"#, "")), None);
    let refusal = served.create("/validate/fail", "3", "Pod", &pod("bad", "{}", "")).unwrap();
    served.recorded(&id(&refusal));

    let ran = served.run("replay --policy policies.yaml --since 1h");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("2 requests: 2 as before, 0 newly denied"), "{}", ran.out);

    let stricter = POLICIES.replace("team: \"?*\"", "team: \"?*\", tier: \"?*\"");
    served.tree.write("stricter.yaml", stricter.as_bytes());
    let ran = served.run("replay --policy stricter.yaml --since 1h");
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("newly denied: CREATE Pod shop/fine"), "{}", ran.out);
    assert!(ran.out.contains("2 requests: 1 as before, 1 newly denied, 0 newly allowed"), "{}", ran.out);

    let laxer = POLICIES
        .replace("team: \"?*\"", "+(team): \"?*\"")
        .replace("metadata: {labels: {+(team): \"?*\"}}, ", "");
    served.tree.write("laxer.yaml", laxer.as_bytes());
    let ran = served.run("replay --policy laxer.yaml --since 1h -o json");
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((found["newlyAllowed"].as_u64(), found["same"].as_u64()), (Some(1), Some(1)), "{found}");

    // What the record hides, and what it does not have, cannot be told.
    let hidden =
        POLICIES.replace("\"=(securityContext)\": {\"=(privileged)\": false}", "env: [{value: \"!x\"}]");
    served.tree.write("hidden.yaml", hidden.as_bytes());
    let map = POLICIES.replace(
        "    validate:",
        "    context: [{name: m, configMap: {name: m, namespace: maps}}]\n    validate:",
    );
    let map = map
        .replace("who owns it?", "who owns it? {{ m.data.x }}")
        .replace("\"?*\"}}, spec", "\"{{ m.data.x }}\"}}, spec");
    served.tree.write("map.yaml", map.as_bytes());
    for (file, why) in
        [("hidden.yaml", "looks at values that the record does not show"), ("map.yaml", "not found")]
    {
        let ran = served.run(&format!("replay --policy {file} --since 1h"));
        assert!(
            ran.out.contains("2 cannot be told") && ran.out.contains(why),
            "{file}: {}{}",
            ran.out,
            ran.err
        );
        assert_eq!(ran.code, 0, "{file}");
    }
    let unready = POLICIES
        .replace("    validate:", "    context: [{name: i, imageRegistry: {reference: a}}]\n    validate:");
    served.tree.write("unready.yaml", unready.as_bytes());
    let ran = served.run("replay --policy unready.yaml --since 1h");
    assert!(ran.code == 1 && ran.out.contains("2 cannot be told"), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("not decided by: ClusterPolicy team"), "{}", ran.out);

    let tree = served.end();
    let ran = tree.run("replay --policy stricter.yaml --since 1h --record record");
    assert!(ran.code == 1 && ran.out.contains("1 newly denied"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_replay_tells_what_other_levels_and_exceptions_would_have_decided() {
    let config = |level: &str| {
        format!(
            "{{apiVersion: pod-security.admission.config.k8s.io/v1, kind: PodSecurityConfiguration, defaults: {{enforce: {level}}}}}"
        )
    };
    let served = Served::start(
        &[("policies.yaml", POLICIES), ("baseline.yaml", &config("baseline"))],
        "--api-token-file token --pod-security-config baseline.yaml",
    );
    let privileged = r#", "securityContext": {"privileged": true}"#;
    assert_eq!(served.create("/pod-security", "1", "Pod", &pod("fine", "{}", "")), None);
    let refusal = served.create("/pod-security", "2", "Pod", &pod("bad", "{}", privileged)).unwrap();
    served.recorded(&id(&refusal));
    let exception = "{apiVersion: ironhull.dev/v1alpha1, kind: Exception, metadata: {name: e, namespace: ironhull-system}, spec: {owner: a, reason: b, expires: '2999-01-01T00:00:00Z', match: {namespaces: [shop], kinds: [Pod], names: [bad]}, podSecurity: {checks: [privileged]}}}";
    served.tree.write("exception.yaml", exception.as_bytes());
    served.tree.write("restricted.yaml", config("restricted").as_bytes());
    for (arguments, code, expected) in [
        ("--pod-security-config baseline.yaml", 0, "2 requests: 2 as before"),
        ("--pod-security-config restricted.yaml", 1, "newly denied: CREATE Pod shop/fine"),
        ("--pod-security", 1, "newly allowed: CREATE Pod shop/bad"),
        (
            "--pod-security-config baseline.yaml --exception exception.yaml",
            1,
            "newly allowed: CREATE Pod shop/bad",
        ),
        ("--policy policies.yaml", 0, "not replayed (2): decisions of pod-security"),
    ] {
        let ran = served.run(&format!("replay --since 1h {arguments}"));
        assert!(ran.code == code && ran.out.contains(expected), "{arguments}: {}{}", ran.out, ran.err);
    }
}
