//! Manifests from files.
//!
//! Lives here: walking directories, recognising Helm charts and Kustomize directories, calling the tools
//! that render the latter, and reading it all in parallel.
//!
//! Never lives here: what a document means, or a message to the terminal.

mod chart;
mod collect;
mod dump;
mod kustomization;
mod lexical;
mod load;
mod render;

pub use collect::{CollectError, Collected, Options, Skipped, collect};
pub use dump::Dump;
pub use load::{Loaded, Origin, load};
pub use render::{RenderError, Renderer};
