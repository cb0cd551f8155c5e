//! JSON Patch documents.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{PatchError, Pointer};
use crate::{Map, Value};

/// How strictly a patch is read and applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 6902 to the letter.
    Rfc6902,
    /// As `evanphx/json-patch` v5 with the options that Kyverno gives it: indices may be negative and count
    /// from the end, `remove` of what is not there does nothing, `add` makes the parents that are missing,
    /// and `test` without a value asks for null or nothing.
    ///
    /// Some habits of the library are not taken over. It reads the empty step of `/` and `/a//b` as the
    /// whole document or as null, here it is the member with the empty name. It compares numbers as they are
    /// written, here they are equal when their values are. It tells a null that the patch has put somewhere
    /// from one that was there. And it takes the document before the patch where an operation copies the
    /// whole, here it is the document as it is then.
    Lenient,
}

/// One step of a JSON Patch.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Sets a member, or inserts an item before the one that is named.
    Add {
        /// Where.
        path: Pointer,
        /// What.
        value: Value,
    },
    /// Takes a member or an item away.
    Remove {
        /// Where.
        path: Pointer,
    },
    /// Sets what is there already.
    Replace {
        /// Where.
        path: Pointer,
        /// What.
        value: Value,
    },
    /// Takes away at one place and adds at another.
    Move {
        /// Where it is taken from.
        from: Pointer,
        /// Where it is added.
        path: Pointer,
    },
    /// Adds at one place what is at another.
    Copy {
        /// Where it is.
        from: Pointer,
        /// Where it is added.
        path: Pointer,
    },
    /// Fails unless the value is there.
    Test {
        /// Where.
        path: Pointer,
        /// What.
        value: Value,
    },
}

/// Operations that are applied one after the other, all or none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JsonPatch(Vec<Operation>);

impl JsonPatch {
    /// A patch of these operations.
    pub fn new(operations: Vec<Operation>) -> Self {
        Self(operations)
    }

    /// The operations in order.
    pub fn operations(&self) -> &[Operation] {
        &self.0
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a list of operations. The error names the first that is wrong, and what is wrong with it.
    /// Members that an operation does not need are ignored.
    pub fn parse(patch: &Value, dialect: Dialect) -> Result<Self, PatchError> {
        let items = match patch {
            Value::Array(items) => &**items,
            // Go decodes null into any type as nothing.
            Value::Null if dialect == Dialect::Lenient => &[],
            _ => return Err(wrong_type(patch, "jsonpatch.Patch")),
        };
        // What is no object at all is found before anything else, wherever it is.
        let mut operations = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            match item {
                Value::Map(map) => operations.push(map.clone()),
                Value::Null => operations.push(Map::default()),
                _ => return Err(wrong_type(item, "jsonpatch.Operation").at(position)),
            }
        }
        let operations = operations.iter().zip(items).enumerate().map(|(position, (fields, item))| {
            read(fields, dialect).map_err(|error| {
                let written = serde_json::to_string(item).unwrap_or_default();
                error.within(format_args!("invalid operation {written}")).at(position)
            })
        });
        operations.collect::<Result<_, _>>().map(Self)
    }
}

fn read(fields: &Map, dialect: Dialect) -> Result<Operation, PatchError> {
    let pointer = |field: &str| {
        let text = match fields.get(field) {
            None | Some(Value::Null) => {
                let comma = if field == "from" { "," } else { "" };
                return Err(PatchError::malformed(format!(
                    "failed to decode '{field}': operation{comma} missing {field} field: missing value"
                )));
            }
            Some(Value::Str(text)) => text,
            Some(other) => {
                return Err(wrong_type(other, "string").within(format_args!("failed to decode '{field}'")));
            }
        };
        if dialect == Dialect::Lenient {
            return Ok(Pointer::unchecked(text.clone()));
        }
        Pointer::parse(text)
            .map_err(|error| PatchError::malformed(format!("failed to decode '{field}': {error}")))
    };
    let value = || {
        fields.get("value").cloned().ok_or_else(|| {
            PatchError::malformed("failed to decode 'value': operation, missing value field: missing value")
        })
    };
    match fields.get("op").and_then(Value::as_str) {
        Some("add") => value().and_then(|value| Ok(Operation::Add { path: pointer("path")?, value })),
        Some("replace") => value().and_then(|value| Ok(Operation::Replace { path: pointer("path")?, value })),
        Some("remove") => Ok(Operation::Remove { path: pointer("path")? }),
        Some("move") => Ok(Operation::Move { from: pointer("from")?, path: pointer("path")? }),
        Some("copy") => Ok(Operation::Copy { from: pointer("from")?, path: pointer("path")? }),
        Some("test") if dialect == Dialect::Lenient => {
            let value = fields.get("value").cloned().unwrap_or_default();
            Ok(Operation::Test { path: pointer("path")?, value })
        }
        Some("test") => value().and_then(|value| Ok(Operation::Test { path: pointer("path")?, value })),
        _ => Err(PatchError::malformed("unsupported operation")),
    }
}

fn wrong_type(value: &Value, wanted: &str) -> PatchError {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::Array(_) => "array",
        Value::Map(_) => "object",
    };
    PatchError::malformed(format!("json: cannot unmarshal {found} into Go value of type {wanted}"))
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, from, path, value) = match self {
            Self::Add { path, value } => ("add", None, path, Some(value)),
            Self::Remove { path } => ("remove", None, path, None),
            Self::Replace { path, value } => ("replace", None, path, Some(value)),
            Self::Move { from, path } => ("move", Some(from), path, None),
            Self::Copy { from, path } => ("copy", Some(from), path, None),
            Self::Test { path, value } => ("test", None, path, Some(value)),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("op", name)?;
        if let Some(from) = from {
            map.serialize_entry("from", from.as_str())?;
        }
        map.serialize_entry("path", path.as_str())?;
        if let Some(value) = value {
            map.serialize_entry("value", value)?;
        }
        map.end()
    }
}

impl Serialize for JsonPatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}
