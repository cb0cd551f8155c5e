//! What tests of several crates share.
//!
//! Lives here: literate tests (Markdown with YAML and expectations on the lines they speak of), what
//! holds for the rules of every domain, worlds from text, a real control plane. Never lives here: anything
//! that a release build needs.

#[cfg(unix)]
pub mod control_plane;
pub mod literate;
pub mod rules;
mod skip;
mod worlds;

pub use skip::skip;
pub use worlds::{read_documents, world_of};
