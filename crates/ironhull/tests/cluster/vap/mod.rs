//! What holds while nobody of ours is there: the API server says of every object what our engine says.

mod objects;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use ironhull_manifest::{Limits, read};
use ironhull_podsecurity::{Level, LevelVersion, PodRef, Version, evaluate};
use ironhull_policy::kyverno::admission::action_for;
use ironhull_policy::kyverno::context::Nothing;
use ironhull_policy::kyverno::engine::{Compiled, Status};
use ironhull_policy::kyverno::model::{FailureAction, Policy};
use ironhull_policy::kyverno::request::{Request, User};
use ironhull_testkit::control_plane::{Client, ControlPlane, Options};
use ironhull_value::{Interner, Map as Tree, Value as Node};
use ironhull_world::{Object, ObjectRef, Origin};
use serde_json::{Value, json};

use self::objects::Random;
use crate::world::wait_for;

/// The rules of a file.
fn rules(text: &str) -> Vec<Value> {
    let parsed = read("rules", text.as_bytes(), &Limits::default(), &mut Interner::new());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let rules = serde_json::to_value(&parsed.documents[0].value).unwrap();
    rules.as_array().unwrap().clone()
}

/// A policy of one rule `r`.
fn policy(rule: &Value, matching: &Value, action: &str) -> Value {
    let validate = json!({
        "failureAction": action,
        "message": "m",
        "allowExistingViolations": rule.get("allowExistingViolations").unwrap_or(&json!(true)),
    });
    let mut own = json!({ "name": "r", "match": matching, "validate": validate });
    for key in ["pattern", "anyPattern"] {
        if let Some(value) = rule.get(key) {
            own["validate"][key] = value.clone();
        }
    }
    if let Some(exclude) = rule.get("exclude") {
        own["exclude"] = exclude.clone();
    }
    json!({
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": { "name": rule["name"] },
        "spec": { "rules": [own], "emitWarning": true },
    })
}

fn tree(value: &Value) -> Node {
    serde_json::from_value(value.clone()).unwrap()
}

fn compiled(policy: &Value) -> Compiled {
    let key = ObjectRef {
        group: "kyverno.io".into(),
        kind: "ClusterPolicy".into(),
        namespace: "".into(),
        name: policy["metadata"]["name"].as_str().unwrap().into(),
        copy: 0,
    };
    let object = Object { key, version: "v1".into(), value: tree(policy), origin: Origin::Request };
    Compiled::new(&Arc::new(Policy::read(&Arc::new(object)).unwrap())).unwrap()
}

