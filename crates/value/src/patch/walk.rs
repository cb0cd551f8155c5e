//! Finding the place that an operation names, and changing the objects and lists on the way to it.

use std::borrow::Cow;

use super::budget::{Budget, DEPTH};
use super::edit;
use super::error::{Cause, PatchError};
use super::index;
use super::pointer::unescape;
use super::{Dialect, Pointer};
use crate::Value;

/// The steps to a place: to the container, and in it.
pub(super) type Tokens<'a> = [Cow<'a, str>];

/// One patch being applied.
pub(super) struct Run {
    pub(super) dialect: Dialect,
    pub(super) budget: Budget,
}

impl Run {
    /// The document with the container at the end of `tokens` changed; none when there is no such
    /// container.
    pub(super) fn change(
        &self,
        value: &Value,
        tokens: &Tokens<'_>,
        leaf: &dyn Fn(&Value, &str) -> Result<Value, PatchError>,
    ) -> Result<Option<Value>, PatchError> {
        let Some((token, rest)) = tokens.split_first() else { return Ok(None) };
        if rest.is_empty() {
            return leaf(value, token).map(Some);
        }
        let Some(next) = self.member(value, token).ok().filter(|next| is_container(next)) else {
            return Ok(None);
        };
        let Some(changed) = self.change(next, rest, leaf)? else { return Ok(None) };
        self.with(value, token, changed).map(Some)
    }

    /// What holds the last of `tokens`.
    pub(super) fn container<'a>(&self, root: &'a Value, tokens: &Tokens<'_>) -> Option<&'a Value> {
        let (_, parents) = tokens.split_last()?;
        parents
            .iter()
            .try_fold(root, |value, token| self.member(value, token).ok().filter(|next| is_container(next)))
    }

    pub(super) fn member<'a>(&self, container: &'a Value, key: &str) -> Result<&'a Value, PatchError> {
        match container {
            Value::Map(map) => map
                .get(key)
                .ok_or_else(|| PatchError::missing(format_args!("unable to get nonexistent key: {key}"))),
            Value::Array(items) => {
                let position = self.index(key, items.len())?;
                items.get(position).ok_or_else(PatchError::not_a_container)
            }
            _ => Err(PatchError::not_a_container()),
        }
    }

    pub(super) fn with(&self, container: &Value, key: &str, value: Value) -> Result<Value, PatchError> {
        match container {
            Value::Map(map) => Ok(edit::with_member(map, key, value)),
            Value::Array(items) => Ok(edit::with_item(items, self.index(key, items.len())?, value)),
            _ => Err(PatchError::not_a_container()),
        }
    }

    pub(super) fn without(&self, container: &Value, key: &str) -> Result<Value, PatchError> {
        let lenient = self.dialect == Dialect::Lenient;
        match container {
            Value::Map(map) if map.contains_key(key) => Ok(edit::without_member(map, key)),
            Value::Map(_) if lenient => Ok(container.clone()),
            Value::Map(_) => {
                Err(PatchError::missing(format_args!("unable to remove nonexistent key: {key}")))
            }
            Value::Array(items) if lenient => Ok(match index::position(index::atoi(key)?, items.len()) {
                Ok(position) => edit::without_item(items, position),
                Err(_) => container.clone(),
            }),
            Value::Array(items) => Ok(edit::without_item(items, self.index(key, items.len())?)),
            _ => Err(PatchError::not_a_container()),
        }
    }

    pub(super) fn inserted(&self, container: &Value, key: &str, value: Value) -> Result<Value, PatchError> {
        match container {
            Value::Map(map) => Ok(edit::with_member(map, key, value)),
            Value::Array(items) if key == "-" => Ok(edit::with_inserted(items, items.len(), value)),
            Value::Array(items) => {
                if self.dialect == Dialect::Lenient {
                    index::atoi(key).map_err(|error| {
                        error.within(format_args!("value was not a proper array index: '{key}'"))
                    })?;
                }
                let position = self.index(key, items.len() + 1)?;
                Ok(edit::with_inserted(items, position, value))
            }
            _ => Err(PatchError::not_a_container()),
        }
    }

    fn index(&self, token: &str, length: usize) -> Result<usize, PatchError> {
        if self.dialect == Dialect::Lenient {
            return index::position(index::atoi(token)?, length);
        }
        index::strict(token).filter(|position| *position < length).ok_or_else(|| {
            PatchError::new(
                Cause::InvalidIndex,
                format!("{token:?} is no index of a list with room for {length}"),
            )
        })
    }

    /// `container` with everything that `tokens`, still escaped, need before the last of them is added.
    pub(super) fn with_parents(&mut self, container: &Value, tokens: &[&str]) -> Result<Value, PatchError> {
        let [token, rest @ ..] = tokens else { return Ok(container.clone()) };
        let Some(next) = rest.first() else { return Ok(container.clone()) };
        if let Some(found) = self.member(container, &unescape(token)).ok().filter(|found| !found.is_null()) {
            if !is_container(found) {
                return Err(PatchError::not_a_container());
            }
            let found = self.with_parents(found, rest)?;
            return self.with(container, &unescape(token), found);
        }
        let mut container = container.clone();
        if let (Value::Array(items), Ok(index)) = (&container, index::atoi(token)) {
            container = self.filled(items, index)?;
        }
        let new = match index::atoi(next) {
            Ok(index) if index < -1 => {
                return Err(PatchError::new(
                    Cause::InvalidIndex,
                    format!(
                        "Unable to ensure path for negative index other than -1: {index}: invalid index \
                         referenced"
                    ),
                ));
            }
            Ok(index) => self.filled(&[], index)?,
            Err(_) if *next == "-" => Value::Array([].into()),
            Err(_) => Value::Map(crate::Map::default()),
        };
        self.budget.nodes(1)?;
        let new = self.with_parents(&new, rest)?;
        // The library adds under the escaped name, and goes on when it cannot add: then the operation finds
        // no parent and fails for that.
        Ok(self.inserted(&container, token, new).unwrap_or(container))
    }

    /// The items and as many nulls as are missing before `index`.
    fn filled(&mut self, items: &[Value], index: i64) -> Result<Value, PatchError> {
        let length = usize::try_from(index).unwrap_or(0).max(items.len());
        self.budget.nodes(length - items.len())?;
        let mut filled = items.to_vec();
        filled.resize(length, Value::Null);
        Ok(filled.into())
    }
}

fn is_container(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::Array(_))
}

/// The unescaped steps. The whole document is reached by one empty step in the Go library, and handled
/// before anyone asks in the strict dialect.
pub(super) fn steps(path: &Pointer) -> Result<Vec<Cow<'_, str>>, PatchError> {
    if path.is_root() {
        return Ok(vec![Cow::Borrowed("")]);
    }
    let tokens: Vec<_> = path.tokens().collect();
    if tokens.len() > DEPTH {
        return Err(PatchError::new(Cause::TooLarge, format!("the path has more than {DEPTH} steps")));
    }
    Ok(tokens)
}
