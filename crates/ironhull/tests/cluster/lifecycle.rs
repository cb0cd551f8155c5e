//! What comes and goes: policies, namespaces, the API server, and we ourselves.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ironhull_testkit::control_plane::{Client, ControlPlane, Options};
use serde_json::Value;

use crate::admission::policy;
use crate::scenarios::json;
use crate::served::Served;
use crate::world::{install_kinds, namespace, plane, said, wait_for};

fn config_map(namespace: &str, name: &str) -> (String, Value) {
    let object = serde_json::json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "namespace": namespace } });
    (format!("/api/v1/namespaces/{namespace}/configmaps"), object)
}

/// The time as the API writes it.
fn now() -> String {
    let output = std::process::Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A policy that refuses ConfigMaps of a namespace.
fn refuses(name: &str, namespace: &str) -> String {
    policy(
        name,
        "{}",
        &format!(
            "{{name: r, match: {{any: [{{resources: {{kinds: [ConfigMap], namespaces: [{namespace}]}}}}]}}, validate: {{failureAction: Enforce, message: refused by {name}, deny: {{}}}}}}"
        ),
    )
}

/// Waits until a creation is answered so; `None` for allowed.
fn until(plane: &ControlPlane, namespace: &str, part: Option<&str>) {
    let client = plane.client_admin().unwrap();
    wait_for(&format!("{part:?} in {namespace}"), Duration::from_secs(30), || {
        let (path, object) = config_map(namespace, "probe");
        let answer = client.post(&format!("{path}?dryRun=All"), &object).ok()?;
        match part {
            Some(part) => answer.text.contains(part).then_some(()),
            None => (answer.status == 201).then_some(()),
        }
    });
}

#[test]
fn a_namespace_is_known_in_the_second_that_it_is_made() {
    let Some(plane) = plane() else { return };
    plane
        .apply(&policy(
            "at-once",
            "{}",
            "{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaceSelector: {matchLabels: {at: once}}}}]}, validate: {failureAction: Enforce, message: at once, deny: {}}}",
        ))
        .unwrap();
    namespace(plane, "at-once-first", "{at: once}");
    let _served = Served::start(plane, &[]);
    until(plane, "at-once-first", Some("at once"));
    let client = plane.client_admin().unwrap();
    for count in 0..20 {
        let name = format!("at-once-{count}");
        let made = serde_json::json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": { "at": "once" } } });
        assert_eq!(client.post("/api/v1/namespaces", &made).unwrap().status, 201);
        let (path, object) = config_map(&name, "a");
        let answer = client.post(&path, &object).unwrap();
        assert!(answer.text.contains("r: at once"), "{}", answer.text);
    }
    plane.kubectl(&["delete", "clusterpolicy", "at-once"], None).unwrap();
}

#[test]
fn policies_come_and_go() {
    let Some(plane) = plane() else { return };
    namespace(plane, "come-and-go", "{}");
    plane.apply(&refuses("come", "come-and-go")).unwrap();
    let served = Served::start(plane, &[]);
    until(plane, "come-and-go", Some("refused by come"));
    plane.kubectl(&["delete", "clusterpolicy", "come"], None).unwrap();
    until(plane, "come-and-go", None);
    plane.apply(&refuses("go", "come-and-go")).unwrap();
    until(plane, "come-and-go", Some("refused by go"));
    let metrics = served.probe("/metrics").unwrap();
    assert!(
        metrics.contains("ironhull_admission_requests_total{outcome=\"denied\",route=\"validate\"}"),
        "{metrics}"
    );
    assert!(metrics.contains("ironhull_policies{state=\"ready\"}"), "{metrics}");
    plane.kubectl(&["delete", "clusterpolicy", "go"], None).unwrap();
}

#[test]
fn a_thousand_policies_come_and_go() {
    let Some(plane) = plane() else { return };
    namespace(plane, "thousand", "{}");
    let served = Served::start(plane, &[]);
    let path = "/apis/kyverno.io/v1/clusterpolicies";
    // Not by kubectl, which keeps itself to fifty a second.
    let eight = |work: &(dyn Fn(&Client, usize) + Sync)| {
        std::thread::scope(|scope| {
            for own in 0..8 {
                scope.spawn(move || {
                    let client = plane.client_admin().unwrap();
                    (0..1000).filter(|count| count % 8 == own).for_each(|count| work(&client, count));
                });
            }
        });
    };
    eight(&|client, count| {
        let policy = json(&refuses(&format!("thousand-{count}"), &format!("other-{count}")));
        assert_eq!(client.post(path, &policy).unwrap().status, 201);
    });
    plane.apply(&refuses("thousand-last", "thousand")).unwrap();
    until(plane, "thousand", Some("refused by thousand-last"));
    eight(&|client, count| {
        assert_eq!(client.delete(&format!("{path}/thousand-{count}"), None).unwrap().status, 200);
    });
    plane.kubectl(&["delete", "clusterpolicy", "thousand-last"], None).unwrap();
    until(plane, "thousand", None);
    wait_for("they are gone", Duration::from_secs(30), || {
        let metrics = served.probe("/metrics")?;
        let line =
            metrics.lines().find(|line| line.starts_with("ironhull_policies{state=\"ready\"}"))?.to_owned();
        line.rsplit(' ').next()?.parse::<u32>().ok().filter(|count| *count < 200).map(|_| ())
    });
}

#[test]
fn the_audit_log_has_the_decision() {
    let Some(plane) = plane() else { return };
    namespace(plane, "audited", "{}");
    plane.apply(&refuses("audited", "audited")).unwrap();
    let _served = Served::start(plane, &[]);
    until(plane, "audited", Some("refused by audited"));
    let (path, object) = config_map("audited", "in-the-log");
    let answer = plane.client_admin().unwrap().post(&path, &object).unwrap();
    let message = answer.body["message"].as_str().unwrap().to_owned();
    let id = message.rsplit(' ').next().unwrap().to_owned();
    let event = plane
        .wait_for_audit_event(Duration::from_secs(10), |event| {
            event["annotations"]["fail.validate.ironhull.dev/decision"] == serde_json::json!(id)
        })
        .unwrap();
    assert_eq!(event.expect("the decision in the audit log")["objectRef"]["name"], "in-the-log");
    plane.kubectl(&["delete", "clusterpolicy", "audited"], None).unwrap();
}

#[test]
fn an_owner_takes_what_it_owns_with_it() {
    let Some(plane) = plane() else { return };
    namespace(plane, "owner", "{}");
    plane
        .apply(&policy(
            "owner",
            "{}",
            "{name: r, match: {any: [{resources: {kinds: ['*'], namespaces: [owner], operations: [CREATE, UPDATE, DELETE]}}]}, validate: {failureAction: Enforce, message: m, deny: {conditions: {all: [{key: '{{ request.object.metadata.labels.forbidden || `null` }}', operator: Equals, value: 'yes'}]}}}}",
        ))
        .unwrap();
    let _served = Served::start(plane, &[]);
    let deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: owner}, spec: {replicas: 2, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: a}]}}}}";
    plane.apply(deployment).unwrap();
    let count = || {
        let output = plane.kubectl(&["get", "pods,replicasets", "-n", "owner", "-o", "name"], None).ok()?;
        Some(said(&output).lines().filter(|line| line.contains('/')).count())
    };
    wait_for("the pods", Duration::from_secs(30), || (count()? == 3).then_some(()));
    plane.kubectl(&["delete", "deployment", "web", "-n", "owner", "--wait=false"], None).unwrap();
    wait_for("nothing is left", Duration::from_secs(40), || (count()? == 0).then_some(()));
    plane.kubectl(&["delete", "clusterpolicy", "owner"], None).unwrap();
}