/// What our binary prints for some arguments; everything can be exported.
fn exported(arguments: &[&str], policies: &[Value]) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": policies });
    fs::write(dir.path().join("policies.json"), list.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ironhull"));
    command.current_dir(dir.path()).args(["policy", "export", "-o", "json"]).args(arguments);
    if !policies.is_empty() {
        command.arg("policies.json");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    list["items"].as_array().unwrap().clone()
}

fn apply(plane: &ControlPlane, objects: &[Value]) {
    plane.apply(&json!({ "apiVersion": "v1", "kind": "List", "items": objects }).to_string()).unwrap();
}

fn namespaces(plane: &ControlPlane, names: impl IntoIterator<Item = String>) {
    let of = |name: String| json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": { "kind": "away" } } });
    apply(plane, &names.into_iter().map(of).collect::<Vec<_>>());
}

/// The labels that the API server gives a namespace of [`namespaces`].
fn labels(namespace: &str) -> Tree {
    let labels = json!({ "kind": "away", "kubernetes.io/metadata.name": namespace });
    tree(&labels).as_map().unwrap().clone()
}

fn path_of(object: &Value, namespace: &str) -> String {
    let (start, plural) = match object["kind"].as_str().unwrap() {
        "Pod" => ("/api/v1", "pods"),
        "ConfigMap" => ("/api/v1", "configmaps"),
        "Service" => ("/api/v1", "services"),
        _ => ("/apis/apps/v1", "deployments"),
    };
    format!("{start}/namespaces/{namespace}/{plural}")
}

/// The names of policies in warnings, with what each says.
fn warned(warnings: &[String]) -> BTreeSet<(String, String)> {
    let of = |warning: &String| {
        let (_, rest) = warning.split_once("ValidatingAdmissionPolicy '")?;
        let (name, rest) = rest.split_once('\'')?;
        let (_, message) = rest.split_once("': ")?;
        Some((name.to_owned(), message.trim_end_matches('"').to_owned()))
    };
    warnings.iter().filter_map(of).collect()
}

#[test]
fn the_api_server_judges_as_we_do() {
    let Some(plane) = ControlPlane::start(&Options::without_controllers()).unwrap() else { return };
    // No process of ours runs here.
    let client = plane.client_admin().unwrap();
    namespaces(&plane, ["away".to_owned(), "restricted".to_owned()]);
    patterns(&plane, &client);
    updates(&plane, &client);
    pod_security(&plane, &client);
}

/// Policies that warn: one request tells what each of them says.
fn patterns(plane: &ControlPlane, client: &Client) {
    let rules = rules(include_str!("warned.yaml"));
    let policies: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let any = json!({ "any": [{ "resources": { "kinds": rule["kinds"] } }] });
            policy(rule, rule.get("match").unwrap_or(&any), "Audit")
        })
        .collect();
    let objects = exported(&["--exempt-namespace", "restricted"], &policies);
    let names: BTreeMap<String, (String, String)> = objects
        .iter()
        .map(|object| {
            let metadata = &object["metadata"];
            let said = |key: &str| metadata["annotations"][key].as_str().unwrap().to_owned();
            let name = metadata["name"].as_str().unwrap().to_owned();
            (name, (said("ironhull.dev/policy"), said("ironhull.dev/rule")))
        })
        .collect();
    apply(plane, &objects);
    let compiled: Vec<Compiled> = policies.iter().map(compiled).collect();
    // The last ones of the file are about these.
    wait_for("the policies are in force", Duration::from_mins(1), || {
        let canary = |object: Value| {
            let answer = client.post(&format!("{}?dryRun=All", path_of(&object, "away")), &object).ok()?;
            Some(warned(&answer.warnings))
        };
        let map = canary(
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" }, "data": { "number": "x" } }),
        )?;
        let deployment = canary(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "a" },
            "spec": { "replicas": 1, "selector": { "matchLabels": { "app": "a" } }, "template": { "metadata": { "labels": { "app": "a" } }, "spec": { "containers": [{ "name": "a", "image": "a" }] } } },
        }))?;
        let has = |found: &BTreeSet<(String, String)>, name: &str| found.iter().any(|(own, _)| own == name);
        (has(&map, "ironhull.ns-labels.r") && has(&deployment, "ironhull.hand-written.r")).then_some(())
    });
    std::thread::sleep(Duration::from_secs(2));
    let mut random = Random(0x5eed_1234_5678_9abc);
    let mut fails: BTreeMap<(String, String), [u32; 2]> = BTreeMap::new();
    let mut judged = 0;
    for round in 0..900 {
        let object = match round % 9 {
            0..=4 => random.pod(),
            5 | 6 => random.config_map(),
            7 => random.deployment(),
            _ => random.service(),
        };
        let answer = client.post(&format!("{}?dryRun=All", path_of(&object, "away")), &object).unwrap();
        if answer.status == 422 {
            continue;
        }
        assert_eq!(answer.status, 201, "{}", answer.text);
        judged += 1;
        let found: BTreeSet<(String, String)> =
            warned(&answer.warnings).iter().map(|(name, _)| names[name].clone()).collect();
        let (resource, labels) = (tree(&answer.body), labels("away"));
        let request = Request {
            user: Some(User::default()),
            is_admission: true,
            namespace_labels: Some(&labels),
            ..Request::create(&resource)
        };
        let mut expected = BTreeSet::new();
        for policy in &compiled {
            for rule in policy.validate(&request, &Nothing).rules {
                let key = (policy.policy.name().to_owned(), rule.name.to_string());
                let has_failed = matches!(rule.status, Status::Fail | Status::Error);
                fails.entry(key.clone()).or_default()[usize::from(has_failed)] += 1;
                if has_failed {
                    expected.insert(key);
                }
            }
        }
        assert_eq!(found, expected, "{}\n{:#?}", answer.text, answer.warnings);
    }
    assert!(judged > 600, "{judged}");
    // Each policy both passed and failed, so that the comparison says something.
    let one_sided: Vec<_> =
        fails.iter().filter(|((_, rule), counts)| rule == "r" && counts.contains(&0)).collect();
    assert!(one_sided.is_empty(), "{one_sided:?}");
}

