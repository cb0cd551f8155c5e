//! A namespaced author gets namespaced power: what others got wrong, one test each, and all sources of a context with
//! random places.

use std::cell::RefCell;
use std::sync::Arc;

use ironhull_jmespath::Env;
use ironhull_policy::gate::Gate;
use ironhull_policy::kyverno::context::Ports;
use ironhull_policy::kyverno::engine::{Cluster, Compiled, Response, Status};
use ironhull_policy::kyverno::model::Policy;
use ironhull_policy::kyverno::request::Request;
use ironhull_value::Value;
use ironhull_world::{Object, ObjectRef, Origin};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const SECRET: &str = "what-nobody-else-may-see";

/// A cluster in which every look-up finds the secret, and which remembers where it was looked up.
#[derive(Default)]
struct Spy(RefCell<Vec<String>>);

impl Spy {
    fn reached(&self, what: String) {
        self.0.borrow_mut().push(what);
    }
}

impl Ports for Spy {
    fn env(&self) -> Env<'_> {
        Env::default()
    }

    fn config_map(&self, namespace: &str, _: &str) -> Option<Result<Value, String>> {
        self.reached(format!("namespace {namespace}"));
        Some(Ok(serde_json::from_value(json!({ "data": { "x": SECRET } })).unwrap()))
    }

    fn api_call(&self, call: &Value) -> Option<Result<Value, String>> {
        let url = call.dig_str(&["service", "url"]).or_else(|| call.dig_str(&["urlPath"]));
        self.reached(format!("call {}", url.unwrap_or_default()));
        Some(Ok(serde_json::from_value(json!({ "data": { "x": SECRET } })).unwrap()))
    }

    fn global(&self, _: &str) -> Option<Result<Value, String>> {
        None
    }

    fn image(&self, _: &str) -> Option<Result<Value, String>> {
        None
    }
}

impl Cluster for Spy {
    fn get(&self, _: &str, kind: &str, namespace: &str, name: &str) -> Result<Option<Value>, String> {
        self.reached(format!("namespace {namespace}"));
        let object = json!({
            "apiVersion": "v1", "kind": kind, "metadata": { "name": name, "namespace": namespace },
            "data": { "x": SECRET },
        });
        Ok(Some(serde_json::from_value(object).unwrap()))
    }

    fn list(&self, _: &str, _: &str, namespace: &str, _: Option<&Value>) -> Result<Vec<Value>, String> {
        self.reached(format!("namespace {namespace}"));
        Ok(Vec::new())
    }
}

/// A policy of the namespace `own`.
fn policy(rule: &Json) -> Arc<Compiled> {
    let mut rule = rule.clone();
    rule["name"] = json!("r");
    rule["match"] = json!({ "any": [{ "resources": { "kinds": ["ConfigMap"] } }] });
    let value = json!({
        "apiVersion": "kyverno.io/v1", "kind": "Policy", "metadata": { "name": "p", "namespace": "own" },
        "spec": { "rules": [rule] },
    });
    let key = ObjectRef {
        group: "kyverno.io".into(),
        kind: "Policy".into(),
        namespace: "own".into(),
        name: "p".into(),
        copy: 0,
    };
    let value = serde_json::from_value(value).unwrap();
    let object = Arc::new(Object { key, version: "v1".into(), value, origin: Origin::Request });
    Arc::new(Compiled::new(&Arc::new(Policy::read(&object).unwrap())).unwrap())
}

fn trigger(namespace: &str, elsewhere: &str) -> Value {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a", "namespace": namespace },
        "data": { "where": elsewhere },
    });
    serde_json::from_value(object).unwrap()
}

/// A rule that tells whoever asks what its context has.
fn telling(entry: &Json) -> Json {
    let mut entry = entry.clone();
    entry["name"] = json!("x");
    json!({ "context": [entry], "validate": { "message": "it is {{ x.data.x }}", "deny": {} } })
}

/// What a policy of `own` says of an object in `own`, and what it reached.
fn ask(rule: &Json, elsewhere: &str) -> (Response, Vec<String>) {
    let (spy, object) = (Spy::default(), trigger("own", elsewhere));
    let response = policy(rule).validate(&Request::create(&object), &spy);
    (response, spy.0.into_inner())
}

#[track_caller]
fn refused(rule: &Json, elsewhere: &str) {
    let (response, reached) = ask(rule, elsewhere);
    assert_eq!(reached, Vec::<String>::new());
    assert_eq!(response.rules.len(), 1);
    // A refusal whose text cannot be made stays a refusal.
    assert!(matches!(response.rules[0].status, Status::Error | Status::Fail), "{response:?}");
    assert!(!response.rules[0].message.contains(SECRET));
}

/// CVE-2026-22039, GHSA-8p9x-46gm-qfx2: `apiCall.urlPath` of any namespace.
#[test]
fn a_call_of_the_api_server_stays_in_the_namespace() {
    for path in [
        "/api/v1/namespaces/kube-system/secrets",
        "/api/v1/namespaces/kube-system/configmaps/a",
        "/api/v1/secrets",
        "/apis/apps/v1/deployments",
        "/api/v1/namespaces/own/../kube-system/secrets",
        "/api/v1/namespaces/own%2f..%2fkube-system/secrets",
        "/api/v1/namespaces/own//../kube-system/secrets",
        "/api/v1/nodes/own/proxy/namespaces/own/",
        "/api/v1/namespaces/kube-system/services/namespaces/own",
        "/apis/namespaces/own/v1/x",
        "/metrics",
        "",
    ] {
        refused(&telling(&json!({ "apiCall": { "urlPath": path } })), "");
    }
    let (response, reached) =
        ask(&telling(&json!({ "apiCall": { "urlPath": "/api/v1/namespaces/own/configmaps/a" } })), "");
    assert_eq!(reached, ["call /api/v1/namespaces/own/configmaps/a"]);
    assert!(response.rules[0].message.contains(SECRET), "its own it may read");
}

