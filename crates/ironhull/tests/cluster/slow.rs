//! Policies that take longer than they may.

use std::time::Duration;

use serde_json::{Value, json};

use crate::admission::policy;
use crate::served::Served;
use crate::world::{namespace, plane, wait_for};

/// Compares each key of a ConfigMap with each other: two thousand of them keep it busy for longer than any deadline.
fn squares(name: &str, spec: &str, names: &str) -> String {
    let keys = "list: 'keys(request.object.data)'";
    let rule = format!(
        "{{name: squares, match: {{any: [{{resources: {{kinds: [ConfigMap], namespaces: [slow], names: ['{names}']}}}}]}}, validate: {{failureAction: Enforce, message: squares, foreach: [{{{keys}, foreach: [{{{keys}, deny: {{conditions: {{any: [{{key: '{{{{ element }}}}', operator: Equals, value: never}}]}}}}}}]}}]}}}}"
    );
    policy(name, "{}", &rule).replace("spec: {", &format!("spec: {{{spec}, "))
}

fn large(name: &str, labels: &Value) -> Value {
    let data: serde_json::Map<String, Value> =
        (0..2000).map(|count| (format!("key-{count}"), json!("value"))).collect();
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": data,
        "metadata": { "name": name, "namespace": "slow", "labels": labels },
    })
}

#[test]
fn a_slow_policy_meets_its_deadline() {
    let Some(plane) = plane() else { return };
    namespace(plane, "slow", "{}");
    // Its own time is one second, while the registration waits for ten, the longest of all policies.
    plane.apply(&squares("a-slow", "webhookConfiguration: {timeoutSeconds: 1}", "strict-*")).unwrap();
    // This one would take all there is.
    plane.apply(&squares("b-slow", "failurePolicy: Ignore", "lazy-*")).unwrap();
    let team = |name: &str, names: &str, spec: &str| {
        let about = format!(
            "match: {{any: [{{resources: {{kinds: [ConfigMap], namespaces: [slow], names: ['{names}']}}}}]}}"
        );
        let rule = "validate: {failureAction: Enforce, message: 'who owns it?', pattern: {metadata: {labels: {team: '?*'}}}}";
        policy(name, "{}", &format!("{{name: has-team, {about}, {rule}}}"))
            .replace("spec: {", &format!("spec: {{{spec}"))
    };
    plane.apply(&team("c-team", "strict-*", "")).unwrap();
    plane.apply(&team("d-team", "lazy-*", "failurePolicy: Ignore, ")).unwrap();
    let served = Served::start(plane, &[]);
    let client = plane.client_admin().unwrap();
    let path = "/api/v1/namespaces/slow/configmaps?dryRun=All";
    wait_for("all four are asked", Duration::from_secs(30), || {
        let small = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "strict-small" }, "data": { "never": "x" } });
        let lazy = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "lazy-small" }, "data": { "never": "x" } });
        let text = [small, lazy].map(|object| client.post(path, &object).map(|answer| answer.text));
        let [Ok(strict), Ok(lazy)] = text else { return None };
        let wanted = strict.contains("a-slow") && strict.contains("c-team");
        (wanted && lazy.contains("b-slow") && lazy.contains("d-team")).then_some(())
    });
    // Where it fails closed it refuses by our word, not by the API server's, and the next policy is still asked.
    let answer = client.post(path, &large("strict-a", &json!({}))).unwrap();
    assert!(answer.text.contains("squares: the policy took longer than it may"), "{}", answer.text);
    assert!(answer.text.contains("who owns it?"), "{}", answer.text);
    assert!(!answer.text.contains("failed calling webhook"), "{}", answer.text);
    let answer = client.post(path, &large("strict-b", &json!({ "team": "a" }))).unwrap();
    assert!(answer.status >= 400 && !answer.text.contains("who owns it?"), "{}", answer.text);
    assert!(answer.text.contains("squares: the policy took longer than it may"), "{}", answer.text);
    // Where it fails open it lets through, with a warning, and what others refuse is refused.
    let answer = client.post(path, &large("lazy-a", &json!({ "team": "a" }))).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert!(
        answer.warnings.iter().any(|one| one.contains("took longer than it may")),
        "{:?}",
        answer.warnings
    );
    let answer = client.post(path, &large("lazy-b", &json!({}))).unwrap();
    assert!(answer.status >= 400 && answer.text.contains("who owns it?"), "{}", answer.text);
    // While more of them than there are processors go on, others are answered, and so are probes.
    std::thread::scope(|scope| {
        let slow: Vec<_> = (0..6)
            .map(|count| {
                let client = client.clone();
                scope
                    .spawn(move || client.post(path, &large(&format!("strict-{count}"), &json!({}))).unwrap())
            })
            .collect();
        std::thread::sleep(Duration::from_millis(300));
        for _ in 0..10 {
            assert!(served.probe("/readyz").unwrap().starts_with("HTTP/1.1 200"));
            // No policy is about it, and the API server asks us nevertheless: the kind is what it goes by.
            let secret =
                json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "slow-other" } });
            assert_eq!(client.post("/api/v1/namespaces?dryRun=All", &secret).unwrap().status, 201);
        }
        for one in slow {
            let answer = one.join().unwrap();
            assert!(
                answer.status >= 400 && !answer.text.contains("failed calling webhook"),
                "{}",
                answer.text
            );
        }
    });
    plane.kubectl(&["delete", "clusterpolicy", "a-slow", "b-slow", "c-team", "d-team"], None).unwrap();
}