#[test]
fn killed_in_the_middle_of_a_burst() {
    let Some(plane) = plane() else { return };
    namespace(plane, "burst", "{}");
    plane.apply(&refuses("burst", "burst")).unwrap();
    let arguments = ["--record", "record.db"];
    let mut served = Served::start(plane, &arguments);
    until(plane, "burst", Some("refused by burst"));
    let (stop, told) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let client = plane.client_admin().unwrap();
                while !stop.load(Ordering::Relaxed) {
                    let (path, object) = config_map("burst", "a");
                    let Ok(answer) = client.post(&path, &object) else { continue };
                    // Whatever happens to us: what the policy refuses never gets in.
                    assert_ne!(answer.status, 201, "{}", answer.text);
                    told.fetch_add(usize::from(answer.text.contains("refused by burst")), Ordering::Relaxed);
                }
            });
        }
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(700));
            served.kill();
            std::thread::sleep(Duration::from_millis(200));
            let begin = Instant::now();
            served.again(plane, &arguments);
            assert!(begin.elapsed() < Duration::from_secs(20));
        }
        let before = told.load(Ordering::Relaxed);
        wait_for("it refuses again", Duration::from_secs(20), || {
            (told.load(Ordering::Relaxed) > before + 5).then_some(())
        });
        stop.store(true, Ordering::Relaxed);
    });
    served.terminate();
    let limits =
        ironhull_store::Limits { bytes: 64 << 20, entries: 10_000_000, age: Duration::from_hours(168) };
    let store = ironhull_store::Store::open(&served.dir.path().join("record.db"), limits).unwrap();
    assert!(store.verify().unwrap().is_sound());
    assert!(store.by_key("policy:burst", 10).unwrap().len() >= 5);
    plane.kubectl(&["delete", "clusterpolicy", "burst"], None).unwrap();
}

