//! A decision as the record has it, and the request that it was about.

use ironhull_value::{CompactString, Map, Value};
use ironhull_world::admission::{AdmissionRequest, Review};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// A decision, without what nobody shall see.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Decision")]
pub(crate) struct Recorded {
    /// The id that the refusal ends with.
    pub(crate) id: String,
    /// When, in milliseconds since 1970.
    pub(crate) at: i64,
    /// `validate`, `mutate`, `pod-security` or `policies`.
    pub(crate) route: String,
    /// Which policies were asked: `fail`, `ignore`, `all`, or one alone.
    #[serde(default)]
    pub(crate) which: String,
    pub(crate) uid: String,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub(crate) operation: String,
    pub(crate) resource: RecordedResource,
    #[serde(default)]
    pub(crate) subresource: String,
    /// The kind of the resource.
    pub(crate) kind: String,
    /// The kind of the request's object, which is another one for some subresources.
    #[serde(default)]
    pub(crate) request_kind: Option<RecordedKind>,
    #[serde(default)]
    pub(crate) namespace: String,
    /// The name, or what a name that the server makes up begins with.
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) user: RecordedUser,
    #[serde(default)]
    pub(crate) dry_run: bool,
    /// `allowed`, `changed`, `denied` or `error`.
    pub(crate) outcome: String,
    /// The refusal.
    #[serde(default)]
    pub(crate) message: String,
    /// What each rule said.
    #[serde(default)]
    pub(crate) said: Vec<RecordedSaid>,
    /// The exceptions that let something through.
    #[serde(default)]
    pub(crate) exceptions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) patch: Option<Json>,
    /// How long it took.
    #[serde(default)]
    pub(crate) microseconds: u64,
    /// The labels of the namespace at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) namespace_labels: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<Json>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) old_object: Option<Json>,
}

/// A resource of the API, as it is in paths.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "Resource")]
pub(crate) struct RecordedResource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) resource: String,
}

/// A kind of the API.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "Kind")]
pub(crate) struct RecordedKind {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
}

/// Who asked.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub(crate) struct RecordedUser {
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) groups: Vec<String>,
}

/// What one rule said.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Said")]
pub(crate) struct RecordedSaid {
    /// `kyverno` or `pod-security`.
    pub(crate) engine: String,
    /// `name` or `namespace/name`.
    pub(crate) policy: String,
    /// The resource version of the policy; of Pod Security the level.
    #[serde(default)]
    pub(crate) revision: String,
    pub(crate) rule: String,
    /// `pass`, `fail`, `warning`, `error` or `skip`.
    pub(crate) status: String,
    /// Whether it refuses, or would if its policy were enforced.
    pub(crate) refuses: bool,
    /// `enforce` or `shadow`.
    pub(crate) mode: String,
    #[serde(default)]
    pub(crate) message: String,
    /// The field that decided.
    #[serde(default)]
    pub(crate) field: String,
    /// What that field holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Json>,
    #[serde(default)]
    pub(crate) exceptions: Vec<String>,
}

impl RecordedSaid {
    /// Whether it was a reason to refuse.
    pub(crate) fn counts(&self) -> bool {
        self.refuses && self.mode == "enforce"
    }

    /// `policy/rule`.
    pub(crate) fn label(&self) -> String {
        if self.rule.is_empty() { self.policy.clone() } else { format!("{}/{}", self.policy, self.rule) }
    }
}

impl Recorded {
    /// From the body of an entry.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body)
            .map_err(|error| format!("a decision of the record cannot be read: {error}"))
    }

    /// Whether the request was let through.
    pub(crate) fn is_allowed(&self) -> bool {
        matches!(self.outcome.as_str(), "allowed" | "changed" | "undecided")
    }

    /// The rules that refused, or would have.
    pub(crate) fn refusing(&self) -> impl Iterator<Item = &RecordedSaid> {
        self.said.iter().filter(|said| said.refuses)
    }

    /// Without the objects, which are most of it.
    pub(crate) fn short(mut self) -> Self {
        (self.object, self.old_object, self.patch, self.namespace_labels) = (None, None, None, None);
        self
    }

    /// The object that it is about.
    pub(crate) fn about(&self) -> Option<&Json> {
        self.object.as_ref().or(self.old_object.as_ref())
    }

    /// `Pod shop/web`.
    pub(crate) fn title(&self) -> String {
        let subresource =
            if self.subresource.is_empty() { String::new() } else { format!("/{}", self.subresource) };
        let namespace = if self.namespace.is_empty() || self.kind == "Namespace" {
            String::new()
        } else {
            format!("{}/", self.namespace)
        };
        format!("{}{subresource} {namespace}{}", self.kind, self.name)
    }

    /// The labels of the namespace.
    pub(crate) fn labels(&self) -> Option<Map> {
        let labels: Value = serde_json::from_value(self.namespace_labels.clone()?).ok()?;
        labels.as_map().cloned()
    }

    /// The request, as far as the record has it: hidden values are hidden in it, too.
    pub(crate) fn request(&self) -> Result<AdmissionRequest, String> {
        let text = |key: &str| {
            self.about()?
                .get("metadata")?
                .get(key)?
                .as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        // A name that the server was to make up was none.
        let is_made_up =
            text("name").is_none() && text("generateName").as_deref() == Some(self.name.as_str());
        let kind = self.request_kind.clone().unwrap_or_else(|| RecordedKind {
            group: self.resource.group.clone(),
            version: self.resource.version.clone(),
            kind: self.kind.clone(),
        });
        let review = json!({
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "request": {
                "uid": self.uid,
                "kind": kind,
                "resource": self.resource,
                "subResource": self.subresource,
                "name": if is_made_up { "" } else { &self.name },
                "namespace": self.namespace,
                "operation": self.operation,
                "userInfo": self.user,
                "object": self.object,
                "oldObject": self.old_object,
                "dryRun": self.dry_run,
            },
        });
        let bytes = serde_json::to_vec(&review).map_err(|error| error.to_string())?;
        Review::read(&bytes).map(|review| review.request).map_err(|error| error.to_string())
    }

    /// The kind of the resource.
    pub(crate) fn kind(&self) -> CompactString {
        CompactString::from(self.kind.as_str())
    }
}
