//! Manifests: YAML and JSON bytes to documents with positions and comments, read exactly as kubectl
//! reads them.
//!
//! Lives here: cutting a stream into documents, the scalar rules of go-yaml v2, the span of every node,
//! comments, recovery after a broken document, and the limits that keep hostile input harmless.
//!
//! Never lives here: what a document means (`world`), or opening files (`files`).
//!
//! The entry is [`read`]. It never fails: what could not be understood is a [`Diagnostic`].
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects)
)]

mod builder;
mod diagnostic;
mod document;
mod dump;
mod json;
mod number;
mod read;
mod resolve;
mod source;
mod spans;
mod split;
mod yaml;

#[cfg(test)]
mod tests;

pub use diagnostic::{Code, Diagnostic, Level};
pub use document::{Comment, Document};
pub use dump::{ItemSplitter, read_item};
pub use read::{Limits, Parsed, read, read_owned};
pub use source::{Position, Source, Span};
pub use spans::{Location, SpanTree};
