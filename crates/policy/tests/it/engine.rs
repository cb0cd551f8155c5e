//! Whole policies: made rules, images, users, exceptions and Pod Security.
//!
//! `engine.jsonl` has a case a line: a policy, a resource, what is done with it, and the responses that
//! Kyverno 1.19's own engine (`engine.Validate`) gives. Ours must be the same to the byte. Where upstream
//! leaves out Pod Security controls, it goes through what stays in random order; there the order is ours.

use std::sync::Arc;

use ironhull_jmespath::Env;
use ironhull_policy::kyverno::context::Ports;
use ironhull_policy::kyverno::engine::Compiled;
use ironhull_policy::kyverno::exceptions::Exceptions;
use ironhull_policy::kyverno::model::{Policy, PolicyException};
use ironhull_policy::kyverno::request::{Request, User};
use ironhull_policy::kyverno::trace::{Listening, Step};
use ironhull_value::Value as Tree;
use ironhull_world::{Object, ObjectRef, Origin};
use serde_json::{Value, json};

#[test]
fn answers_are_those_of_kyverno() {
    let cases: Vec<Value> =
        include_str!("engine.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 100, "only {} cases", cases.len());
    let differences: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let (theirs, ours) = (sorted(&case["responses"]), sorted(&answer(case)));
            (theirs != ours).then(|| format!("{}\n  theirs: {theirs}\n  ours:   {ours}", case["about"]))
        })
        .collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

fn answer(case: &Value) -> Value {
    let policy = Arc::new(Policy::read(&object(&case["policy"])).unwrap());
    assert_eq!(policy.problems, [], "{}", case["about"]);
    let compiled = Compiled::new(&policy).unwrap();
    let exceptions = case["exceptions"].as_array().into_iter().flatten().map(|exception| {
        let exception = PolicyException::read(&object(exception)).unwrap();
        assert_eq!(exception.problems, [], "{}", case["about"]);
        Arc::new(exception)
    });
    let ports = WithExceptions(Exceptions::new(exceptions));
    let resource = tree(&case["resource"]);
    let labels = tree(&case["labels"]);
    let mut request = Request::create(&resource);
    request.operation = case["operation"].as_str().unwrap();
    request.namespace_labels = labels.as_map();
    request.user = case.get("info").map(user);
    request.old_object = case.get("old").map(tree);
    if request.is_delete() {
        request.old_object = request.object.take();
    }
    let silent = compiled.validate(&request, &ports);
    let listening = Listening::new(&ports);
    assert_eq!(silent, compiled.validate(&request, &listening), "{}", case["about"]);
    let told = listening.recorder.take();
    let said = told.iter().flat_map(|step| match step {
        Step::Rule { said, .. } => said.clone(),
        other => panic!("{other:?} stands outside of a rule"),
    });
    assert_eq!(silent.rules, said.collect::<Vec<_>>(), "{}", case["about"]);
    let responses = silent.rules.into_iter().map(|response| {
        let mut found =
            json!({"name": response.name.as_str(), "status": response.status.name(), "message": response.message});
        if !response.exceptions.is_empty() {
            found["exceptions"] = response.exceptions.into();
        }
        found
    });
    responses.collect()
}

/// With the checks of a message in one order.
fn sorted(responses: &Value) -> Value {
    let mut responses = responses.clone();
    for response in responses.as_array_mut().unwrap() {
        let mut parts: Vec<&str> = response["message"].as_str().unwrap().split("(Forbidden reason").collect();
        parts[1..].sort_unstable();
        response["message"] = parts.join("(Forbidden reason").into();
    }
    responses
}

fn object(value: &Value) -> Arc<Object> {
    let text = |text: &Value| text.as_str().unwrap_or_default().into();
    let (group, version) = value["apiVersion"].as_str().unwrap().split_once('/').unwrap();
    Arc::new(Object {
        key: ObjectRef {
            group: group.into(),
            kind: text(&value["kind"]),
            namespace: text(&value["metadata"]["namespace"]),
            name: text(&value["metadata"]["name"]),
            copy: 0,
        },
        version: version.into(),
        value: tree(value),
        origin: Origin::Request,
    })
}

fn tree(value: &Value) -> Tree {
    serde_json::from_str(&value.to_string()).unwrap()
}

fn user(info: &Value) -> User {
    let text = |value: &Value| value.as_str().unwrap_or_default().into();
    let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect();
    let own = &info["userInfo"];
    User {
        username: text(&own["username"]),
        uid: text(&own["uid"]),
        groups: texts(&own["groups"]),
        roles: texts(&info["roles"]),
        cluster_roles: texts(&info["clusterRoles"]),
    }
}

struct WithExceptions(Exceptions);

impl Ports for WithExceptions {
    fn env(&self) -> Env<'_> {
        Env::default()
    }

    fn config_map(&self, _: &str, _: &str) -> Option<Result<Tree, String>> {
        None
    }

    fn api_call(&self, _: &Tree) -> Option<Result<Tree, String>> {
        None
    }

    fn global(&self, _: &str) -> Option<Result<Tree, String>> {
        None
    }

    fn image(&self, _: &str) -> Option<Result<Tree, String>> {
        None
    }

    fn exceptions(&self) -> Option<&Exceptions> {
        Some(&self.0)
    }
}
