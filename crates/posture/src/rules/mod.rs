//! One rule, one file. A folder is an area; its `mod.rs` only lists.

pub(crate) mod image;
pub(crate) mod input;
pub(crate) mod namespace;
pub(crate) mod network;
pub(crate) mod rbac;
pub(crate) mod secret;
pub(crate) mod workload;
