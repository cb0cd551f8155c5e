//! Pictures of connections: a model that callers fill, and SVG, HTML and DOT drawn from it.
//!
//! Lives here: folding many connections into few lines without changing what they say, the layout, the
//! routes and the text of the three formats.
//!
//! Never lives here: deciding who can talk to whom. A picture shows the connections it is given.
//!
//! The way of a picture: [`model`] → `graph` (numbers instead of names) → `fold` (fewer lines, the same
//! meaning) → `layout` (positions and routes) → `svg`, `html`. `dot` starts from the graph.

mod color;
mod dot;
mod escape;
mod fold;
mod graph;
mod html;
mod layout;
pub mod model;
pub(crate) mod sketch;
mod svg;
mod text;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use dot::{DotFlavour, dot};
pub use html::html;
pub use model::{Edge, EdgeMark, Fold, Group, Mark, Node, NodeClass, Options, Picture, Theme, Unprotected};
pub use svg::svg;
