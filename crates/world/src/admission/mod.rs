//! What the API server asks before it stores an object, and what it is answered.
//!
//! Lives here: an admission review as bytes and as values. The formats are those of
//! `admission.k8s.io/v1` and `v1beta1` (`kubernetes/api:admission/v1/types.go`); how answers are read is that of
//! `kubernetes/apiserver:pkg/admission/plugin/webhook/request`.
//!
//! Never lives here: a decision, a connection, a clock.

mod request;
mod response;
mod review;

#[cfg(test)]
mod tests;

pub use request::{AdmissionRequest, Operation, Requester, Resource};
pub use response::{AdmissionResponse, MOST_WARNINGS, Refusal, WARNING_WIDTH, fit_warnings};
pub use review::{Review, ReviewError, ReviewVersion};
