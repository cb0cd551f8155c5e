//! Our answer to a question that `oracles/kyverno` answers too: a policy, a resource, and what is done with it.

use std::sync::Arc;

use ironhull_jmespath::Env;
use ironhull_policy::kyverno::context::Ports;
use ironhull_policy::kyverno::engine::{Compiled, RuleResponse};
use ironhull_policy::kyverno::exceptions::Exceptions;
use ironhull_policy::kyverno::model::{ContextSource, PolicyException};
use ironhull_policy::kyverno::offline::Objects;
use ironhull_policy::kyverno::request::{Request, User};
use ironhull_policy::kyverno::trace::Listening;
use ironhull_value::Value as Tree;
use ironhull_world::{Object, ObjectRef, Origin};
use serde_json::{Value, json};

/// What a policy says about a question, as the oracle writes it.
pub(crate) fn outcome(compiled: &Compiled, question: &Value) -> Value {
    outcome_with(compiled, question, &Offline(exceptions(question)))
}

/// The same, with somebody who listens.
pub(crate) fn outcome_heard(compiled: &Compiled, question: &Value) -> Value {
    outcome_with(compiled, question, &Listening::new(&Offline(exceptions(question))))
}

fn outcome_with(compiled: &Compiled, question: &Value, ports: &dyn Ports) -> Value {
    let object = if question["exact"] == true { tree } else { floats };
    let resource = object(&question["resource"]);
    let labels = question.get("labels").map(tree);
    let mut request = Request::create(&resource);
    request.operation = question["operation"].as_str().unwrap();
    request.namespace_labels = labels.as_ref().and_then(Tree::as_map);
    request.user = question.get("info").map(user);
    request.old_object = question.get("old").map(object);
    if request.is_delete() {
        request.old_object = request.object.take();
    }
    let others: Vec<Tree> = question["objects"].as_array().into_iter().flatten().map(object).collect();
    let objects = Objects(std::iter::once(&resource).chain(&others).collect());
    match question["op"].as_str() {
        Some("mutate") => {
            let targets = question.get("objects").is_some();
            let response = compiled.mutate(&request, ports, targets.then_some(&objects));
            let mut found = json!({"rules": told(&response.rules)});
            if let Some(patched) = &response.patched {
                found["patched"] = json!(patched);
            }
            found
        }
        Some("generate") => json!({"rules": told(&compiled.generate(&request, ports, &objects).0.rules)}),
        _ => json!({"rules": told(&compiled.validate(&request, ports).rules)}),
    }
}

fn told(rules: &[RuleResponse]) -> Vec<Value> {
    let one = |rule: &RuleResponse| {
        let mut found =
            json!({"name": rule.name.as_str(), "status": rule.status.name(), "message": rule.message});
        if !rule.exceptions.is_empty() {
            found["exceptions"] = rule.exceptions.clone().into();
        }
        if !rule.generated.is_empty() {
            found["generated"] = json!(rule.generated);
        }
        if let Some(target) = &rule.patched_target {
            found["target"] = json!(target);
        }
        found
    };
    rules.iter().map(one).collect()
}

fn exceptions(question: &Value) -> Exceptions {
    let found = question["exceptions"].as_array().into_iter().flatten().map(|exception| {
        let exception = PolicyException::read(&object(exception)).unwrap();
        assert_eq!(exception.problems, [], "{}", question["exceptions"]);
        Arc::new(exception)
    });
    Exceptions::new(found)
}

/// A policy or an exception as it comes with a request.
pub(crate) fn object(value: &Value) -> Arc<Object> {
    let text = |text: &Value| text.as_str().unwrap_or_default().into();
    let version = value["apiVersion"].as_str().unwrap_or_default();
    let (group, version) = version.split_once('/').unwrap_or(("", version));
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

/// Through text, as the other side gets it.
pub(crate) fn tree(value: &Value) -> Tree {
    serde_json::from_str(&value.to_string()).unwrap()
}

/// With every number as a float, as Kyverno's command line reads objects.
fn floats(value: &Value) -> Tree {
    fn floats(value: Value) -> Value {
        match value {
            Value::Number(number) => json!(number.as_f64()),
            Value::Array(items) => items.into_iter().map(floats).collect(),
            Value::Object(map) => map.into_iter().map(|(key, value)| (key, floats(value))).collect(),
            other => other,
        }
    }
    tree(&floats(value.clone()))
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

/// Exceptions, and nothing else to look anything up in.
struct Offline(Exceptions);

impl Ports for Offline {
    fn env(&self) -> Env<'_> {
        Env::default()
    }

    fn has(&self, source: &ContextSource) -> bool {
        matches!(source, ContextSource::Variable { .. })
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
