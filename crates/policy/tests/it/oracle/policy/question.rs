//! A random question: a policy, a resource that it may be about, and what is done with it.

use serde_json::{Value, json};

use super::away::{change, word};
use super::corpus::{Corpus, Subject};
use super::towards::{member, pod_of, put, shape};
use crate::random::Random;

/// A question about a policy, which is named by its place.
pub(super) struct Question {
    pub(super) subject: usize,
    pub(super) asked: Value,
}

pub(super) fn question(random: &mut Random, corpus: &Corpus) -> Question {
    // The stored policies are many and alike.
    let mut place = random.below(corpus.subjects.len());
    while corpus.subjects[place].folder == "stored" && !random.one_in(5) {
        place = random.below(corpus.subjects.len());
    }
    let subject = &corpus.subjects[place];
    let resource = resource(random, corpus, subject);
    let op = if subject.ops.is_empty() { "validate" } else { subject.ops[random.below(subject.ops.len())] };
    let operation = ["CREATE", "CREATE", "CREATE", "UPDATE", "UPDATE", "DELETE"][random.below(6)];
    let mut asked = json!({"op": op, "policy": subject.policy, "operation": operation});
    if operation == "UPDATE" {
        let mut old = resource.clone();
        for _ in 0..random.below(3) {
            alter(random, &mut old, subject);
        }
        asked["old"] = old;
    }
    // Where the old object is judged, upstream puts its integers among the variables, and functions refuse them:
    // pkg/engine/policycontext/policy_context.go:75.
    if operation != "UPDATE" && random.one_in(4) {
        asked["exact"] = json!(true);
    }
    if random.one_in(2) {
        asked["labels"] = labels(random, subject);
    }
    if random.one_in(2) {
        asked["info"] = info(random, subject);
    }
    if random.one_in(3) {
        asked["exceptions"] = exceptions(random, subject, &resource);
    }
    if op != "validate" && !subject.calls && random.one_in(2) {
        asked["objects"] = objects(random, corpus, subject, &resource);
    }
    asked["resource"] = resource;
    Question { subject: place, asked }
}

fn resource(random: &mut Random, corpus: &Corpus, subject: &Subject) -> Value {
    let own = &subject.resources;
    let beside: Vec<usize> =
        own.iter().copied().filter(|&place| corpus.resources[place].0 == subject.folder).collect();
    let place = match random.below(20) {
        0 => random.below(corpus.resources.len()),
        1..=10 if !beside.is_empty() => beside[random.below(beside.len())],
        _ if !own.is_empty() => own[random.below(own.len())],
        _ => random.below(corpus.resources.len()),
    };
    let mut resource = corpus.resources[place].1.clone();
    if random.one_in(2) && !subject.compiled.policy.namespace().is_empty() {
        *member(member(&mut resource, "metadata"), "namespace") = json!(subject.compiled.policy.namespace());
    }
    for _ in 0..random.below(5) {
        alter(random, &mut resource, subject);
    }
    if !resource["metadata"].is_object() {
        resource["metadata"] = json!({"name": "x"});
    }
    resource
}

/// Towards a pattern, or away from it.
fn alter(random: &mut Random, resource: &mut Value, subject: &Subject) {
    let words = &subject.words;
    if random.one_in(3) && !words.patterns.is_empty() {
        let pattern = &words.patterns[random.below(words.patterns.len())];
        let pod = pod_of(random, resource);
        return shape(random, pod, pattern);
    }
    if random.one_in(3) && !words.places.is_empty() {
        let place = &words.places[random.below(words.places.len())];
        let found = place.values[random.below(place.values.len())].clone();
        let object = pod_of(random, resource);
        if !place.is_element {
            return put(random, object, &place.path, &found);
        }
        if let Some(list) = object.pointer_mut("/spec/containers") {
            put(random, list, &place.path, &found);
        }
        return;
    }
    if random.one_in(4) && !words.elements.is_empty() {
        let pattern = &words.elements[random.below(words.elements.len())];
        let pod = pod_of(random, resource);
        let which = ["containers", "initContainers", "volumes"][random.below(3)];
        if let Some(list) = pod.pointer_mut(&format!("/spec/{which}")).and_then(Value::as_array_mut) {
            for element in list {
                shape(random, element, pattern);
            }
        }
        return;
    }
    change(random, resource, words);
}

