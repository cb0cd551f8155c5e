//! Generates policies.
