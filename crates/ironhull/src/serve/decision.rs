//! What is remembered of an answer.

use ironhull_policy::kyverno::engine::{Compiled, RuleResponse, Status};
use ironhull_policy::kyverno::explain::Hidden;
use ironhull_value::{CompactString, Value};
use ironhull_world::admission::AdmissionRequest;
use ironhull_world::plain_metadata;
use serde_json::{Value as Json, json};

use super::loaded::revision;
use super::modes::Mode;

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allowed,
    Denied,
    /// Allowed, and changed.
    Changed,
    /// It could not be decided, and was refused for it.
    Error,
    /// It could not be decided, and was let through for it.
    Undecided,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Changed => "changed",
            Self::Error => "error",
            Self::Undecided => "undecided",
        }
    }
}

/// What one rule said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// `kyverno` or `pod-security`.
    pub(crate) engine: &'static str,
    /// The policy, `name` or `namespace/name`; of Pod Security the level.
    pub(crate) policy: String,
    /// The version of the policy's object.
    pub(crate) revision: String,
    /// The rule, or the check.
    pub(crate) rule: String,
    pub(crate) status: &'static str,
    /// Whether it would refuse.
    pub(crate) refuses: bool,
    pub(crate) mode: Mode,
    pub(crate) message: String,
    /// The field that decided, and what it holds.
    pub(crate) field: String,
    pub(crate) value: Option<Value>,
    pub(crate) exceptions: Vec<String>,
}

/// An answer, with what it was given for. Cheap to make: it shares the objects.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) id: String,
    /// Milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) route: &'static str,
    /// Which policies were asked.
    pub(crate) which: String,
    pub(crate) request: AdmissionRequest,
    /// The kind of the resource.
    pub(crate) kind: CompactString,
    pub(crate) outcome: Outcome,
    /// Whether any policy was asked that is only listened to.
    pub(crate) is_listened: bool,
    pub(crate) message: String,
    pub(crate) said: Vec<Said>,
    /// Exceptions that let something through.
    pub(crate) exceptions: Vec<String>,
    pub(crate) patch: Option<Value>,
    pub(crate) microseconds: u64,
    /// The labels of the namespace, which a replay needs.
    pub(crate) namespace_labels: Option<Value>,
}

/// The id of the decision about a request: the same in every replica and for every retry of the answer.
pub(crate) fn id_of(uid: &str) -> String {
    // Letters that nobody confuses when they are read out, without vowels that make words.
    const LETTERS: &[u8; 32] = b"0123456789bcdfghjkmnpqrstvwxyz47";
    let digest = sha256(uid.as_bytes());
    digest.iter().take(12).map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).to_vec()
}

impl Said {
    /// What a rule of a Kyverno policy said.
    pub(crate) fn of_rule(
        policy: &Compiled,
        rule: &RuleResponse,
        refuses: bool,
        mode: Mode,
        object: Option<&Value>,
    ) -> Self {
        let name = policy.policy.name();
        let namespace = policy.policy.namespace();
        Self {
            engine: "kyverno",
            policy: if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") },
            revision: revision(&policy.policy.object).to_owned(),
            rule: rule.name.to_string(),
            status: rule.status.name(),
            refuses: refuses && !matches!(rule.status, Status::Pass | Status::Skip),
            mode,
            message: rule.message.clone(),
            field: rule.field.to_string(),
            value: object.and_then(|object| object.at(&rule.field)).filter(|value| is_small(value)).cloned(),
            exceptions: rule.exceptions.clone(),
        }
    }
}

/// Whether a value is shown: one that fits a line.
fn is_small(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.len() <= 4,
        Value::Map(map) => map.len() <= 4,
        _ => true,
    }
}

