//! JMESPath: the standard language and Kyverno's dialect of it, compiled once and evaluated on borrowed
//! values.
//!
//! ```
//! use ironhull_jmespath::{Dialect, Env, Expression};
//!
//! use ironhull_value::Value;
//!
//! let pod: Value = serde_json::from_str(r#"{"spec": {"containers": [{"image": "nginx"}]}}"#)?;
//! let images = Expression::parse("spec.containers[].image_normalize(image)", Dialect::Kyverno)?;
//! let found = images.search(&pod, &mut Env::default())?;
//! assert_eq!(found.item(0).and_then(|image| image.as_str()), Some("docker.io/nginx:latest"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it evaluates
//!
//! [`Expression::parse`] makes a flat program; nothing is parsed again. [`Expression::search`] walks it over
//! a [`Value`](ironhull_value::Value) or a [`Scope`], whose members are looked up by name. What an expression
//! selects is borrowed; a path of keys and indices allocates nothing.
//!
//! Time, randomness and name resolution come in through [`Env`]. An evaluation ends: it has a budget of
//! steps, of bytes that it makes and of depth ([`Limits`]).
//!
//! # Where regular expressions differ from Go's
//!
//! Patterns are Go's syntax with Go's messages, translated for the `regex` crate, which matches in linear
//! time as Go does. `\C` (any byte) is refused. A pattern that needs more than the memory limit of the
//! `regex` crate is refused as too large.
//!
//! Never lives here: IO, a clock, and what a policy does with the result.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects)
)]

mod compile;
mod dialect;
mod env;
mod error;
mod evaluate;
mod expression;
mod functions;
mod go;
mod image;
mod input;
mod inspect;
mod parse;
mod program;
mod term;

pub use dialect::Dialect;
pub use env::{Env, ImageDefaults, Limits, Now, Randomness, Resolver};
pub use error::{Error, Limit, Mistake, SyntaxError};
pub use expression::Expression;
pub use functions::{Function, Parameter, functions};
pub use image::Image;
pub use input::{Input, Scope};
pub use inspect::{BadCall, similar_function};
