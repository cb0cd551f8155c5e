//! What Go's standard library does, where an expression shows it: numbers, JSON, quoting, paths, times,
//! regular expressions, URLs. Written from the documentation and the behaviour of Go 1.26.
//!
//! Never lives here: anything about JMESPath.

pub(crate) mod base64;
mod hex_float;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod path;
pub(crate) mod quote;
pub(crate) mod regex;
pub(crate) mod strings;
pub(crate) mod time;
pub(crate) mod url;
