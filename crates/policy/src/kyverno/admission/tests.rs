use std::cell::Cell;
use std::sync::Arc;

use ironhull_value::Value;
use ironhull_world::admission::{AdmissionRequest, Operation, Review};
use ironhull_world::{Object, ObjectRef, Origin};

use super::*;
use crate::kyverno::context::{Nothing, Ports, TOO_LONG};
use crate::kyverno::engine::Compiled;
use crate::kyverno::model::{FailureAction, Policy};
use crate::kyverno::request::Request;

fn policy(name: &str, spec: &str) -> Arc<Compiled> {
    let text = format!(
        r#"{{"apiVersion":"kyverno.io/v1","kind":"ClusterPolicy","metadata":{{"name":"{name}"}},"spec":{spec}}}"#
    );
    let key = ObjectRef {
        group: "kyverno.io".into(),
        kind: "ClusterPolicy".into(),
        namespace: "".into(),
        name: name.into(),
        copy: 0,
    };
    let value = serde_json::from_str(&text).unwrap();
    let object = Arc::new(Object { key, version: "v1".into(), value, origin: Origin::Request });
    Arc::new(Compiled::new(&Arc::new(Policy::read(&object).unwrap())).unwrap())
}

/// A rule that fails where there is no label `team`.
fn team(name: &str, action: &str, extra: &str) -> String {
    format!(
        r#"{{"name":"{name}","match":{{"any":[{{"resources":{{"kinds":["Pod"]}}}}]}},
        "validate":{{"failureAction":"{action}"{extra},"message":"{name} wants a team","pattern":{{"metadata":{{"labels":{{"team":"?*"}}}}}}}}}}"#
    )
}

fn pod(namespace: &str, labels: &str) -> AdmissionRequest {
    let text = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u","kind":{{"group":"","version":"v1","kind":"Pod"}},
        "resource":{{"group":"","version":"v1","resource":"pods"}},"operation":"CREATE","namespace":"{namespace}","name":"web",
        "userInfo":{{"username":"alice"}},
        "object":{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"web","namespace":"{namespace}","labels":{labels}}}}}}}}}"#
    );
    Review::read(text.as_bytes()).unwrap().request
}

fn refused(policies: &[Arc<Compiled>], pod: &AdmissionRequest) -> (Option<String>, Vec<String>) {
    let request = Request::of_admission(pod, "Pod");
    let judgement = judge(policies, &request, &Nothing, &Endless);
    (judgement.refusal(&request, |_| true), judgement.warnings(|_| true))
}

