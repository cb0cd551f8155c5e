//! A review as bytes.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ironhull_value::{Interner, Value};
use serde::Serialize;

use super::request::AdmissionRequest;
use super::response::AdmissionResponse;

/// The version of the review's format; the answer has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewVersion {
    /// `admission.k8s.io/v1`.
    V1,
    /// `admission.k8s.io/v1beta1`, which servers before 1.22 may ask with.
    V1beta1,
}

impl ReviewVersion {
    /// As in `apiVersion`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "admission.k8s.io/v1",
            Self::V1beta1 => "admission.k8s.io/v1beta1",
        }
    }
}

/// A review that was asked for.
#[derive(Clone, Debug)]
pub struct Review {
    /// Its version.
    pub version: ReviewVersion,
    /// What is asked.
    pub request: AdmissionRequest,
}

/// Why bytes are no review. Texts never repeat what was in them, as it may be a Secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// They are not JSON.
    #[error("it is not JSON (line {line}, column {column})")]
    Json {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// They are something else.
    #[error("it is not an AdmissionReview of admission.k8s.io/v1 or v1beta1")]
    Kind,
    /// Something is missing or of another type.
    #[error("{0}")]
    Request(String),
}

impl Review {
    /// Reads a review.
    ///
    /// # Errors
    /// When the bytes are none, or lack what an answer needs.
    pub fn read(bytes: &[u8]) -> Result<Self, ReviewError> {
        let review =
            parse(bytes).map_err(|error| ReviewError::Json { line: error.line(), column: error.column() })?;
        if review.dig_str(&["kind"]) != Some("AdmissionReview") {
            return Err(ReviewError::Kind);
        }
        let version = match review.dig_str(&["apiVersion"]) {
            Some("admission.k8s.io/v1") => ReviewVersion::V1,
            Some("admission.k8s.io/v1beta1") => ReviewVersion::V1beta1,
            _ => return Err(ReviewError::Kind),
        };
        let request = match review.get("request") {
            Some(request @ Value::Map(_)) => request.clone(),
            _ => return Err(ReviewError::Request("request is missing".to_owned())),
        };
        Ok(Self { version, request: AdmissionRequest::read(request).map_err(ReviewError::Request)? })
    }

    /// The answer as the API server expects it.
    pub fn answer(&self, response: &AdmissionResponse) -> Vec<u8> {
        let patch = response.patch.as_ref().and_then(|patch| serde_json::to_vec(patch).ok());
        let answer = Answer {
            api_version: self.version.as_str(),
            kind: "AdmissionReview",
            response: Body {
                uid: &self.request.uid,
                allowed: response.is_allowed(),
                status: response.refusal.as_ref().map(|refusal| Status {
                    metadata: Empty {},
                    status: "Failure",
                    message: &refusal.message,
                    reason: refusal.reason,
                    code: refusal.code,
                }),
                patch: patch.as_deref().map(|patch| STANDARD.encode(patch)),
                patch_type: patch.is_some().then_some("JSONPatch"),
                audit_annotations: Annotations(response),
                warnings: &response.warnings,
            },
        };
        serde_json::to_vec(&answer).unwrap_or_default()
    }
}

/// Reads JSON, with keys that this thread has read before: one review is like the next.
fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    thread_local! {
        static KEYS: RefCell<Interner> = RefCell::default();
    }
    KEYS.with_borrow_mut(|keys| {
        // Strangers choose labels: they are forgotten again.
        keys.forget_beyond(4096);
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = Value::deserialize_interned(&mut reader, keys)?;
        reader.end().map(|()| value)
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    audit_annotations: Annotations<'a>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the API")]
struct Status<'a> {
    metadata: Empty,
    status: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
}

#[derive(Serialize)]
struct Empty {}

struct Annotations<'a>(&'a AdmissionResponse);

impl Annotations<'_> {
    fn is_empty(&self) -> bool {
        self.0.annotations.is_empty()
    }
}

impl Serialize for Annotations<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.annotations.iter().map(|(key, value)| (key.as_str(), value)))
    }
}