/// The same by a variable that whoever makes the request fills in.
#[test]
fn a_variable_leads_nowhere_else() {
    let path = "/api/v1/namespaces/{{ request.object.data.where }}/configmaps";
    for elsewhere in ["kube-system", "own/../kube-system", "own/secrets?x=", "%6fwn"] {
        let (_, reached) = ask(&telling(&json!({ "apiCall": { "urlPath": path } })), elsewhere);
        assert!(reached.iter().all(|what| what.starts_with("call /api/v1/namespaces/own/")), "{reached:?}");
    }
}

/// CVE-2026-41068: `configMap.namespace`.
#[test]
fn a_config_map_is_of_the_namespace() {
    refused(&telling(&json!({ "configMap": { "name": "a", "namespace": "kube-system" } })), "");
    let by_variable = json!({ "configMap": { "name": "a", "namespace": "{{ request.object.data.where }}" } });
    refused(&telling(&by_variable), "kube-system");
    let (_, reached) = ask(&telling(&json!({ "configMap": { "name": "a" } })), "");
    assert_eq!(reached, ["namespace own"]);
}

/// CVE-2026-4789, GHSA-rggm-jjmc-3394: calls of services, such as those that give out credentials of machines.
#[test]
fn no_service_is_called() {
    for url in
        ["http://169.254.169.254/latest/meta-data", "http://localhost:10255/pods", "https://example.com/"]
    {
        refused(&telling(&json!({ "apiCall": { "method": "POST", "service": { "url": url } } })), "");
    }
}

/// GHSA-79gf-7frw-68m9: objects that are made or copied elsewhere.
#[test]
fn nothing_is_made_or_copied_elsewhere() {
    let target = |namespace: &str, rest: Json| {
        let mut generate =
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": "made", "namespace": namespace });
        generate.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        json!({ "generate": generate })
    };
    let data = json!({ "data": { "data": { "a": "b" } } });
    let copy = |namespace: &str| json!({ "clone": { "name": "from", "namespace": namespace } });
    for rule in [
        target("kube-system", data.clone()),
        target("{{ request.object.data.where }}", data),
        target("own", copy("kube-system")),
        target("own", copy("{{ request.object.data.where }}")),
    ] {
        let (spy, object) = (Spy::default(), trigger("own", "kube-system"));
        let (response, made) = policy(&rule).generate(&Request::create(&object), &spy, &spy);
        assert!(made.is_empty(), "{rule}");
        assert!(response.rules.iter().all(|rule| rule.status != Status::Pass), "{response:?}");
        assert!(spy.0.into_inner().iter().all(|what| what == "namespace own"), "{rule}");
    }
}

/// A policy of a namespace is about nothing outside of it.
#[test]
fn nothing_is_judged_elsewhere() {
    for namespace in ["other", ""] {
        let (spy, object) = (Spy::default(), trigger(namespace, ""));
        let response = policy(&telling(&json!({ "configMap": { "name": "a" } })))
            .validate(&Request::create(&object), &spy);
        assert!(response.rules.is_empty() && spy.0.into_inner().is_empty(), "{namespace}");
    }
}

proptest! {
    /// Whatever is written where a namespace stands: only the own one is reached.
    #[test]
    fn only_the_own_namespace_is_reached(
        first in "[a-z/.%?#{}~-]{0,12}", second in "(own|kube-system|\\.\\.|%2e%2e|[a-z/.]{0,8})",
        third in "[a-z/.%-]{0,10}", source in 0..3_usize,
    ) {
        let entry = match source {
            0 => json!({ "configMap": { "name": third, "namespace": second } }),
            1 => json!({ "apiCall": { "urlPath": format!("/api/v1/namespaces/{second}/{third}") } }),
            _ => json!({ "apiCall": { "urlPath": format!("/{first}/namespaces/{second}/{third}") } }),
        };
        let (_, reached) = ask(&telling(&entry), &second);
        for what in reached {
            let is_own = what == "namespace own"
                || what.starts_with("call /api/v1/namespaces/own/")
                || what == "call /api/v1/namespaces/own"
                // Groups have a name and a version before the namespace.
                || what.starts_with("call /apis/") && what.contains("/namespaces/own");
            prop_assert!(is_own && !what.contains("..") && !what.contains('%'), "{}", what);
        }
    }

    /// A path that is let through names no other namespace, however it is cut.
    #[test]
    fn a_path_is_what_it_seems(path in "(/(api|apis|v1|apps|namespaces|own|other|pods|\\.\\.|%2e|)){0,8}(\\?[a-z=]{0,5})?") {
        if Gate::new("own").may_ask(&path).is_ok() {
            let plain = path.split('?').next().unwrap_or_default();
            let steps: Vec<&str> = plain.split('/').filter(|step| !step.is_empty()).collect();
            let place = if steps[0] == "api" { 2 } else { 3 };
            prop_assert_eq!(&steps[place..place + 2], ["namespaces", "own"]);
            prop_assert!(!plain.contains("..") && !plain.contains('%') && !plain.contains("//"));
        }
    }
}
