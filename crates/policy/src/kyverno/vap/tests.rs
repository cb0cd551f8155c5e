use std::sync::Arc;

use ironhull_world::{Object, ObjectRef, Origin};

use super::{Exported, Setting, export};
use crate::kyverno::engine::Compiled;
use crate::kyverno::model::Policy;

/// A rule about some kinds.
fn exported(kinds: &str, validate: &str) -> Exported {
    let text = format!(
        r#"{{"apiVersion":"kyverno.io/v1","kind":"ClusterPolicy","metadata":{{"name":"p","annotations":{{"pod-policies.kyverno.io/autogen-controllers":"none"}}}},
        "spec":{{"rules":[{{"name":"r","match":{{"any":[{{"resources":{{"kinds":[{kinds}]}}}}]}},"validate":{validate}}}]}}}}"#
    );
    let key = ObjectRef {
        group: "kyverno.io".into(),
        kind: "ClusterPolicy".into(),
        namespace: "".into(),
        name: "p".into(),
        copy: 0,
    };
    let value = serde_json::from_str(&text).unwrap();
    let object = Arc::new(Object { key, version: "v1".into(), value, origin: Origin::Request });
    let policy = Policy::read(&object).unwrap();
    export(&Compiled::new(&Arc::new(policy)).unwrap(), &Setting::default())
}

/// When a pattern about Pods passes.
fn passes(pattern: &str) -> String {
    let found = exported(r#""Pod""#, &format!(r#"{{"pattern":{pattern}}}"#));
    assert_eq!(found.left_out, []);
    found.objects[0].dig(&["spec", "variables"]).unwrap().as_array().unwrap()[0]
        .dig_str(&["expression"])
        .unwrap()
        .to_owned()
}

/// Why a rule about ConfigMaps is left out.
fn reason(validate: &str) -> String {
    let found = exported(r#""ConfigMap""#, validate);
    assert!(found.objects.is_empty(), "{:?}", found.objects);
    found.left_out[0].reason.clone()
}

#[test]
fn patterns_are_said_in_cel() {
    for (pattern, expected) in [
        (
            r#"{"metadata":{"labels":{"team":"?*"}}}"#,
            "has(object.metadata.labels) && has(object.metadata.labels.team) && object.metadata.labels.team != ''",
        ),
        (
            r#"{"spec":{"=(hostNetwork)":false}}"#,
            "!has(object.spec.hostNetwork) || object.spec.hostNetwork == false",
        ),
        (r#"{"spec":{"X(hostPID)":"null"}}"#, "!has(object.spec.hostPID)"),
        (
            r#"{"spec":{"containers":[{"image":"!*:latest"}]}}"#,
            "object.spec.containers.all(e0, has(e0.image) && (e0.image == '!*:latest' || !e0.image.endsWith(':latest')))",
        ),
        (
            r#"{"spec":{"containers":[{"(image)":"*:latest","imagePullPolicy":"Always"}]}}"#,
            "object.spec.containers.all(e0, !has(e0.image) || !e0.image.endsWith(':latest') || (has(e0.imagePullPolicy) && e0.imagePullPolicy == 'Always'))",
        ),
        (
            r#"{"spec":{"containers":[{"resources":{"limits":{"memory":"<=1Gi"}}}]}}"#,
            "object.spec.containers.all(e0, has(e0.resources) && has(e0.resources.limits) && (!has(e0.resources.limits.memory) || quantity(e0.resources.limits.memory).compareTo(quantity('1Gi')) <= 0))",
        ),
        (
            r#"{"spec":{"securityContext":{"runAsUser":">0"}}}"#,
            "has(object.spec.securityContext) && has(object.spec.securityContext.runAsUser) && object.spec.securityContext.runAsUser > 0",
        ),
        (
            r#"{"spec":{"^(containers)":[{"name":"a | b*"}]}}"#,
            "object.spec.containers.exists(e0, has(e0.name) && (e0.name == 'a | b*' || e0.name == 'a' || e0.name.startsWith('b')))",
        ),
    ] {
        assert_eq!(passes(pattern), expected, "{pattern}");
    }
}

#[test]
fn what_cel_cannot_say_has_a_reason() {
    for (validate, expected) in [
        (r#"{"deny":{}}"#, "`deny`"),
        (r#"{"pattern":{"data":{"a":"{{ request.namespace }}"}}}"#, "variables"),
        (
            r#"{"pattern":{"metadata":{"labels":{"a*":"b"}}}}"#,
            "wildcards in the keys of labels or annotations",
        ),
        (r#"{"pattern":{"data":{"a":">5s"}}}"#, "`5s`, which a text is compared with as a duration"),
        (r#"{"anyPattern":[{"data":{"a":5}}]}"#, "a text that is compared with the number 5"),
        (r#"{"pattern":{"data":{"a":[["b"]]}}}"#, "lists in lists"),
    ] {
        assert_eq!(reason(validate), expected, "{validate}");
    }
    let unclear = r#"{"failureAction":"Enforce","pattern":{"metadata":{"labels":{"a":"b"},"(name)":"x"},"data":{"^(x)":[{"y":"z"}],"w":"v"}}}"#;
    assert!(reason(unclear).starts_with("a key in an anchor that may be nowhere"));
    assert_eq!(
        exported(r#""example.com/v1/Thing""#, r#"{"pattern":{"a":1}}"#).left_out[0].reason,
        "the kind `example.com/v1/Thing`, whose fields are not known here"
    );
}
