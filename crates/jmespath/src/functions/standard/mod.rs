//! The functions of the specification.

pub(super) mod by;
pub(super) mod lists;
pub(super) mod numbers;
pub(super) mod objects;
pub(super) mod strings;
pub(super) mod types;
