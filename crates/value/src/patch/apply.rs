//! Applying a JSON Patch.

use super::budget::Budget;
use super::error::{Cause, PatchError};
use super::walk::{Run, Tokens, steps};
use super::{Dialect, JsonPatch, Operation, Pointer};
use crate::Value;

impl JsonPatch {
    /// `value` after every operation. The error of the first that fails names its position.
    ///
    /// Bounded: a patch that would add more than a million values, or reach deeper than 512 levels, fails.
    pub fn apply(&self, value: &Value, dialect: Dialect) -> Result<Value, PatchError> {
        let mut run = Run { dialect, budget: Budget::new() };
        let mut current = value.clone();
        for (position, operation) in self.operations().iter().enumerate() {
            if let Some(next) = run.operation(&current, operation).map_err(|error| error.at(position))? {
                current = next;
            }
        }
        Ok(current)
    }
}

impl Run {
    /// The new document, or none when it stays as it is.
    fn operation(&mut self, root: &Value, operation: &Operation) -> Result<Option<Value>, PatchError> {
        match operation {
            Operation::Add { path, value } => self.add(root, path, value).map(Some),
            Operation::Remove { path } => self.remove(root, path),
            Operation::Replace { path, value } => self.replace(root, path, value).map(Some),
            Operation::Move { from, path } => self.relocate(root, from, path).map(Some),
            Operation::Copy { from, path } => self.copy(root, from, path).map(Some),
            Operation::Test { path, value } => self.test(root, path, value).map(|()| None),
        }
    }

    fn add(&mut self, root: &Value, path: &Pointer, value: &Value) -> Result<Value, PatchError> {
        let tokens = steps(path)?;
        self.budget.value(value, tokens.len())?;
        if path.is_root() {
            return self.document(value);
        }
        let prepared = if self.dialect == Dialect::Lenient {
            let raw: Vec<&str> = path.raw_tokens().collect();
            self.with_parents(root, &raw)?
        } else {
            root.clone()
        };
        let absent = format!("add operation does not apply: doc is missing path: \"{path}\"");
        self.insert(&prepared, &tokens, value, &absent, path)
    }

    /// A whole new document. The Go library works on objects and lists only.
    fn document(&self, value: &Value) -> Result<Value, PatchError> {
        let found = match value {
            _ if self.dialect == Dialect::Rfc6902 => return Ok(value.clone()),
            Value::Map(_) | Value::Array(_) => return Ok(value.clone()),
            Value::Null => {
                return Err(PatchError::new(
                    Cause::NotAContainer,
                    "json: error calling MarshalJSON for type *jsonpatch.partialDoc: invalid value, \
                     expected object",
                ));
            }
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Float(_) => "number",
            Value::Str(_) => "string",
        };
        Err(PatchError::new(
            Cause::NotAContainer,
            format!("json: cannot unmarshal {found} into Go value of type map[string]*jsonpatch.lazyNode"),
        ))
    }

    fn remove(&mut self, root: &Value, path: &Pointer) -> Result<Option<Value>, PatchError> {
        let lenient = self.dialect == Dialect::Lenient;
        if path.is_root() && !lenient {
            return Err(PatchError::new(Cause::Impossible, "the whole document cannot be removed"));
        }
        let tokens = steps(path)?;
        let changed = self.change(root, &tokens, &|container, key| {
            self.without(container, key)
                .map_err(|error| error.within(format_args!("error in remove for path: '{path}'")))
        })?;
        if changed.is_none() && !lenient {
            return Err(PatchError::missing(format_args!(
                "remove operation does not apply: doc is missing path: \"{path}\""
            )));
        }
        Ok(changed)
    }

    fn replace(&mut self, root: &Value, path: &Pointer, value: &Value) -> Result<Value, PatchError> {
        let tokens = steps(path)?;
        self.budget.value(value, tokens.len())?;
        if path.is_root() {
            if self.dialect == Dialect::Rfc6902 || matches!(value, Value::Map(_) | Value::Array(_)) {
                return Ok(value.clone());
            }
            return Err(PatchError::new(
                Cause::NotAContainer,
                "replace operation value must be object or array: %!w(<nil>)",
            ));
        }
        let changed = self.change(root, &tokens, &|container, key| {
            self.member(container, key).map_err(|_| {
                PatchError::missing(format_args!(
                    "replace operation does not apply: doc is missing key: {path}"
                ))
            })?;
            self.with(container, key, value.clone())
        })?;
        changed.ok_or_else(|| {
            PatchError::missing(format_args!("replace operation does not apply: doc is missing path: {path}"))
        })
    }

