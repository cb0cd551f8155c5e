//! What policies look up where there is no cluster: the files that Kyverno's command line takes.
//!
//! - `values`: variables, labels of namespaces, subresources; `user`: who asks
//! - `answers`: what services, the API server and global context entries answer
//! - `entry`: global context entries as objects
//! - `cluster`: objects that rules change and copy; `api`: an API server made of objects
//! - `fields`: how such files are read
//!
//! Never lives here: opening files.
//!
//! Source: `cmd/cli/kubectl-kyverno/apis/v1alpha1` of Kyverno 1.19.

mod answers;
pub mod api;
mod cluster;
mod entry;
pub(crate) mod fields;
mod user;
mod values;

pub use self::answers::{Answers, ApiCallResponse, GlobalEntry, Globals, method_and_url};
pub use self::cluster::Objects;
pub use self::entry::Source;
pub use self::user::read_user;
pub use self::values::Values;
