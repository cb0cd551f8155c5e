//! What tests of several crates share.
//!
//! Lives here: literate tests (Markdown with YAML and expectations on the lines they speak of), what
//! holds for the rules of every domain, worlds from text. Never lives here: anything that a release build needs.

pub mod literate;
pub mod rules;
mod worlds;

pub use worlds::{read_documents, world_of};
