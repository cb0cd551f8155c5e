//! What is answered where something is not known, and what is told of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_world::{Carriers, Object, ObjectRef, Origin};
use serde_json::{Value as Json, json};

use super::{Engine, Loaded};
use crate::serve::local;
use crate::serve::modes::{Mode, POD_SECURITY};
use crate::serve::route::Route;

/// An engine with one policy that refuses Pods, to everybody or to whoever has a cluster role.
fn engine(failure_policy: &str, roles: &[&str]) -> Arc<Engine> {
    let policy = json!({
        "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": "not-for-editors"},
        "spec": {"validationFailureAction": "Enforce", "failurePolicy": failure_policy, "rules": [{
            "name": "r",
            "match": {"any": [{"resources": {"kinds": ["Pod"]}, "clusterRoles": roles}]},
            "validate": {"message": "not for you", "deny": {}},
        }]},
    });
    let key = ObjectRef {
        group: "kyverno.io".into(),
        kind: "ClusterPolicy".into(),
        namespace: "".into(),
        name: "not-for-editors".into(),
        copy: 0,
    };
    let value = serde_json::from_value(policy).unwrap();
    let object = Object { key, version: "v1".into(), value, origin: Origin::Request };
    Arc::new(local::engine(vec![Arc::new(object)], None, Carriers::default()))
}

fn change(engine: &Engine, change: impl FnOnce(&mut Loaded)) {
    let mut loaded = engine.loaded.load().again();
    change(&mut loaded);
    engine.loaded.store(Arc::new(loaded));
}

fn ask(engine: &Arc<Engine>, path: &str, plural: &str, kind: &str) -> Json {
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "u", "operation": "CREATE", "namespace": "shop", "name": "web",
            "kind": {"group": "", "version": "v1", "kind": kind},
            "resource": {"group": "", "version": "v1", "resource": plural.split('/').next()},
            "subResource": plural.split('/').nth(1).unwrap_or_default(),
            "userInfo": {"username": "jane", "groups": []},
            "object": {"apiVersion": "v1", "kind": kind, "metadata": {"name": "web", "namespace": "shop"}},
        },
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let route = Route::parse(path).unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    let answer =
        runtime.block_on(engine.answer(route, review.to_string().as_bytes(), deadline, None)).unwrap();
    serde_json::from_slice::<Json>(&answer).unwrap()["response"].clone()
}

fn counted(engine: &Engine) -> String {
    engine.metrics.text(&[])
}

#[test]
fn who_asks_is_not_taken_for_nobody_while_roles_are_not_known() {
    let engine = engine("Fail", &["edit"]);
    let unknown = |loaded: &mut Loaded| loaded.roles_unknown = Some("RoleBinding: being listed".to_owned());
    assert_eq!(ask(&engine, "/validate/fail", "pods", "Pod")["allowed"], true, "nobody is bound to anything");
    change(&engine, unknown);
    let answer = ask(&engine, "/validate/fail", "pods", "Pod");
    assert_eq!(answer["allowed"], false, "{answer}");
    let message = answer["status"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("ironhull could not decide: the roles of whoever asks are not known"),
        "{message}"
    );
    assert_eq!(
        ask(&engine, "/validate/fail", "services", "Service")["allowed"],
        true,
        "no policy wants to know"
    );
    assert!(
        counted(&engine).contains(r#"requests_total{outcome="error",route="validate"} 1"#),
        "{}",
        counted(&engine)
    );
}

#[test]
fn what_is_let_through_undecided_is_not_told_as_denied() {
    let engine = engine("Ignore", &["edit"]);
    change(&engine, |loaded| loaded.roles_unknown = Some("RoleBinding: being listed".to_owned()));
    let answer = ask(&engine, "/validate/ignore", "pods", "Pod");
    assert_eq!(answer["allowed"], true, "{answer}");
    assert!(answer["warnings"][0].as_str().unwrap().starts_with("ironhull could not decide"), "{answer}");
    assert!(counted(&engine).contains(r#"requests_total{outcome="undecided",route="validate"} 1"#));
}

#[test]
fn pod_security_that_is_only_listened_to_refuses_nothing_that_it_cannot_decide() {
    let engine = engine("Fail", &[]);
    // Nobody says what kind has a subresource that is not known.
    let ask = || ask(&engine, "/pod-security", "strangers/of", "Stranger");
    assert_eq!(ask()["status"]["code"], 500);
    change(&engine, |loaded| {
        let mode = (POD_SECURITY.to_owned(), Mode::Shadow);
        loaded.modes.single = Arc::new([mode].into_iter().collect());
    });
    assert_eq!(ask()["allowed"], true);
}

#[test]
fn nothing_is_counted_of_what_is_gone_through_again() {
    let engine = engine("Fail", &[]);
    assert_eq!(ask(&engine, "/validate/fail", "pods", "Pod")["allowed"], false);
    let count = r#"results_total{mode="enforce",policy="not-for-editors",status="fail"} 1"#;
    assert!(counted(&engine).contains(count), "{}", counted(&engine));
    assert!(counted(&engine).contains("ironhull_admission_in_flight 0"), "{}", counted(&engine));
    let recorded = serde_json::from_value(json!({
        "id": "0123456789bc", "at": 0, "route": "validate", "uid": "u", "operation": "CREATE", "kind": "Pod",
        "resource": {"group": "", "version": "v1", "resource": "pods"}, "namespace": "shop", "name": "web",
        "user": {"username": "a"}, "outcome": "denied", "said": [],
        "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}},
    }));
    let again = engine.again(&recorded.unwrap(), &engine.loaded.load_full(), None).unwrap();
    assert!(again.refusal.is_some());
    assert!(counted(&engine).contains(count), "{}", counted(&engine));
}