/// Policies that refuse, and updates of what was there before.
fn updates(plane: &ControlPlane, client: &Client) {
    let rules = rules(include_str!("enforced.yaml"));
    let namespace = |rule: &Value| format!("kept-{}", rule["name"].as_str().unwrap());
    namespaces(plane, rules.iter().map(namespace));
    let mut random = Random(0x0dd_5eed_0bad);
    let mut there: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for rule in &rules {
        let namespace = namespace(rule);
        for count in 0..20 {
            let mut object = random.config_map();
            object["metadata"]["name"] =
                json!(format!("{}{count}", object["metadata"]["name"].as_str().unwrap()));
            object["immutable"] = json!(false);
            let answer = client.post(&path_of(&object, &namespace), &object).unwrap();
            assert_eq!(answer.status, 201, "{}", answer.text);
            there.entry(namespace.clone()).or_default().push(answer.body);
        }
    }
    let policies: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let mut resources = json!({ "kinds": ["ConfigMap"], "namespaces": [namespace(rule)] });
            for key in ["operations", "names"] {
                if let Some(value) = rule.get(key) {
                    resources[key] = value.clone();
                }
            }
            policy(rule, &json!({ "any": [{ "resources": resources }] }), "Enforce")
        })
        .collect();
    apply(plane, &exported(&[], &policies));
    for rule in &rules {
        // Fails all of them.
        let refused = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "ab", "labels": {} }, "data": { "flag": "true", "number": "1" } });
        let namespace = namespace(rule);
        let mut object = there[&namespace][0].clone();
        let is_update = rule["name"] == "updated";
        wait_for(&format!("{namespace} is guarded"), Duration::from_mins(1), || {
            let path = path_of(&refused, &namespace);
            if is_update {
                // Only what did not fail before is refused.
                let passing = there[&namespace].iter().find(|one| {
                    one["metadata"]["labels"]["team"].as_str().is_some_and(|team| !team.is_empty())
                })?;
                object = passing.clone();
                object["metadata"]["labels"] = json!({});
                object["data"] = json!({});
                let name = object["metadata"]["name"].as_str()?;
                // As if made now, it would not be about the old object either.
                return (client.put(&format!("{path}/{name}?dryRun=All"), &object).ok()?.status == 422)
                    .then_some(());
            }
            (client.post(&format!("{path}?dryRun=All"), &refused).ok()?.status == 422).then_some(())
        });
    }
    let mut counts = [[0u32; 2]; 2];
    for (rule, source) in rules.iter().zip(&policies) {
        let (namespace, policy) = (namespace(rule), compiled(source));
        let labels = labels(&namespace);
        for round in 0..60 {
            let old = &there[&namespace][round % 20];
            let mut object = random.config_map();
            object["immutable"] = json!(false);
            object["metadata"]["name"] = old["metadata"]["name"].clone();
            let path = path_of(&object, &namespace);
            let path = format!("{path}/{}?dryRun=All", old["metadata"]["name"].as_str().unwrap());
            object["metadata"]["namespace"] = json!(namespace);
            let answer = client.put(&path, &object).unwrap();
            let (new, old) = (tree(&object), tree(old));
            let request = Request {
                user: Some(User::default()),
                is_admission: true,
                namespace_labels: Some(&labels),
                operation: "UPDATE",
                old_object: Some(old),
                ..Request::create(&new)
            };
            let found = policy.validate(&request, &Nothing);
            let refuses = found.rules.iter().any(|one| matches!(one.status, Status::Fail | Status::Error));
            let skipped = found.rules.iter().any(|one| one.message.contains("pre-existing"));
            counts[usize::from(refuses)][usize::from(skipped)] += 1;
            let own = &policy.rules[0].rule;
            assert_eq!(action_for(&policy.policy, own, &namespace, Some(&labels)), FailureAction::Enforce);
            assert_eq!(
                answer.status == 422,
                refuses,
                "{rule}\n{new:?}\n{:?}\n{}",
                request.old_object,
                answer.text
            );
            assert!(answer.status == 200 || answer.text.contains("ironhull."), "{}", answer.text);
        }
    }
    assert!(counts[0][0] > 20 && counts[1][0] > 20 && counts[0][1] > 20, "{counts:?}");
}

