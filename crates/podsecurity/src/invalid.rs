//! Input that cannot be decided.

use std::fmt;

use ironhull_value::{Path, Type};

/// The type that a field of the Kubernetes API has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// An object.
    Object,
    /// A list.
    List,
    /// Text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number within 32 signed bits.
    Int32,
    /// A whole number within 64 signed bits.
    Int64,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::List => "a list",
            Self::String => "a string",
            Self::Boolean => "a boolean",
            Self::Int32 => "a 32-bit integer",
            Self::Int64 => "a 64-bit integer",
        })
    }
}

/// A field has a type that the API server would refuse. The pod is neither allowed nor forbidden, and must
/// not be let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field, from the root of the pod.
    pub path: Path,
    /// What it must be.
    pub expected: Expected,
    /// What it is.
    pub found: Type,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.segments().is_empty() {
            f.write_str("the pod")?;
        } else {
            write!(f, "{}", self.path)?;
        }
        let found = self.found.name();
        let article = if found.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        match (self.expected, self.found) {
            (Expected::Int32 | Expected::Int64, Type::Int) => {
                write!(f, " must be {}, but is out of range", self.expected)
            }
            _ => write!(f, " must be {}, but is {article} {found}", self.expected),
        }
    }
}

impl std::error::Error for Invalid {}