impl Decision {
    /// The keys by which it is found.
    pub(crate) fn keys(&self) -> Vec<String> {
        let request = &self.request;
        let name = request.shown_name();
        let mut keys = vec![
            format!("outcome:{}", self.outcome.name()),
            format!("namespace:{}", request.namespace),
            object_key(&self.kind, &request.namespace, name),
        ];
        keys.extend(self.said.iter().map(|said| format!("policy:{}", said.policy)));
        let is_shadowed = |said: &Said| said.refuses && said.mode == Mode::Shadow;
        if matches!(self.outcome, Outcome::Allowed | Outcome::Changed) && self.said.iter().any(is_shadowed) {
            keys.push(SHADOWED.to_owned());
        }
        keys.sort();
        keys.dedup();
        keys
    }

    /// As it is kept and shown: without what nobody shall see.
    pub(crate) fn json(&self) -> Json {
        let request = &self.request;
        let own = Value::default();
        let object = request.object.as_ref().unwrap_or(&own);
        let old = request.old_object.as_ref().unwrap_or(&own);
        let hidden = [Hidden::new(object, []), Hidden::new(old, [])];
        let text = |text: &str| {
            let once = hidden[0].text(text).into_owned();
            hidden[1].text(&once).into_owned()
        };
        let value = |value: &Value| json!(hidden[1].value(&hidden[0].value(value)));
        let said = self.said.iter().map(|said| {
            json!({
                "engine": said.engine,
                "policy": said.policy,
                "revision": said.revision,
                "rule": said.rule,
                "status": said.status,
                "refuses": said.refuses,
                "mode": said.mode.name(),
                "message": text(&said.message),
                "field": said.field,
                "value": said.value.as_ref().map(value),
                "exceptions": said.exceptions,
            })
        });
        json!({
            "id": self.id,
            "at": self.at,
            "route": self.route,
            "which": self.which,
            "uid": request.uid.as_str(),
            "operation": request.operation.as_str(),
            "resource": {
                "group": request.resource.group.as_str(),
                "version": request.resource.version.as_str(),
                "resource": request.resource.resource.as_str(),
            },
            "subresource": request.subresource.as_str(),
            "kind": self.kind.as_str(),
            "requestKind": {
                "group": request.kind.0.as_str(),
                "version": request.kind.1.as_str(),
                "kind": request.kind.2.as_str(),
            },
            "namespace": request.namespace.as_str(),
            "name": request.shown_name(),
            "user": {
                "username": request.user.username.as_str(),
                "groups": request.user.groups.iter().map(CompactString::as_str).collect::<Vec<_>>(),
            },
            "dryRun": request.dry_run,
            "outcome": self.outcome.name(),
            "message": text(&self.message),
            "said": said.collect::<Vec<_>>(),
            "exceptions": self.exceptions,
            "patch": self.patch.as_ref().map(value),
            "microseconds": self.microseconds,
            "namespaceLabels": self.namespace_labels,
            "object": request.object.as_ref().map(|object| value(&plain(object))),
            "oldObject": request.old_object.as_ref().map(|object| value(&plain(object))),
        })
    }
}

/// The key of decisions that let through what a policy would have refused.
pub(crate) const SHADOWED: &str = "shadowed";

/// By which the decisions about an object are found.
pub(crate) fn object_key(kind: &str, namespace: &str, name: &str) -> String {
    format!("object:{kind}/{namespace}/{name}")
}

/// An object without what the API server keeps for itself.
fn plain(object: &Value) -> Value {
    let Some(map) = object.as_map() else { return object.clone() };
    map.iter()
        .map(|(key, value)| {
            let value = if key.as_str() == "metadata" { plain_metadata(value) } else { value.clone() };
            (key.clone(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_depends_on_the_request_alone() {
        let id = id_of("705ab4f5-6393-11e8-b7cc-42010a800002");
        assert_eq!(id, id_of("705ab4f5-6393-11e8-b7cc-42010a800002"));
        assert_eq!(id.len(), 12);
        assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        assert_ne!(id, id_of("705ab4f5-6393-11e8-b7cc-42010a800003"));
    }
}