/// Both levels, in a namespace without labels.
fn pod_security(plane: &ControlPlane, client: &Client) {
    let mut objects = Vec::new();
    for level in ["baseline", "restricted"] {
        objects.extend(exported(&["--pod-security", level, "--exempt-namespace", "away"], &[]));
    }
    let binding = |object: &&mut Value| object["kind"] == "ValidatingAdmissionPolicyBinding";
    for binding in objects.iter_mut().filter(binding) {
        assert_eq!(binding["spec"]["validationActions"], json!(["Deny"]));
        binding["spec"]["validationActions"] = json!(["Warn"]);
    }
    apply(plane, &objects);
    let path = "/api/v1/namespaces/restricted/pods?dryRun=All";
    wait_for("the levels are in force", Duration::from_mins(1), || {
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a" }, "spec": { "hostPID": true, "containers": [{ "name": "a", "image": "a" }] } });
        let said = warned(&client.post(path, &pod).ok()?.warnings);
        let has = |level: &str| {
            said.iter().any(|(_, message)| message.starts_with(&format!("{level}: hostNamespaces")))
        };
        (has("baseline") && has("restricted")).then_some(())
    });
    let mut random = Random(0xbead_5eed);
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut judged = 0;
    for _ in 0..700 {
        let pod = random.nearly_restricted();
        let answer = client.post(path, &pod).unwrap();
        if answer.status == 422 {
            continue;
        }
        assert_eq!(answer.status, 201, "{}", answer.text);
        judged += 1;
        let said: BTreeSet<String> = warned(&answer.warnings)
            .into_iter()
            .map(|(_, message)| message.splitn(3, ": ").take(2).collect::<Vec<_>>().join(": "))
            .collect();
        let object = tree(&answer.body);
        let mut expected = BTreeSet::new();
        for level in [Level::Baseline, Level::Restricted] {
            let asked = LevelVersion { level, version: Version::Latest };
            let decision = evaluate(asked, PodRef::of(&object).unwrap()).unwrap();
            expected.extend(decision.violations.iter().map(|one| format!("{level}: {}", one.check)));
        }
        for one in &expected {
            *seen.entry(one.clone()).or_default() += 1;
        }
        assert_eq!(said, expected, "{}\n{:#?}", answer.text, answer.warnings);
    }
    assert!(judged > 300, "{judged}");
    labelled(plane, client);
    // All but hostProcess, for which the API server wants a whole pod made for it, and baseline's procMount, which the
    // API server refuses itself.
    assert!(seen.len() >= 24, "{seen:?}");
}

/// Which of the levels are said of a pod that fails both, by the labels of its namespace.
fn labelled(plane: &ControlPlane, client: &Client) {
    let (theirs, ours) = ("pod-security.kubernetes.io/enforce", "pod-security.ironhull.dev/enforce");
    let cases = [
        ("none", json!({}), &["baseline", "restricted"][..]),
        ("theirs", json!({ theirs: "privileged" }), &[]),
        ("privileged", json!({ ours: "privileged" }), &[]),
        ("baseline", json!({ ours: "baseline" }), &["baseline"]),
        ("both", json!({ theirs: "privileged", ours: "restricted" }), &["restricted"]),
        ("wrong", json!({ ours: "strict" }), &["restricted"]),
    ];
    let namespaces = cases.iter().map(|(name, labels, _)| {
        let metadata = json!({ "name": format!("labelled-{name}"), "labels": labels });
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata })
    });
    apply(plane, &namespaces.collect::<Vec<_>>());
    let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a" }, "spec": { "hostPID": true, "containers": [{ "name": "a", "image": "a" }] } });
    for (name, _, expected) in cases {
        let path = format!("/api/v1/namespaces/labelled-{name}/pods?dryRun=All");
        let said = || -> Option<BTreeSet<String>> {
            let warned = warned(&client.post(&path, &pod).ok()?.warnings);
            // The policies with patterns warn here as well.
            let levels = warned.iter().filter_map(|(name, _)| name.strip_prefix("ironhull.pod-security."));
            let levels = levels.map(str::to_owned);
            Some(levels.collect())
        };
        let expected: BTreeSet<String> = expected.iter().map(|level| (*level).to_owned()).collect();
        // A new namespace may not be known to the API server's admission at once.
        wait_for(&format!("{name}: {expected:?}"), Duration::from_secs(20), || {
            (said()? == expected).then_some(())
        });
    }
}
