//! `{{ variables }}` and `$(references)` in documents.
//!
//! - `scan`: where they are in a text
//! - `reference`: `$(./../path)`, replaced first, by what stands elsewhere in the same document
//! - `substitute`: variables, replaced again and again until none is left

mod reference;
mod scan;
mod substitute;
mod template;

pub(crate) use self::scan::{has_variable, references, variables};
pub(crate) use self::substitute::json_text;
pub use self::substitute::{Lookup, SubstituteError};
pub use self::template::Template;