    fn relocate(&mut self, root: &Value, from: &Pointer, path: &Pointer) -> Result<Value, PatchError> {
        let strict = self.dialect == Dialect::Rfc6902;
        if from.is_root() && !(strict && path.is_root()) {
            return Err(PatchError::new(
                Cause::Impossible,
                "unable to move entire document to another path: invalid state detected",
            ));
        }
        let into_itself = path.as_str().strip_prefix(from.as_str()).is_some_and(|rest| rest.starts_with('/'));
        if strict && into_itself {
            return Err(PatchError::new(
                Cause::Impossible,
                format!("a value cannot be moved into itself: {from} to {path}"),
            ));
        }
        if strict && from == path {
            return from.resolve(root).map(|_| root.clone()).ok_or_else(|| {
                PatchError::missing(format_args!(
                    "move operation does not apply: doc is missing from path: {from}"
                ))
            });
        }
        let tokens = steps(from)?;
        let key = tokens.last().cloned().unwrap_or_default();
        let in_move = |error: PatchError| error.within(format_args!("error in move for path: '{key}'"));
        let parent = self.container(root, &tokens).ok_or_else(|| {
            PatchError::missing(format_args!(
                "move operation does not apply: doc is missing from path: {from}"
            ))
        })?;
        let value = self.member(parent, &key).map_err(in_move)?;
        let taken = self
            .change(root, &tokens, &|container, key| self.without(container, key).map_err(in_move))?
            .unwrap_or_default();
        let target = steps(path)?;
        self.budget.value(value, target.len())?;
        if path.is_root() && strict {
            return Ok(value.clone());
        }
        let absent = format!("move operation does not apply: doc is missing destination path: {path}");
        let changed = self.change(&taken, &target, &|container, key| {
            self.inserted(container, key, value.clone())
                .map_err(|error| error.within(format_args!("error in move for path: '{path}'")))
        })?;
        changed.ok_or_else(|| PatchError::missing(absent))
    }

    fn copy(&mut self, root: &Value, from: &Pointer, path: &Pointer) -> Result<Value, PatchError> {
        let value = if from.is_root() {
            root
        } else {
            let tokens = steps(from)?;
            let parent = self.container(root, &tokens).ok_or_else(|| {
                PatchError::missing(format_args!(
                    "copy operation does not apply: doc is missing from path: \"{from}\""
                ))
            })?;
            let key = tokens.last().cloned().unwrap_or_default();
            self.member(parent, &key)
                .map_err(|error| error.within(format_args!("error in copy for from: '{from}'")))?
        };
        let target = steps(path)?;
        self.budget.value(value, target.len())?;
        if path.is_root() && self.dialect == Dialect::Rfc6902 {
            return Ok(value.clone());
        }
        let changed = self.change(root, &target, &|container, key| {
            self.inserted(container, key, value.clone())
                .map_err(|error| error.within("error while adding value during copy"))
        })?;
        changed.ok_or_else(|| {
            PatchError::missing(format_args!(
                "copy operation does not apply: doc is missing destination path: {path}"
            ))
        })
    }

    fn test(&self, root: &Value, path: &Pointer, wanted: &Value) -> Result<(), PatchError> {
        let found = if path.is_root() {
            root
        } else {
            let tokens = steps(path)?;
            let parent = self.container(root, &tokens).ok_or_else(|| {
                PatchError::missing(format_args!("test operation does not apply: is missing path: {path}"))
            })?;
            let key = tokens.last().cloned().unwrap_or_default();
            match self.member(parent, &key) {
                Ok(found) => found,
                Err(error) if self.dialect == Dialect::Lenient && error.cause() == Cause::Missing => {
                    &Value::Null
                }
                Err(error) => return Err(error.within(format_args!("error in test for path: '{path}'"))),
            }
        };
        if equal(found, wanted) {
            return Ok(());
        }
        Err(PatchError::new(Cause::TestFailed, format!("testing value {path} failed: test failed")))
    }

    fn insert(
        &self,
        root: &Value,
        tokens: &Tokens<'_>,
        value: &Value,
        absent: &str,
        path: &Pointer,
    ) -> Result<Value, PatchError> {
        let changed = self.change(root, tokens, &|container, key| {
            self.inserted(container, key, value.clone())
                .map_err(|error| error.within(format_args!("error in add for path: '{path}'")))
        })?;
        changed.ok_or_else(|| PatchError::missing(absent))
    }
}

/// Equality by RFC 6902: numbers are equal when their values are.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(_), Value::Float(_)) | (Value::Float(_), Value::Int(_)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let pairs = || a.iter().zip(b.iter());
            a.len() == b.len() && pairs().all(|((key, a), (other, b))| key == other && equal(a, b))
        }
        _ => a == b,
    }
}