#[test]
fn what_refuses_is_told_as_kyverno_tells_it() {
    let policies = [
        policy("b", &format!(r#"{{"rules":[{}]}}"#, team("second", "Enforce", ""))),
        policy(
            "a",
            &format!(r#"{{"rules":[{},{}]}}"#, team("first", "Enforce", ""), team("told", "Audit", "")),
        ),
    ];
    let (text, _) = refused(&policies, &pod("shop", "{}"));
    assert_eq!(
        text.unwrap(),
        "\n\nresource Pod/shop/web was blocked due to the following policies \n\na:\n  first: 'validation error: \
         first wants a team. rule first failed at path /metadata/labels/team/'\nb:\n  second: 'validation error: \
         second wants a team. rule second failed at path /metadata/labels/team/'\n"
    );
    assert_eq!(refused(&policies, &pod("shop", r#"{"team":"a"}"#)), (None, Vec::new()));
    // What is only reported is not warned of unless the policy says so.
    let audit = [policy("c", &format!(r#"{{"rules":[{}]}}"#, team("told", "Audit", "")))];
    assert_eq!(refused(&audit, &pod("shop", "{}")), (None, Vec::new()));
}

#[test]
fn the_action_depends_on_the_namespace() {
    let overrides = r#","failureActionOverrides":[{"action":"Audit","namespaces":["dev-*"]}]"#;
    let policies =
        [policy("p", &format!(r#"{{"emitWarning":true,"rules":[{}]}}"#, team("r", "Enforce", overrides)))];
    assert!(refused(&policies, &pod("shop", "{}")).0.is_some());
    let (text, warnings) = refused(&policies, &pod("dev-1", "{}"));
    assert_eq!(text, None);
    assert_eq!(
        warnings,
        ["policy p.r: validation error: r wants a team. rule r failed at path /metadata/labels/team/"]
    );
}

/// `kubectl exec` in a namespace: the options have no metadata.
fn exec(namespace: &str) -> AdmissionRequest {
    let text = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u","kind":{{"group":"","version":"v1","kind":"PodExecOptions"}},
        "resource":{{"group":"","version":"v1","resource":"pods"}},"subResource":"exec","operation":"CONNECT","namespace":"{namespace}","name":"web",
        "object":{{"apiVersion":"v1","kind":"PodExecOptions","command":["sh"]}},"oldObject":null}}}}"#
    );
    Review::read(text.as_bytes()).unwrap().request
}

#[test]
fn what_has_no_metadata_is_in_the_namespace_of_the_request() {
    let of = |kind: &str, namespace: &str, wanted: &str, more: &str| {
        let text = format!(
            r#"{{"apiVersion":"kyverno.io/v1","kind":"{kind}","metadata":{{"name":"p","namespace":"{namespace}"}},"spec":{{{more}
            "rules":[{{"name":"r","match":{{"any":[{{"resources":{{"kinds":["Pod/exec"]{wanted}}}}}]}},"validate":{{"message":"no shell","deny":{{}}}}}}]}}}}"#
        );
        let key = ObjectRef {
            group: "kyverno.io".into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: "p".into(),
            copy: 0,
        };
        let value = serde_json::from_str(&text).unwrap();
        let object = Arc::new(Object { key, version: "v1".into(), value, origin: Origin::Request });
        Arc::new(Compiled::new(&Arc::new(Policy::read(&object).unwrap())).unwrap())
    };
    let enforce = r#""validationFailureAction":"Enforce","#;
    let overrides = r#""validationFailureActionOverrides":[{"action":"Enforce","namespaces":["prod"]}],"#;
    for policy in [
        of("ClusterPolicy", "", r#","namespaces":["prod"]"#, enforce),
        of("Policy", "prod", "", enforce),
        of("ClusterPolicy", "", "", overrides),
    ] {
        // As it is found among all policies, and as it judges.
        let refuses = |namespace: &str| {
            let asked = exec(namespace);
            let request = Request::of_admission(&asked, "Pod");
            let set = crate::kyverno::set::Set::new(vec![Arc::clone(&policy)]);
            judge(set.about(&request), &request, &Nothing, &Endless).refusal(&request, |_| true)
        };
        assert!(refuses("prod").is_some_and(|text| text.contains("PodExecOptions/prod/")));
        assert_eq!(refuses("dev"), None);
    }
}

#[test]
fn the_namespace_is_neither_in_a_variable_nor_in_a_patch() {
    let told = policy(
        "told",
        r#"{"rules":[{"name":"r","match":{"any":[{"resources":{"kinds":["Pod/exec"]}}]},"validate":{"failureAction":"Enforce",
        "message":"{{ request.object.metadata || 'none' }} in {{ request.namespace }}","deny":{}}}]}"#,
    );
    let asked = exec("prod");
    let (text, _) = refused(&[told], &asked);
    assert!(text.unwrap().contains("none in prod"));
    let adds = policy(
        "adds",
        r#"{"rules":[{"name":"r","match":{"any":[{"resources":{"kinds":["Pod/exec"]}}]},
        "mutate":{"patchStrategicMerge":{"container":"a"}}}]}"#,
    );
    let request = Request::of_admission(&asked, "Pod");
    let changed = change(&[adds], &request, &Nothing, &Endless, |_| true).object.unwrap();
    let patch = ironhull_value::diff(request.object.as_ref().unwrap(), &changed);
    let patch = serde_json::to_value(patch).unwrap();
    assert_eq!(patch, serde_json::json!([{"op": "add", "path": "/container", "value": "a"}]));
}

