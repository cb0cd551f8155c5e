//! Exceptions of our own: what is let through although a policy or the Pod Security Standards refuse it, by whom,
//! why, and until when.
//!
//! One object for every engine. It names what it lets through as narrowly as people want: objects by namespace,
//! kind, name and labels, Pod Security checks by container, rules by policy.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_podsecurity::admission::Waiver;
use ironhull_podsecurity::{CHECKS, CheckId};
use ironhull_value::{Map, Value, wildcard_match};
use ironhull_world::admission::AdmissionRequest;
use ironhull_world::{Object, ObjectRef, Origin};
use serde::Deserialize;
use serde_json::json;

use crate::kyverno::model::PolicyException;

/// The API group of our own objects.
pub const GROUP: &str = "ironhull.dev";

/// The version of our own objects.
pub const VERSION: &str = "v1alpha1";

/// An `Exception` of `ironhull.dev/v1alpha1`.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The object.
    pub object: Arc<Object>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Until when, in seconds since 1970.
    pub expires: i64,
    spec: Spec,
    checks: Option<Vec<CheckId>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    owner: String,
    reason: String,
    expires: String,
    /// The decision that it was made for.
    #[serde(default, rename = "decision")]
    _decision: Option<String>,
    r#match: Match,
    #[serde(default)]
    pod_security: Option<PodSecurity>,
    #[serde(default)]
    policies: Vec<Excepted>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Match {
    namespaces: Vec<String>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    labels: std::collections::BTreeMap<String, String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PodSecurity {
    checks: Vec<String>,
    #[serde(default)]
    containers: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Excepted {
    name: String,
    #[serde(default)]
    rules: Vec<String>,
}

impl Exception {
    /// Reads an exception; `None` for an object that is none.
    ///
    /// # Errors
    /// What is wrong with it. Such an exception lets nothing through.
    pub fn read(object: &Arc<Object>) -> Option<Result<Self, String>> {
        (object.key.group == GROUP && object.key.kind == "Exception").then(|| Self::of(object))
    }

    fn of(object: &Arc<Object>) -> Result<Self, String> {
        let spec = object.value.get("spec").ok_or("an exception needs a `spec`")?;
        let spec = serde_json::to_value(spec).map_err(|error| error.to_string())?;
        let spec: Spec = serde_json::from_value(spec).map_err(|error| format!("spec: {error}"))?;
        for (field, text) in [("owner", &spec.owner), ("reason", &spec.reason)] {
            if text.trim().is_empty() {
                return Err(format!("spec.{field} is empty; say who answers for it and why"));
            }
        }
        let expires: jiff::Timestamp = spec.expires.parse().map_err(|_| {
            format!("spec.expires is {:?}; write a time such as 2026-12-24T18:00:00Z", spec.expires)
        })?;
        if spec.r#match.namespaces.is_empty() {
            return Err("spec.match.namespaces is empty; name those that it is for".to_owned());
        }
        if spec.pod_security.is_none() && spec.policies.is_empty() {
            return Err("it lets nothing through; write `podSecurity` or `policies`".to_owned());
        }
        let checks = spec.pod_security.as_ref().map(|one| checks(&one.checks)).transpose()?.flatten();
        Ok(Self {
            object: Arc::clone(object),
            owner: spec.owner.clone(),
            reason: spec.reason.clone(),
            expires: expires.as_second(),
            checks,
            spec,
        })
    }

    /// `namespace/name`.
    pub fn key(&self) -> CompactString {
        let ObjectRef { namespace, name, .. } = &self.object.key;
        if namespace.is_empty() { name.clone() } else { compact_str::format_compact!("{namespace}/{name}") }
    }

    /// Whether it still holds.
    pub fn holds(&self, now: i64) -> bool {
        now < self.expires
    }

    /// Whether it is about the object of a request. What is in no namespace is never meant.
    pub fn is_about(&self, request: &AdmissionRequest) -> bool {
        let own = &self.spec.r#match;
        let any = |wanted: &[String], found: &str| {
            wanted.is_empty() || wanted.iter().any(|own| wildcard_match(own, found))
        };
        let empty = Map::default();
        let labels = request.labels().unwrap_or(&empty);
        let kind = request.about().and_then(|object| object.dig_str(&["kind"])).unwrap_or(&request.kind.2);
        !request.namespace.is_empty()
            && any(&own.namespaces, &request.namespace)
            && any(&own.kinds, kind)
            && any(&own.names, request.shown_name())
            && own.labels.iter().all(|(key, value)| {
                labels.get(key).and_then(Value::as_str).is_some_and(|found| wildcard_match(value, found))
            })
    }

    /// What it waives of the Pod Security Standards.
    pub fn waiver(&self) -> Option<Waiver> {
        let own = self.spec.pod_security.as_ref()?;
        Some(Waiver {
            id: self.key(),
            checks: self.checks.clone(),
            containers: own.containers.iter().map(CompactString::from).collect(),
        })
    }

    /// What it lets through of policies, in the form that Kyverno's engine knows; none if that is nothing.
    pub fn for_kyverno(&self) -> Option<PolicyException> {
        if self.spec.policies.is_empty() {
            return None;
        }
        let own = &self.spec.r#match;
        let kinds = if own.kinds.is_empty() { vec!["*".to_owned()] } else { own.kinds.clone() };
        // For Kyverno `*` is also the namespace of what is in none.
        let is_star = |text: &str| text.bytes().all(|byte| byte == b'*');
        let named = own.namespaces.iter().filter(|text| !text.is_empty());
        let namespaces: Vec<&str> = named.map(|text| if is_star(text) { "?*" } else { text }).collect();
        if namespaces.is_empty() {
            return None;
        }
        let mut resources = json!({ "kinds": kinds, "namespaces": namespaces });
        if !own.names.is_empty() {
            resources["names"] = json!(own.names);
        }
        if !own.labels.is_empty() {
            resources["selector"] = json!({ "matchLabels": own.labels });
        }
        let excepted = self.spec.policies.iter().map(|one| {
            let all = vec!["*".to_owned()];
            json!({ "policyName": one.name, "ruleNames": if one.rules.is_empty() { &all } else { &one.rules } })
        });
        let ObjectRef { namespace, name, .. } = &self.object.key;
        let value = json!({
            "apiVersion": "kyverno.io/v2",
            "kind": "PolicyException",
            "metadata": { "name": name.as_str(), "namespace": namespace.as_str() },
            "spec": {
                "match": { "any": [{ "resources": resources }] },
                "exceptions": excepted.collect::<Vec<_>>(),
            },
        });
        let key = ObjectRef {
            group: "kyverno.io".into(),
            kind: "PolicyException".into(),
            ..self.object.key.clone()
        };
        let value = serde_json::from_value(value).ok()?;
        PolicyException::read(&Arc::new(Object { key, version: "v2".into(), value, origin: Origin::Request }))
    }
}

/// The checks that are named; `None` for all of them.
fn checks(names: &[String]) -> Result<Option<Vec<CheckId>>, String> {
    if names.is_empty() {
        return Err("spec.podSecurity.checks is empty; name checks, or \"*\" for all".to_owned());
    }
    if names.iter().any(|name| name == "*") {
        return Ok(None);
    }
    let found = names.iter().map(|name| {
        let check = CHECKS.iter().find(|check| check.id.as_str().eq_ignore_ascii_case(name));
        check.map(|check| check.id).ok_or_else(|| {
            let known: Vec<&str> = CHECKS.iter().map(|check| check.id.as_str()).collect();
            format!("spec.podSecurity.checks: there is no check {name:?}; there are {}", known.join(", "))
        })
    });
    found.collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use ironhull_world::admission::Review;

    use super::*;

    fn exception(spec: &str) -> Result<Exception, String> {
        let text = format!(
            r#"{{"apiVersion":"ironhull.dev/v1alpha1","kind":"Exception","metadata":{{"name":"x","namespace":"ironhull-system"}},"spec":{spec}}}"#
        );
        let key = ObjectRef {
            group: GROUP.into(),
            kind: "Exception".into(),
            namespace: "ironhull-system".into(),
            name: "x".into(),
            copy: 0,
        };
        let value = serde_json::from_str(&text).unwrap();
        let object = Object { key, version: VERSION.into(), value, origin: Origin::Request };
        Exception::read(&Arc::new(object)).unwrap()
    }

    fn spec(extra: &str) -> String {
        format!(r#"{{"owner":"team","reason":"old agent","expires":"2026-12-01T00:00:00Z",{extra}}}"#)
    }

    fn pod(namespace: &str, name: &str) -> AdmissionRequest {
        let text = format!(
            r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u","kind":{{"group":"","version":"v1","kind":"Pod"}},
            "resource":{{"group":"","version":"v1","resource":"pods"}},"operation":"CREATE","namespace":"{namespace}","name":"{name}",
            "object":{{"kind":"Pod","metadata":{{"name":"{name}","labels":{{"app":"web"}}}}}}}}}}"#
        );
        Review::read(text.as_bytes()).unwrap().request
    }

    #[test]
    fn it_is_about_what_it_names_until_it_ends() {
        let found = exception(&spec(
            r#""match":{"namespaces":["shop"],"names":["web-*"],"kinds":["Pod"],"labels":{"app":"web"}},
               "podSecurity":{"checks":["hostPathVolumes"],"containers":["agent"]},"policies":[{"name":"p"}]"#,
        ))
        .unwrap();
        assert!(found.is_about(&pod("shop", "web-1")));
        assert!(!found.is_about(&pod("shop", "db-1")) && !found.is_about(&pod("other", "web-1")));
        assert!(!found.is_about(&pod("", "web-1")));
        assert!(found.holds(found.expires - 1) && !found.holds(found.expires));
        let waiver = found.waiver().unwrap();
        assert_eq!(waiver.checks, Some(vec![CheckId::HostPathVolumes]));
        assert_eq!(waiver.id, "ironhull-system/x");
        let kyverno = found.for_kyverno().unwrap();
        assert_eq!(kyverno.problems, []);
        assert_eq!(kyverno.exceptions[0].rules, ["*"]);
    }

    #[test]
    fn what_is_in_no_namespace_is_never_meant() {
        use crate::kyverno::matching::Matcher;
        use crate::kyverno::request::Request;

        let reached = |namespaces: &str| {
            let found = exception(&spec(&format!(
                r#""match":{{"namespaces":{namespaces}}},"policies":[{{"name":"p"}}]"#
            )));
            let Some(kyverno) = found.unwrap().for_kyverno() else { return Vec::new() };
            assert_eq!(kyverno.problems, []);
            let matcher = Matcher::new(&kyverno.matching, None);
            let objects = [
                r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"in","namespace":"shop"}}"#,
                r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"out"}}"#,
            ];
            let values = objects.map(|text| serde_json::from_str::<Value>(text).unwrap());
            let reached =
                values.iter().filter(|value| matcher.matches(&Request::create(value), value).is_ok());
            reached.filter_map(|value| Some(value.dig_str(&["metadata", "name"])?.to_owned())).collect()
        };
        assert_eq!(reached(r#"["*"]"#), ["in"]);
        assert_eq!(reached(r#"["**"]"#), ["in"]);
        assert_eq!(reached(r#"["sh*"]"#), ["in"]);
        assert_eq!(reached(r#"[""]"#), Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_is_told() {
        let matching = r#""match":{"namespaces":["a"]}"#;
        for (spec, message) in [
            (spec(matching), "it lets nothing through"),
            (spec(&format!(r#"{matching},"policies":[{{"name":"p"}}],"x":1"#)), "unknown field `x`"),
            (spec(r#""match":{"namespaces":[]},"policies":[{"name":"p"}]"#), "namespaces is empty"),
            (spec(&format!(r#"{matching},"podSecurity":{{"checks":["hostPath"]}}"#)), "there is no check \"hostPath\""),
            (r#"{"owner":"a","reason":"b","match":{"namespaces":["a"]}}"#.to_owned(), "missing field `expires`"),
            (
                r#"{"owner":"a","reason":"b","expires":"soon","match":{"namespaces":["a"]},"policies":[{"name":"p"}]}"#.to_owned(),
                "write a time such as",
            ),
            (
                r#"{"owner":" ","reason":"b","expires":"2026-12-01T00:00:00Z","match":{"namespaces":["a"]},"policies":[{"name":"p"}]}"#.to_owned(),
                "spec.owner is empty",
            ),
        ] {
            let error = exception(&spec).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
