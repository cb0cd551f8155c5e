//! Made rules as upstream makes them; the expectations were compared with Kyverno 1.19's `ComputeRules`.

use std::sync::Arc;

use ironhull_value::Value;
use ironhull_world::{Object, ObjectRef, Origin};
use serde_json::json;

use crate::kyverno::model::Policy;

/// `(name, requests for which it counts, document)`.
type Found = (String, String, serde_json::Value);

fn rules(rules: &serde_json::Value, annotation: Option<&str>) -> Vec<Found> {
    let mut policy = json!({
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {"name": "p"},
        "spec": {"rules": rules},
    });
    if let Some(annotation) = annotation {
        policy["metadata"]["annotations"] = json!({ super::CONTROLLERS: annotation });
    }
    let object = Object {
        key: ObjectRef {
            group: "kyverno.io".into(),
            kind: "ClusterPolicy".into(),
            namespace: "".into(),
            name: "p".into(),
            copy: 0,
        },
        version: "v1".into(),
        value: tree(&policy),
        origin: Origin::Request,
    };
    let policy = Policy::read(&Arc::new(object)).unwrap();
    assert_eq!(policy.problems, []);
    let found = super::rules(&policy).unwrap().into_iter().map(|(rule, scope)| {
        let kinds = ["Pod", "Deployment", "CronJob", "ConfigMap", "Rollout"];
        let mut judged: Vec<&str> = kinds.into_iter().filter(|kind| scope.judges(kind)).collect();
        if scope.is_computed() {
            judged.push("computed");
        }
        let source = serde_json::to_string(&rule.source).unwrap();
        (rule.name.to_string(), judged.join(" "), serde_json::from_str(&source).unwrap())
    });
    found.collect()
}

fn tree(value: &serde_json::Value) -> Value {
    serde_json::from_str(&value.to_string()).unwrap()
}

/// The rule that is made for most controllers, and the one for CronJobs, of one rule about pods.
fn made(rule: &serde_json::Value) -> [serde_json::Value; 2] {
    let found = rules(&json!([rule]), None);
    let [_, other, cron] = found.as_slice() else { panic!("{found:?}") };
    [other.2.clone(), cron.2.clone()]
}

fn names(found: &[Found]) -> Vec<&str> {
    found.iter().map(|(name, ..)| name.as_str()).collect()
}

fn of_pods() -> serde_json::Value {
    json!({"any": [{"resources": {"kinds": ["Pod"]}}]})
}

const EVERY: &str = "Pod Deployment CronJob ConfigMap Rollout computed";

#[test]
fn a_rule_about_pods_gets_two_for_controllers() {
    let found = rules(
        &json!([{"name": "r", "match": of_pods(), "exclude": {"any": [{"resources": {"namespaces": ["a"]}}]},
            "validate": {"message": "m", "pattern": {"spec": {"hostPID": false}}}}]),
        None,
    );
    let scopes: Vec<(&str, &str)> = found.iter().map(|(name, on, _)| (name.as_str(), on.as_str())).collect();
    assert_eq!(
        scopes,
        [("r", EVERY), ("autogen-r", "Deployment computed"), ("autogen-cronjob-r", "CronJob computed")]
    );
    assert_eq!(
        found[1].2,
        json!({"name": "autogen-r",
            "match": {"any": [{"resources": {"kinds": ["apps/v1/DaemonSet", "apps/v1/Deployment", "batch/v1/Job",
                "apps/v1/ReplicaSet", "v1/ReplicationController", "apps/v1/StatefulSet"]}}]},
            "exclude": {"any": [{"resources": {"namespaces": ["a"]}}]},
            "validate": {"message": "m", "pattern": {"spec": {"template": {"spec": {"hostPID": false}}}}}})
    );
    assert_eq!(
        found[2].2,
        json!({"name": "autogen-cronjob-r",
            "match": {"any": [{"resources": {"kinds": ["batch/v1/CronJob"]}}]},
            "exclude": {"any": [{"resources": {"namespaces": ["a"], "kinds": ["batch/v1/CronJob"]}}]},
            "validate": {"message": "m", "pattern": {"spec": {"jobTemplate": {"spec": {"template":
                {"spec": {"hostPID": false}}}}}}}})
    );
}

