//! The Pod Security Standards, every level and version, as a pure function.
//!
//! Decisions, their order and their texts are those of Pod Security Admission
//! (`kubernetes/pod-security-admission`, compared with release 0.37 by `oracles/pod-security`).
//!
//! ```
//! use ironhull_podsecurity::{LevelVersion, PodRef, evaluate};
//!
//! let pod = serde_json::from_str(r#"{"spec": {"hostPID": true, "containers": [{"name": "a"}]}}"#)?;
//! let level: LevelVersion = "baseline:latest".parse()?;
//! let decision = evaluate(level, PodRef::of(&pod)?)?;
//! assert_eq!(decision.message(), "host namespaces (hostPID=true)");
//! assert_eq!(decision.violations[0].fields[0].to_string(), "spec.hostPID");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the input must be
//!
//! A pod, or anything with the same `metadata` and `spec` (a pod template), as the API server would hold
//! it. Fields that are absent and fields that are `null` are the same. Of the API server's defaulting:
//!
//! - A volume without a source is taken as an `emptyDir`. A volume whose only source is one that this
//!   engine does not know is not: its type is `unknown`, which `restricted` refuses. A server newer than
//!   this engine may know it, and guessing would widen what is allowed.
//! - With `hostNetwork`, the API server copies `containerPort` to `hostPort`. The caller does that where
//!   the text matters; the decision is the same, because `hostNetwork` is refused wherever `hostPort` is.
//! - The API server copies AppArmor annotations of containers into `appArmorProfile` fields. That changes
//!   the text too, never the decision.
//! - No other default can change a decision.
//!
//! # What is not a pass
//!
//! A field of the wrong type makes the whole pod [`Invalid`], at every level and version, whether or not
//! the check that reads it would run: the API server refuses to decode such an object. Only fields that
//! some check reads are looked at; this is not a validator, so a pod without containers violates nothing.
//!
//! Whole numbers written as floats (`0.0`) are taken as integers, as kubectl sends them on.
//!
//! Never lives here: IO, and the decision which namespace, label or exemption applies to which request.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects)
)]

pub mod admission;
mod check;
mod checks;
mod decision;
mod defaults;
mod evaluate;
mod exemptions;
mod invalid;
mod labels;
mod level;
mod plan;
mod pod;
mod policy;
mod read;
#[cfg(test)]
mod testing;
mod text;
mod version;
mod view;

pub use check::{Check, CheckId, Revision};
pub use checks::{CHECKS, find};
pub use decision::{Decision, Violation};
pub use defaults::parse_defaults;
pub use evaluate::{evaluate, evaluate_check};
pub use exemptions::{Exemption, Exemptions};
pub use invalid::{Expected, Invalid};
pub use labels::{
    AUDIT, AUDIT_VERSION, ENFORCE, ENFORCE_VERSION, WARN, WARN_VERSION, audit_error, resolve_labels,
};
pub use level::{Level, LevelError};
pub use plan::checks_at;
pub use pod::PodRef;
pub use policy::{FieldError, Policy};
pub use version::{LATEST_MINOR, LevelVersion, LevelVersionError, Version, VersionError};
