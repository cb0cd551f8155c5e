//! Tables of what the RFCs and the Go library say, and properties.

mod apply;
mod lenient;
mod merge;
mod pointer;
mod properties;

use crate::{JsonPatch, PatchDialect as Dialect, PatchError, Value};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn patched(document: &str, patch: &str, dialect: Dialect) -> Result<Value, PatchError> {
    JsonPatch::parse(&json(patch), dialect)?.apply(&json(document), dialect)
}