#[test]
fn the_annotation_chooses_controllers() {
    let rule = json!([{"name": "r", "match": of_pods(), "validate": {"pattern": {}}}]);
    for (annotation, expected) in [
        ("none", vec![EVERY]),
        ("", vec![EVERY]),
        ("Deployment", vec![EVERY, "Deployment computed"]),
        ("CronJob", vec![EVERY, "CronJob computed"]),
        ("CronJob,Deployment", vec![EVERY, "Deployment computed", "CronJob computed"]),
        // A space makes it no name of a kind, but still a text with CronJob in it.
        ("Deployment, CronJob", vec![EVERY, "Deployment computed", "computed"]),
        ("all", vec![EVERY, "computed", "computed"]),
        // A kind that is not known is taken if there is no known one beside it, or if it is asked about.
        ("Rollout", vec![EVERY, "Rollout computed"]),
        ("Deployment,Rollout", vec![EVERY, "Deployment computed", "Rollout"]),
    ] {
        let found = rules(&rule, Some(annotation));
        let scopes: Vec<&str> = found.iter().map(|(_, on, _)| on.as_str()).collect();
        assert_eq!(scopes, expected, "{annotation}");
    }
}

#[test]
fn a_policy_whose_rules_mean_pods_only_gets_none() {
    let pattern = json!({"pattern": {"spec": {}}});
    let any = |resources: serde_json::Value| json!({"any": [{"resources": resources}]});
    let rule = |matching, action: (&str, serde_json::Value)| {
        let mut rule = json!({"name": "r", "match": matching});
        rule[action.0] = action.1;
        rule
    };
    let validate = || ("validate", pattern.clone());
    for (why, rule) in [
        ("name", rule(any(json!({"kinds": ["Pod"], "name": "a"})), validate())),
        ("names", rule(any(json!({"kinds": ["Pod"], "names": ["a"]})), validate())),
        ("selector", rule(any(json!({"kinds": ["Pod"], "selector": {}})), validate())),
        ("annotations", rule(any(json!({"kinds": ["Pod"], "annotations": {}})), validate())),
        ("other kinds", rule(any(json!({"kinds": ["Pod", "Deployment"]})), validate())),
        ("no pods", rule(any(json!({"kinds": ["ConfigMap"]})), validate())),
        ("a version", rule(any(json!({"kinds": ["v1/Pod"]})), validate())),
        ("patch", rule(of_pods(), ("mutate", json!({"patchesJson6902": "- op: remove"})))),
        (
            "patch of each",
            rule(
                of_pods(),
                ("mutate", json!({"foreach": [{"list": "x", "patchesJson6902": "- op: remove"}]})),
            ),
        ),
        ("generate", rule(of_pods(), ("generate", json!({"kind": "Secret", "name": "a", "data": {}})))),
        ("manifests", rule(of_pods(), ("validate", json!({"manifests": {"attestors": []}})))),
    ] {
        assert_eq!(names(&rules(&json!([rule]), None)), ["r"], "{why}");
        // One such rule is enough for the whole policy, where it is not only that rule.
        let other = json!({"name": "o", "match": of_pods(), "validate": pattern});
        let found = rules(&json!([rule, other]), None);
        let expected: &[&str] = match why {
            "no pods" | "a version" | "manifests" => &["r", "o", "autogen-o", "autogen-cronjob-o"],
            _ => &["r", "o"],
        };
        let expected = if why == "a version" {
            &["r", "o", "autogen-r", "autogen-cronjob-r", "autogen-o", "autogen-cronjob-o"]
        } else {
            expected
        };
        assert_eq!(names(&found), expected, "{why}");
    }
}

#[test]
fn a_rule_written_by_hand_makes_way() {
    let rule = |name: &str| json!({"name": name, "match": of_pods(), "validate": {"pattern": {}}});
    let found = rules(&json!([rule("autogen-r"), rule("r")]), Some("Deployment"));
    let scopes: Vec<(&str, &str)> = found.iter().map(|(name, on, _)| (name.as_str(), on.as_str())).collect();
    assert_eq!(
        scopes,
        [("autogen-r", "Pod CronJob ConfigMap Rollout"), ("r", EVERY), ("autogen-r", "Deployment computed")]
    );
    // Where nothing is made, it stays.
    assert_eq!(rules(&json!([rule("autogen-r")]), None)[0].1, EVERY);
}