#[test]
fn the_api_server_goes_and_comes_back() {
    let Some(mut plane) = ControlPlane::start(&Options::without_controllers()).unwrap() else { return };
    install_kinds(&plane);
    plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: gone}}").unwrap();
    plane.apply(&refuses("gone", "gone")).unwrap();
    let served = Served::start(&plane, &[]);
    until(&plane, "gone", Some("refused by gone"));
    plane.kill_api_server().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(
        served.probe("/readyz").unwrap().starts_with("HTTP/1.1 200"),
        "what is known is still decided by"
    );
    plane.restart_api_server().unwrap();
    until(&plane, "gone", Some("refused by gone"));
    // What changes afterwards is seen.
    plane.apply(&refuses("back", "gone")).unwrap();
    until(&plane, "gone", Some("refused by back"));
}

#[test]
fn a_hostile_author_costs_only_the_policy() {
    let Some(plane) = plane() else { return };
    namespace(plane, "hostile", "{}");
    // A list that doubles with every step; without a limit it would take all memory.
    let context: String = (0..40)
        .map(|step| {
            let before = if step == 0 { "`[1,2,3,4,5,6,7,8]`".to_owned() } else { format!("x{}", step - 1) };
            format!("{{name: x{step}, variable: {{jmesPath: \"[{before}, {before}]\"}}}}, ")
        })
        .collect();
    plane
        .apply(&policy(
            "hostile",
            "{}",
            &format!("{{name: r, match: {{any: [{{resources: {{kinds: [ConfigMap], namespaces: [hostile], names: ['bomb*']}}}}]}}, context: [{context}], validate: {{failureAction: Enforce, message: m, deny: {{conditions: {{all: [{{key: '{{{{ x39 }}}}', operator: Equals, value: 1}}]}}}}}}}}"),
        ))
        .unwrap();
    plane.apply(&refuses("hostile-canary", "hostile-canary")).unwrap();
    namespace(plane, "hostile-canary", "{}");
    let served = Served::start(plane, &[]);
    until(plane, "hostile-canary", Some("refused by hostile-canary"));
    let client = plane.client_admin().unwrap();
    let begin = Instant::now();
    let (path, object) = config_map("hostile", "bomb");
    let answer = client.post(&path, &object).unwrap();
    assert!(answer.status >= 400, "what cannot be decided is refused: {}", answer.text);
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
    let (path, object) = config_map("hostile", "fine");
    assert_eq!(client.post(&path, &object).unwrap().status, 201);
    assert!(served.probe("/readyz").unwrap().starts_with("HTTP/1.1 200"));
    plane.kubectl(&["delete", "clusterpolicy", "hostile", "hostile-canary"], None).unwrap();
}

