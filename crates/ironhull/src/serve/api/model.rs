//! What the API answers, in one form for the server, its clients and the document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::serve::recorded::Recorded;

/// A decision, and with `?explain=1` why.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DecisionAnswer {
    pub(crate) decision: Recorded,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) explanations: Vec<Explanation>,
}

/// Why a policy decided so, by the policy that is loaded now.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    /// `name` or `namespace/name`; of Pod Security `pod-security`.
    pub(crate) policy: String,
    /// What has to be known before it is believed: the policy changed since, or is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// The steps, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) text: String,
    /// The steps, for programs.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub(crate) steps: Json,
    /// The changes that would let it pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<Change>,
}

/// A change that would let an object pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    /// The rule or check that refused.
    pub(crate) rule: String,
    /// The field, empty where it is about none.
    pub(crate) field: String,
    /// What it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) found: Option<String>,
    /// What to write.
    pub(crate) advice: String,
    /// Whether the object was judged with the change, and passed.
    pub(crate) proven: bool,
}

/// Some decisions, the newest first.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct DecisionList {
    pub(crate) items: Vec<Recorded>,
    /// To be given as `continue` for the next ones; none after the last.
    #[serde(default, rename = "continue", skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// An exception to be tried.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct EvaluateRequest {
    /// An Exception of `ironhull.dev/v1alpha1`; without it what is loaded decides alone.
    #[serde(default)]
    pub(crate) exception: Option<Json>,
}

/// What would be decided now.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Evaluated {
    pub(crate) allowed: bool,
    /// The rules and checks that refuse.
    #[serde(default)]
    pub(crate) refused_by: Vec<String>,
    #[serde(default)]
    pub(crate) message: String,
    /// The exceptions that let something through.
    #[serde(default)]
    pub(crate) exceptions: Vec<String>,
}

/// How we are doing.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) version: String,
    /// Whether reviews are answered.
    pub(crate) ready: bool,
    /// What policies do of which nothing is said.
    pub(crate) usual_mode: String,
    pub(crate) policies: Vec<PolicyStatus>,
    pub(crate) exceptions: Vec<ExceptionStatus>,
    pub(crate) coverage: Vec<Coverage>,
    /// Other engines.
    pub(crate) peers: Vec<PeerStatus>,
    /// Why other engines could not be looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) peers_unknown: Option<String>,
    /// The record; none where nothing is kept.
    pub(crate) record: Option<RecordStatus>,
    /// When the certificate ends.
    pub(crate) certificate_ends: Option<String>,
    /// What the API server enforces by itself, so that it holds while we are away.
    pub(crate) holds_while_away: Vec<Holding>,
    /// What of it could not be found out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) holds_while_away_unknown: Vec<String>,
}

/// What the API server enforces by itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct Holding {
    /// `ValidatingAdmissionPolicy`, or `Namespace` for one with a Pod Security label.
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The policy and rule that it was made of, or the Pod Security level.
    pub(crate) of: String,
    /// What is done: `deny`, `warn`, `audit`.
    pub(crate) actions: Vec<String>,
    /// Whether it refuses anything.
    pub(crate) refuses: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) reason: String,
}

/// A policy.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct PolicyStatus {
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) revision: String,
    /// Whether it is enforced, or listened to.
    pub(crate) ready: bool,
    /// `enforce` or `shadow`.
    pub(crate) mode: String,
    /// Why it is not ready.
    pub(crate) reasons: Vec<String>,
}

/// An exception.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct ExceptionStatus {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Whether it lets anything through.
    pub(crate) holds: bool,
    /// Why not, or why it was given.
    pub(crate) reason: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) owner: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) expires: String,
}

/// How well a kind is known.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct Coverage {
    pub(crate) group: String,
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) namespace: String,
    /// Whether an object that we do not know does not exist.
    pub(crate) complete: bool,
    pub(crate) state: String,
}

/// Another engine.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct PeerStatus {
    pub(crate) engine: String,
    pub(crate) evidence: String,
}

/// The record.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordStatus {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    pub(crate) oldest: Option<String>,
    pub(crate) newest: Option<String>,
    /// Decisions that are not in it: there was no room or the disk failed.
    pub(crate) dropped: u64,
    pub(crate) failing: bool,
    pub(crate) last_error: Option<String>,
}

/// Where policies that are only listened to disagree with what was done.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shadow {
    /// From when on, in milliseconds since 1970.
    pub(crate) since: i64,
    pub(crate) policies: Vec<ShadowPolicy>,
    /// Of how many requests, since this server started, both said the same.
    #[serde(default)]
    pub(crate) agreed: u64,
    /// What another engine refused and we would have let through, since this server started.
    #[serde(default)]
    pub(crate) refused_by_another: Vec<TheirRefusal>,
}

/// A request that another engine refused and we would have let through.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct TheirRefusal {
    pub(crate) id: String,
    pub(crate) about: String,
    pub(crate) at: i64,
    /// What the other engine says.
    pub(crate) evidence: String,
}

/// What one policy would have refused.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShadowPolicy {
    pub(crate) policy: String,
    /// How many requests it would have refused.
    pub(crate) would_refuse: u64,
    /// How many of these were let through for certain: the object is there.
    #[serde(default)]
    pub(crate) let_through: u64,
    /// How many of these another engine refused too.
    #[serde(default)]
    pub(crate) refused_too: u64,
    /// By its rules.
    pub(crate) rules: std::collections::BTreeMap<String, u64>,
    /// The last of them.
    pub(crate) last: Vec<ShadowDecision>,
}

/// A request that would have been refused.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct ShadowDecision {
    pub(crate) id: String,
    /// `let through`, `refused`, or `unknown`.
    #[serde(default)]
    pub(crate) fate: String,
    pub(crate) about: String,
    pub(crate) at: i64,
}

/// What is wrong with a question.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct Problem {
    pub(crate) error: String,
}