#[test]
fn each_way_to_judge_is_moved() {
    let of = |validate: serde_json::Value| {
        let [other, cron] = made(&json!({"name": "r", "match": of_pods(), "validate": validate}));
        [other["validate"].clone(), cron["validate"].clone()]
    };
    let conditions = json!({"conditions": {"any": [{"key": "{{ request.object.spec.x }}", "operator": "Equals",
        "value": 1}]}});
    let [other, cron] =
        of(json!({"message": "{{request.object.metadata.name}} $(deny/x)", "deny": conditions,
        "failureAction": "Enforce", "allowExistingViolations": false}));
    assert_eq!(
        other,
        json!({"message": "{{request.object.spec.template.metadata.name}} $(deny/spec/template/x)",
            "deny": {"conditions": {"any": [{"key": "{{ request.object.spec.template.spec.x }}",
                "operator": "Equals", "value": 1}]}},
            "failureAction": "Enforce", "allowExistingViolations": false})
    );
    // The reference is shifted twice, as upstream does.
    assert_eq!(
        cron["message"],
        "{{request.object.spec.jobTemplate.spec.template.metadata.name}} \
         $(deny/spec/jobTemplate/spec/template/spec/template/x)"
    );
    let [other, cron] = of(json!({"anyPattern": [{"a": 1.0}, {"b": "x"}]}));
    assert_eq!(
        other,
        json!({"anyPattern": [{"spec": {"template": {"a": 1}}}, {"spec": {"template": {"b": "x"}}}]})
    );
    let nested = json!({"spec": {"jobTemplate": {"spec": {"template": {"b": "x"}}}}});
    assert_eq!(cron["anyPattern"][1], nested);
    let security = json!({"level": "baseline", "version": "latest", "exclude": [{"controlName": "Seccomp"}]});
    assert_eq!(of(json!({ "podSecurity": security }))[1], json!({ "podSecurity": security }));
    let each = |list: &str| json!({"foreach": [{"list": list, "pattern": {"a": "?*"}}]});
    let [other, cron] = of(each("request.object.spec.containers"));
    assert_eq!(other, each("request.object.spec.template.spec.containers"));
    assert_eq!(cron, each("request.object.spec.jobTemplate.spec.template.spec.containers"));
    let cel = |path: &str| json!({"message": "m", "cel": {"expressions": [{"expression": path}]}});
    assert_eq!(
        of(cel("object.spec.x == oldObject.metadata.y"))[0],
        cel("object.spec.template.spec.x == oldObject.spec.template.metadata.y")
    );
}

#[test]
fn changes_are_moved_and_lose_their_targets() {
    let of = |mutate: serde_json::Value| {
        made(&json!({"name": "r", "match": of_pods(), "mutate": mutate})).map(|made| made["mutate"].clone())
    };
    assert_eq!(
        of(json!({"targets": [{"apiVersion": "v1", "kind": "Pod", "name": "x"}],
            "patchStrategicMerge": {"spec": {"a": 2.0}}}))[0],
        json!({"patchStrategicMerge": {"spec": {"template": {"spec": {"a": 2}}}}})
    );
    assert_eq!(
        of(json!({"foreach": [{"list": "request.object.spec.x", "order": "Descending",
            "preconditions": {"all": []}, "patchStrategicMerge": {"a": "b"}}]}))[1],
        json!({"foreach": [{"list": "request.object.spec.jobTemplate.spec.template.spec.x",
            "preconditions": {"all": []},
            "patchStrategicMerge": {"spec": {"jobTemplate": {"spec": {"template": {"a": "b"}}}}}}]})
    );
}

#[test]
fn names_are_cut_and_other_fields_go_along() {
    let name = "n".repeat(63);
    let [other, cron] = made(&json!({
        "name": name,
        "match": {"resources": {"kinds": ["Pod"]}},
        "exclude": {"resources": {"namespaces": ["a"]}},
        "context": [{"name": "v", "variable": {"jmesPath": "request.object.spec.x"}}],
        "preconditions": {"any": [], "all": [{"key": "a", "operator": "Equals", "value": "a"}]},
        "skipBackgroundRequests": false,
        "reportProperties": {"a": "request.object.metadata.x"},
        "imageExtractors": {"Pod": [{"path": "/spec/x"}]},
        "validate": {"deny": {"conditions": {"any": []}}},
    }));
    assert_eq!(other["name"], format!("autogen-{}", "n".repeat(55)));
    assert_eq!(cron["name"], format!("autogen-cronjob-{}", "n".repeat(47)));
    assert_eq!(cron["match"], json!({"resources": {"kinds": ["batch/v1/CronJob"]}}));
    assert_eq!(cron["exclude"], json!({"resources": {"namespaces": ["a"]}}));
    assert_eq!(other["context"][0]["variable"]["jmesPath"], "request.object.spec.template.spec.x");
    // A list of conditions that is empty does not get through upstream's JSON.
    assert_eq!(other["preconditions"], json!({"all": [{"key": "a", "operator": "Equals", "value": "a"}]}));
    assert_eq!(other["validate"], json!({"deny": {"conditions": {}}}));
    assert_eq!(other["skipBackgroundRequests"], false);
    assert_eq!(other["reportProperties"], json!({"a": "request.object.spec.template.metadata.x"}));
    assert_eq!(other.get("imageExtractors"), None);
}
