//! The JSON-like tree that everything in Ironhull evaluates on.
//!
//! Lives here: the immutable [`Value`], its [`Key`]s and [`Map`]s, [`Path`]s into it, and the scalar
//! notations of the Kubernetes API (quantities, durations, int-or-string, wildcards, label selectors), and
//! changes to a tree (JSON Patch, merge patch, the difference of two trees).
//!
//! Never lives here: text positions (`manifest`), object identity (`world`), or any IO.

mod duration;
mod int_or_string;
mod interner;
mod key;
mod map;
mod patch;
mod path;
mod quantity;
mod selector;
mod serde_impl;
mod tree;
mod wildcard;

pub use compact_str::CompactString;
pub use duration::{DurationError, format_duration, parse_duration};
pub use int_or_string::{IntOrString, IntOrStringError};
pub use interner::Interner;
pub use key::Key;
pub use map::{Map, MapBuilder};
pub use patch::{
    Cause as PatchCause, Dialect as PatchDialect, JsonPatch, Operation as PatchOperation, PatchError,
    Pointer, PointerError, diff, merge_patch,
};
pub use path::{Path, Segment};
pub use quantity::{Format as QuantityFormat, Quantity, QuantityError};
pub use selector::{
    Operator, Requirement, Selector, SelectorError, label_key_problems, label_value_problems,
};
pub use tree::{Type, Value};
pub use wildcard::{contains_wildcard, wildcard_match};