#[test]
fn a_rule_that_only_reports_does_not_hide_one_that_refuses() {
    let rules = format!("{},{}", team("reports", "Audit", ""), team("refuses", "Enforce", ""));
    let policies = [policy("p", &format!(r#"{{"applyRules":"One","rules":[{rules}]}}"#))];
    assert!(refused(&policies, &pod("shop", "{}")).0.unwrap().contains("refuses:"));
}

#[test]
fn what_cannot_be_evaluated_is_decided_by_the_failure_policy() {
    let rule = r#"{"name":"r","match":{"any":[{"resources":{"kinds":["Pod"]}}]},
        "validate":{"failureAction":"Enforce","message":"m","deny":{"conditions":{"all":[
        {"key":"{{ request.object.spec.nothing }}","operator":"Equals","value":"a"}]}}}}"#;
    let fails = policy("p", &format!(r#"{{"rules":[{rule}]}}"#));
    let ignores = policy("p", &format!(r#"{{"failurePolicy":"Ignore","rules":[{rule}]}}"#));
    assert!(refused(&[fails], &pod("shop", "{}")).0.is_some());
    let (text, warnings) = refused(&[ignores], &pod("shop", "{}"));
    assert_eq!((text, warnings.len()), (None, 1));
}

#[test]
fn without_time_the_failure_policy_decides_for_what_the_policy_is_about() {
    struct Over(Cell<u32>);
    impl Clock for Over {
        fn is_over(&self) -> bool {
            self.0.set(self.0.get() + 1);
            self.0.get() > 1
        }
    }
    let rule = team("r", "Enforce", "");
    let other = rule.replace("[\"Pod\"]", "[\"Service\"]");
    let policies = [
        policy("a", &format!(r#"{{"rules":[{rule}]}}"#)),
        policy("b", &format!(r#"{{"rules":[{rule}]}}"#)),
        policy("c", &format!(r#"{{"rules":[{other}]}}"#)),
    ];
    let pod = pod("shop", r#"{"team":"a"}"#);
    let request = Request::of_admission(&pod, "Pod");
    let judgement = judge(&policies, &request, &Nothing, &Over(Cell::new(0)));
    let refusal = judgement.refusal(&request, |_| true).unwrap();
    assert!(refusal.contains(&format!("b:\n  r: {TOO_LATE}")), "{refusal}");
    assert!(!refusal.contains("c:"), "{refusal}");
}

/// Ports whose time is over when it was asked for so often.
struct Brief(Cell<u32>);

impl Ports for Brief {
    fn env(&self) -> ironhull_jmespath::Env<'_> {
        Nothing.env()
    }
    fn config_map(&self, namespace: &str, name: &str) -> Option<Result<Value, String>> {
        Nothing.config_map(namespace, name)
    }
    fn api_call(&self, call: &Value) -> Option<Result<Value, String>> {
        Nothing.api_call(call)
    }
    fn global(&self, name: &str) -> Option<Result<Value, String>> {
        Nothing.global(name)
    }
    fn image(&self, reference: &str) -> Option<Result<Value, String>> {
        Nothing.image(reference)
    }
    fn is_over(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left == 0
    }
}

/// A foreach goes on when a precondition cannot be evaluated, and a variable may have a default: whenever the time ends,
/// what cannot be decided any more must not pass.
#[test]
fn a_policy_that_runs_out_of_time_never_passes() {
    let rule = r#"{"name":"r","match":{"any":[{"resources":{"kinds":["Pod"]}}]},
        "context":[{"name":"allowed","variable":{"jmesPath":"request.object.metadata.labels.allowed","default":"bad"}}],
        "validate":{"failureAction":"Enforce","message":"m","foreach":[{"list":"['a','b','bad']",
        "preconditions":{"all":[{"key":"{{ length(element) }}","operator":"GreaterThan","value":0}]},
        "deny":{"conditions":{"all":[{"key":"{{ element }}","operator":"Equals","value":"bad"},
        {"key":"{{ allowed }}","operator":"NotEquals","value":"bad"}]}}}]}}"#;
    let fails = [policy("p", &format!(r#"{{"rules":[{rule}]}}"#))];
    let ignores = [policy("p", &format!(r#"{{"failurePolicy":"Ignore","rules":[{rule}]}}"#))];
    let pod = pod("shop", r#"{"allowed":"no"}"#);
    let request = Request::of_admission(&pod, "Pod");
    let (mut late, mut refused) = (0, 0);
    for asked in 0..40 {
        let judged = judge(&fails, &request, &Brief(Cell::new(asked)), &Endless);
        let text = judged.refusal(&request, |_| true).unwrap_or_else(|| panic!("it passed after {asked}"));
        let is_late = text.contains(TOO_LONG);
        assert_ne!(is_late, text.contains("validation failure: m"), "{text}");
        late += u32::from(is_late);
        refused += u32::from(!is_late);
        let judged = judge(&ignores, &request, &Brief(Cell::new(asked)), &Endless);
        assert_eq!(judged.refusal(&request, |_| true).is_none(), is_late, "its failure policy decides");
        assert_eq!(judged.warnings(|_| true).iter().any(|one| one.contains(TOO_LONG)), is_late);
    }
    assert!(late > 5 && refused > 5, "{late} late, {refused} refused");
}

#[test]
fn a_policy_that_is_only_listened_to_refuses_nothing() {
    let policies = [policy("p", &format!(r#"{{"rules":[{}]}}"#, team("r", "Enforce", "")))];
    let pod = pod("shop", "{}");
    let request = Request::of_admission(&pod, "Pod");
    let judgement = judge(&policies, &request, &Nothing, &Endless);
    assert!(judgement.answers[0].refuses());
    assert_eq!(judgement.refusal(&request, |_| false), None);
}

#[test]
fn policies_change_an_object_one_after_the_other() {
    let add = |key: &str, value: &str| {
        format!(
            r#"{{"rules":[{{"name":"r","match":{{"any":[{{"resources":{{"kinds":["Pod"]}}}}]}},
            "mutate":{{"patchStrategicMerge":{{"metadata":{{"labels":{{"{key}":"{value}"}}}}}}}}}}]}}"#
        )
    };
    let policies = [
        policy("a", &add("one", "1")),
        policy("b", &add("two", "{{ request.object.metadata.labels.one }}{{ request.userInfo.username }}")),
    ];
    let pod = pod("shop", r#"{"x":"y"}"#);
    let request = Request::of_admission(&pod, "Pod");
    let changed = change(&policies, &request, &Nothing, &Endless, |_| true);
    let labels = changed.object.as_ref().and_then(|object| object.dig(&["metadata", "labels"])).unwrap();
    assert_eq!(labels, &serde_json::from_str::<Value>(r#"{"one":"1","two":"1alice","x":"y"}"#).unwrap());
    assert!(changed.answers.iter().all(|(_, _, changed)| *changed) && changed.refusal.is_none());
    let listened = change(&policies, &request, &Nothing, &Endless, |_| false);
    assert_eq!(listened.object.as_ref(), pod.object.as_ref());

    let broken = policy("c", &add("one", "{{ request.object.spec.nothing }}"));
    let found = change([&broken], &request, &Nothing, &Endless, |_| true).refusal.unwrap();
    assert!(found.starts_with("mutation policy c error: failed to apply policy c rules [r: "), "{found}");
}

#[test]
fn interest_is_in_kinds_and_operations() {
    let rule = |matching: &str, exclude: &str| {
        format!(
            r#"{{"rules":[{{"name":"r","match":{matching}{exclude},"validate":{{"message":"m","deny":{{}}}}}}]}}"#
        )
    };
    let of = |matching: &str, exclude: &str| {
        let (judging, changing) = interests(&policy("p", &rule(matching, exclude)));
        assert!(changing.is_empty());
        let one =
            |(kind, operations): (&compact_str::CompactString, &std::collections::BTreeSet<Operation>)| {
                let operations: Vec<&str> = operations.iter().map(|one| one.as_str()).collect();
                format!("{kind}:{}", operations.join("+"))
            };
        judging.iter().map(one).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        of(
            r#"{"any":[{"resources":{"kinds":["Service"],"operations":["CREATE"]}},{"resources":{"kinds":["Secret"]}}]}"#,
            ""
        ),
        "Secret:CREATE+UPDATE+DELETE+CONNECT Service:CREATE"
    );
    let exclude = r#","exclude":{"any":[{"resources":{"operations":["DELETE","CONNECT"]}}]}"#;
    assert_eq!(of(r#"{"any":[{"resources":{"kinds":["Secret"]}}]}"#, exclude), "Secret:CREATE+UPDATE");
    let narrow = r#","exclude":{"any":[{"resources":{"kinds":["Secret"],"namespaces":["a"]}}]}"#;
    assert!(of(r#"{"any":[{"resources":{"kinds":["Secret"]}}]}"#, narrow).contains("DELETE"));
    // Rules for the controllers of pods are heard of too.
    assert!(
        of(r#"{"any":[{"resources":{"kinds":["Pod"],"operations":["CREATE"]}}]}"#, "")
            .contains("Deployment:CREATE")
    );
}

#[test]
fn what_cannot_be_enforced_is_named() {
    let rule = |action: &str| {
        let spec = format!(
            r#"{{"rules":[{{"name":"r","match":{{"any":[{{"resources":{{"kinds":["Service"]}}}}]}},{action}}}]}}"#
        );
        not_ready(&policy("p", &spec))
    };
    assert_eq!(rule(r#""validate":{"message":"m","deny":{}}"#), Vec::<String>::new());
    let found = rule(r#""validate":{"cel":{"expressions":[{"expression":"true"}]}}"#);
    assert_eq!(found, ["rule r: `validate.cel` is not evaluated by this version"]);
    assert!(rule(r#""verifyImages":[{"imageReferences":["*"]}]"#)[0].contains("verifyImages"));
}

/// A policy with something in its `spec`, and a rule that is about `matching`.
fn about(more: &str, matching: &str) -> Policy {
    let text = format!(
        r#"{{"apiVersion":"kyverno.io/v1","kind":"ClusterPolicy","metadata":{{"name":"p"}},"spec":{{{more}"rules":[{{"name":"r",{matching},"validate":{{"message":"m","deny":{{}}}}}}]}}}}"#
    );
    let key = ObjectRef {
        group: "kyverno.io".into(),
        kind: "ClusterPolicy".into(),
        namespace: "".into(),
        name: "p".into(),
        copy: 0,
    };
    let value = serde_json::from_str(&text).unwrap();
    let object = Object { key, version: "v1".into(), value, origin: Origin::Request };
    Policy::read(&Arc::new(object)).unwrap()
}

fn not_ready_about(matching: &str) -> Vec<String> {
    not_ready(&Compiled::new(&Arc::new(about("", matching))).unwrap())
}

#[test]
fn a_selector_that_cannot_be_read_is_named() {
    let broken = r#"{"matchExpressions":[{"key":"a","operator":"in","values":["b"]}]}"#;
    let wild = r#"{"matchLabels":{"a*":"?*"},"matchExpressions":[{"key":"a","operator":"exists"}]}"#;
    let told = "Invalid value: \"in\": not a valid selector operator";
    for (matching, place) in [
        (
            format!(r#""match":{{"any":[{{"resources":{{"kinds":["Service"],"selector":{broken}}}}}]}}"#),
            "match: `selector`",
        ),
        (
            format!(r#""match":{{"resources":{{"kinds":["Service"],"namespaceSelector":{broken}}}}}"#),
            "match: `namespaceSelector`",
        ),
        (
            format!(
                r#""match":{{"resources":{{"kinds":["Service"]}}}},"exclude":{{"all":[{{"resources":{{"selector":{broken}}}}}]}}"#
            ),
            "exclude: `selector`",
        ),
    ] {
        let found = not_ready_about(&matching);
        let expected = format!("rule r: {place} cannot be read: matchExpressions[0].operator: {told}");
        assert_eq!(found, [expected], "{matching}");
    }
    let found =
        not_ready_about(&format!(r#""match":{{"resources":{{"kinds":["Service"],"selector":{wild}}}}}"#));
    assert!(found[0].contains("`selector` cannot be read"), "{found:?}");
    // Wildcards stand for labels.
    let fine = r#"{"matchLabels":{"*/a?":"-*","b":"c"}}"#;
    let found =
        not_ready_about(&format!(r#""match":{{"resources":{{"kinds":["Service"],"selector":{fine}}}}}"#));
    assert_eq!(found, Vec::<String>::new());

    let overridden = |selector: &str| {
        let more = format!(
            r#""validationFailureActionOverrides":[{{"action":"Enforce","namespaceSelector":{selector}}}],"#
        );
        about(&more, r#""match":{"resources":{"kinds":["Service"]}}"#)
    };
    let problems = overridden(broken).problems;
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].path.to_string(), "spec.validationFailureActionOverrides[0].namespaceSelector");
    assert!(problems[0].message.contains(told), "{}", problems[0].message);
    let policy = overridden(r#"{"matchLabels":{"env":"prod"}}"#);
    let action = |labels: &str| {
        let labels: Value = serde_json::from_str(labels).unwrap();
        action_for(&policy, &policy.rules[0], "shop", labels.as_map())
    };
    assert_eq!(action(r#"{"env":"prod"}"#), FailureAction::Enforce);
    assert_eq!(action(r#"{"env":"dev"}"#), FailureAction::Audit);
}

#[test]
fn users_without_kinds_are_not_ready() {
    let users = r#"{"subjects":[{"kind":"User","name":"alice"}]}"#;
    let kinds = r#"{"resources":{"kinds":["Service"]}}"#;
    for (matching, place) in [
        (format!(r#""match":{{"any":[{kinds},{users}]}}"#), Some("match.any[1]")),
        (format!(r#""match":{{"all":[{users}]}}"#), Some("match.all")),
        (format!(r#""match":{users}"#), Some("match")),
        (format!(r#""match":{{"all":[{users},{kinds}]}}"#), None),
        (format!(r#""match":{{"any":[{kinds}]}},"exclude":{{"any":[{users}]}}"#), None),
    ] {
        let expected = place.map(|place| {
            format!("rule r: {place} names no kinds, so that the API server cannot be told what to ask about; write `kinds`")
        });
        assert_eq!(not_ready_about(&matching), Vec::from_iter(expected), "{matching}");
    }
}
