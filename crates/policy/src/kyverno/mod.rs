//! Kyverno's classic language: `ClusterPolicy`, `Policy` and what belongs to them, with the semantics of
//! Kyverno 1.19.

pub mod mutate;