#[test]
fn another_engine_makes_us_listen_only() {
    let Some(plane) = ControlPlane::start(&Options::without_controllers()).unwrap() else { return };
    install_kinds(&plane);
    plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: guest}}").unwrap();
    plane.apply(&refuses("guest", "guest")).unwrap();
    plane.apply("{apiVersion: v1, kind: Namespace, metadata: {name: guest-too}}").unwrap();
    plane
        .apply(&policy(
            "guest-too",
            "{}",
            "{name: r, match: {any: [{resources: {kinds: [ConfigMap], namespaces: [guest-too]}}]}, validate: {failureAction: Enforce, message: m, pattern: {metadata: {name: '*'}}}}",
        ))
        .unwrap();
    let foreign = "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: kyverno-resource-validating-webhook-cfg}, webhooks: [{name: validate.kyverno.svc-ignore, clientConfig: {url: 'https://127.0.0.1:1/x'}, failurePolicy: Ignore, timeoutSeconds: 1, sideEffects: None, admissionReviewVersions: [v1], rules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE]}]}]}";
    plane.apply(foreign).unwrap();
    let there = || {
        plane.client_admin().unwrap().get("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/kyverno-resource-validating-webhook-cfg").unwrap().body
    };
    let before = there();
    let served = Served::start(&plane, &["--record", "record.db"]);
    wait_for("we are registered", Duration::from_secs(20), || {
        served.log().contains("\"registered\"").then_some(())
    });
    assert!(served.log().contains("another engine is at work"), "{}", served.log());
    let client = plane.client_admin().unwrap();
    wait_for("we are asked", Duration::from_secs(20), || {
        let (path, object) = config_map("guest", "probe");
        let answer = client.post(&format!("{path}?dryRun=All"), &object).ok()?;
        assert_eq!(answer.status, 201, "nothing is refused: {}", answer.text);
        assert_eq!(answer.warnings, Vec::<String>::new());
        served
            .probe("/metrics")?
            .contains("ironhull_policy_results_total{mode=\"shadow\",policy=\"guest\",status=\"fail\"}")
            .then_some(())
    });
    // It fails open, and the other's objects are as they were.
    let own = client
        .get("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/ironhull")
        .unwrap()
        .body;
    let failures: Vec<&Value> =
        own["webhooks"].as_array().unwrap().iter().map(|hook| &hook["failurePolicy"]).collect();
    assert!(failures.iter().all(|failure| *failure == "Ignore"), "{failures:?}");
    assert_eq!(there()["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"]);
    let policy = client.get("/apis/kyverno.io/v1/clusterpolicies/guest").unwrap().body;
    assert!(policy.get("status").is_none(), "{policy}");
    // What was let through and what the other engine refused is compared with what we would have done.
    let (path, object) = config_map("guest", "stored");
    assert_eq!(client.post(&path, &object).unwrap().status, 201);
    let (path, object) = config_map("guest-too", "theirs");
    wait_for("the other namespace is judged", Duration::from_secs(20), || {
        assert_eq!(client.post(&path, &object).unwrap().status, 201);
        client.delete(&format!("{path}/theirs"), None).unwrap();
        served.probe("/metrics")?.contains("policy=\"guest-too\",status=\"pass\"").then_some(())
    });
    let now = serde_json::json!({
        "apiVersion": "v1", "kind": "Event", "metadata": { "name": "theirs.1", "namespace": "guest-too" },
        "reason": "PolicyViolation", "message": "ConfigMap guest-too/theirs: [r] fail (blocked)", "type": "Warning",
        "source": { "component": "kyverno-admission" }, "reportingComponent": "kyverno-admission",
        "involvedObject": { "apiVersion": "v1", "kind": "ConfigMap", "name": "theirs", "namespace": "guest-too" },
        "lastTimestamp": now(),
    });
    assert_eq!(client.post("/api/v1/namespaces/guest-too/events", &now).unwrap().status, 201);
    plane.apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: all, namespace: guest}}").unwrap();
    plane
        .kubectl(
            &[
                "create",
                "clusterrolebinding",
                "all",
                "--clusterrole=cluster-admin",
                "--serviceaccount=guest:all",
            ],
            None,
        )
        .unwrap();
    let told = wait_for("both disagreements are told", Duration::from_secs(30), || {
        let output = served.ask(&plane, ("guest", "all"), &["status", "--shadow"]);
        let told = said(&output);
        (told.contains("let through, ") && told.contains("ConfigMap guest-too/theirs: [r] fail (blocked)"))
            .then_some(told)
    });
    assert!(told.contains("guest: "), "{told}");
    // One policy is switched on, and off again.
    let mode = |mode: &str| {
        plane.kubectl(&["create", "namespace", "ironhull-system"], None).unwrap();
        plane.apply(&format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: ironhull-modes, namespace: ironhull-system}}, data: {{guest: {mode}}}}}")).unwrap();
    };
    mode("enforce");
    until(&plane, "guest", Some("refused by guest"));
    mode("shadow");
    until(&plane, "guest", None);
}
