//! Kubernetes quantities.

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QuantityError(pub String);

/// An exact Kubernetes quantity.
#[derive(Clone, Debug)]
pub struct Quantity;
