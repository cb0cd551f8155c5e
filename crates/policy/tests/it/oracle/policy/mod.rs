//! Whole policies.
