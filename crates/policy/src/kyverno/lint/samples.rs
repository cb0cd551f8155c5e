//! Objects to try policies on: the least that the API server takes, as it hands it to a webhook.

use compact_str::CompactString;
use ironhull_value::{Key, Map, Value};
use ironhull_world::{Carriers, Catalog, GroupKind, Shape};

/// A pod's spec with what the API server fills in.
const POD_SPEC: &str = r#"{
  "containers": [{
    "name": "main", "image": "registry.example/app:1.0", "imagePullPolicy": "IfNotPresent", "resources": {},
    "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"
  }],
  "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
  "securityContext": {}, "terminationGracePeriodSeconds": 30
}"#;

/// A plain object of a kind.
pub(super) fn minimal(catalog: &Catalog, kind: GroupKind<'_>) -> Value {
    let version = catalog.served_versions(kind).first().cloned().unwrap_or_else(|| "v1".into());
    let api = if kind.group.is_empty() { version.to_string() } else { format!("{}/{version}", kind.group) };
    let metadata = map([("name", "sample".into()), ("namespace", "default".into())]);
    let mut object =
        map([("apiVersion", api.as_str().into()), ("kind", kind.kind.into()), ("metadata", metadata)]);
    let carriers = Carriers::default();
    match carriers.of(kind).find(|carrier| carrier.shape == Shape::Template) {
        Some(carrier) if carrier.path.is_empty() => object = with(&object, &["spec"], pod_spec()),
        Some(carrier) => {
            let labels = map([("app", "sample".into())]);
            let template = map([("metadata", map([("labels", labels)])), ("spec", pod_spec())]);
            let keys: Vec<&str> = carrier.path.iter().map(CompactString::as_str).collect();
            object = with(&object, &keys, template);
        }
        None if matches!(kind.kind, "ConfigMap" | "Secret") => object = with(&object, &["data"], map([])),
        None => object = with(&object, &["spec"], map([])),
    }
    object
}

fn pod_spec() -> Value {
    serde_json::from_str(POD_SPEC).unwrap_or_default()
}

pub(super) fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// A tree with another value at a path; what is in the way becomes a map.
pub(super) fn with(old: &Value, path: &[&str], value: Value) -> Value {
    let [first, rest @ ..] = path else { return value };
    let inner = with(old.get(first).unwrap_or(&Value::Null), rest, value);
    let own = old.as_map().into_iter().flat_map(Map::iter).map(|(key, value)| (key.clone(), value.clone()));
    Value::Map(own.chain([(Key::new(first), inner)]).collect())
}

/// A tree without a member.
pub(super) fn without(old: &Value, key: &str) -> Value {
    let own = old.as_map().into_iter().flat_map(Map::iter).filter(|(own, _)| own.as_str() != key);
    Value::Map(own.map(|(key, value)| (key.clone(), value.clone())).collect())
}
