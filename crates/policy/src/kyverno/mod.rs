//! Kyverno's classic language: `ClusterPolicy`, `Policy` and what belongs to them, with the semantics of
//! Kyverno 1.19.

pub mod admission;
pub mod autogen;
pub mod cleanup;
pub mod condition;
pub mod context;
pub mod engine;
pub mod exceptions;
pub mod explain;
mod go_json;
mod go_number;
pub mod go_text;
pub mod images;
mod json;
pub mod lint;
pub mod matching;
pub mod model;
pub mod mutate;
pub mod offline;
pub mod pattern;
pub(crate) mod pod_security;
pub mod report;
pub mod request;
pub mod set;
pub mod suite;
pub mod trace;
pub mod vap;
pub mod variables;