fn text(random: &mut Random, subject: &Subject) -> String {
    let value = word(random, &subject.words);
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn labels(random: &mut Random, subject: &Subject) -> Value {
    let keys = &subject.words.keys;
    let pair = |random: &mut Random| (keys[random.below(keys.len())].clone(), json!(text(random, subject)));
    let mut found: serde_json::Map<String, Value> = (0..random.below(4)).map(|_| pair(random)).collect();
    for (key, value) in &subject.words.labels {
        if random.one_in(2) {
            found.insert(key.clone(), json!(value));
        }
    }
    Value::Object(found)
}

fn info(random: &mut Random, subject: &Subject) -> Value {
    let name = match random.below(4) {
        0 => "system:serviceaccount:default:builder".to_owned(),
        1 => format!("system:serviceaccount:{}:{}", text(random, subject), text(random, subject)),
        2 => "kubernetes-admin".to_owned(),
        _ => text(random, subject),
    };
    let mut found = json!({"userInfo": {"username": name}});
    if random.one_in(2) {
        found["userInfo"]["groups"] = json!(["system:authenticated", text(random, subject)]);
    }
    if random.one_in(2) {
        found["roles"] = json!([text(random, subject), "default:edit"]);
    }
    if random.one_in(2) {
        found["clusterRoles"] = json!([random.pick(&["cluster-admin", "view"]), text(random, subject)]);
    }
    found
}

/// Those of the fixtures, or one that is about the kind of the resource.
fn exceptions(random: &mut Random, subject: &Subject, resource: &Value) -> Value {
    if !subject.exceptions.is_empty() && random.one_in(2) {
        return json!(subject.exceptions);
    }
    let policy = &subject.compiled.policy;
    let name = match policy.namespace() {
        "" => policy.name().to_owned(),
        namespace => format!("{namespace}/{}", policy.name()),
    };
    let rules = &subject.compiled.rules;
    let rule = match random.below(3) {
        _ if rules.is_empty() => "*",
        0 => "*",
        _ => rules[random.below(rules.len())].rule.name.as_str(),
    };
    let mut filter = json!({"kinds": [resource["kind"].as_str().unwrap_or("Pod")]});
    match random.below(4) {
        0 => filter["names"] = json!([text(random, subject), "*a*"]),
        1 => filter["namespaces"] = json!([resource["metadata"]["namespace"].as_str().unwrap_or("x")]),
        2 => filter["selector"] = json!({"matchLabels": {"app": "*"}}),
        _ => {}
    }
    let mut spec = json!({
        "exceptions": [{"policyName": name, "ruleNames": [rule]}],
        "match": {["any", "all"][random.below(2)]: [{"resources": filter}]},
    });
    if random.one_in(4) {
        let key = ["{{ request.object.metadata.name }}", "{{ request.operation }}", "{{ no.such }}"];
        let condition =
            json!({"key": key[random.below(3)], "operator": "Equals", "value": text(random, subject)});
        spec["conditions"] = json!({["any", "all"][random.below(2)]: [condition]});
    }
    json!([{"apiVersion": "kyverno.io/v2", "kind": "PolicyException", "metadata": {"name": "e", "namespace": "n"}, "spec": spec}])
}

/// Objects beside the one in question, each once.
fn objects(random: &mut Random, corpus: &Corpus, subject: &Subject, resource: &Value) -> Value {
    let beside: Vec<&Value> = corpus
        .resources
        .iter()
        .filter(|(folder, _)| *folder == subject.folder)
        .map(|(_, value)| value)
        // Upstream's cluster that is made up finds no kind whose plural is more than an `s`.
        .filter(|value| value["kind"].as_str().is_some_and(|kind| !kind.ends_with(['s', 'y'])))
        .collect();
    let mut some: Vec<&Value> = Vec::new();
    for _ in 0..random.below(4) {
        if let Some(one) = beside.get(random.below(beside.len().max(1)))
            && !some.iter().chain([&resource]).any(|other| is_same(one, other))
        {
            some.push(one);
        }
    }
    json!(some)
}

fn is_same(one: &Value, other: &Value) -> bool {
    let text = |value: &Value, key: &str| value["metadata"][key].as_str().unwrap_or_default().to_owned();
    one["kind"] == other["kind"] && ["name", "namespace"].iter().all(|key| text(one, key) == text(other, key))
}
