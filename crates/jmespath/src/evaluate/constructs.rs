//! The constructs that are no projections.

use std::borrow::Cow;

use ironhull_value::{Key, MapBuilder, Value};
use smallvec::SmallVec;

use super::Machine;
use crate::Dialect;
use crate::error::Error;
use crate::parse::Comparison;
use crate::program::{Call, Node, NodeId};
use crate::term::{Term, View};

impl<'a> Machine<'a, '_, '_> {
    pub(super) fn field(&mut self, key: &Key, current: &Term<'a>) -> Result<Term<'a>, Error> {
        let found = match current {
            Term::Ref(Value::Map(map)) => map.get(key).map(Term::Ref),
            Term::Root(scope) => match scope.get(key).map_err(Error::Scope)? {
                Some(Cow::Borrowed(value)) => Some(Term::Ref(value)),
                Some(Cow::Owned(value)) => Some(Term::Own(value)),
                None => None,
            },
            _ => match current.view() {
                View::Map(_) => current.member(key),
                _ => return Ok(Term::NULL),
            },
        };
        match (found, self.dialect) {
            (Some(term), _) => Ok(term),
            (None, Dialect::Standard) => Ok(Term::NULL),
            (None, Dialect::Kyverno) => Err(Error::NotFound(key.clone())),
        }
    }

    pub(super) fn index(index: i64, current: &Term<'a>) -> Term<'a> {
        let View::Array(items) = current.view() else { return Term::NULL };
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let index = if index < 0 { index.saturating_add(length) } else { index };
        usize::try_from(index).ok().and_then(|index| current.item(index)).unwrap_or(Term::NULL)
    }

    pub(super) fn chain(&mut self, parts: &[NodeId], current: &Term<'a>) -> Result<Term<'a>, Error> {
        let mut parts = parts.iter();
        let mut value = match current {
            Term::Ref(value) => Term::Ref(self.descend(value, &mut parts)?),
            other => other.clone(),
        };
        for part in parts {
            value = self.evaluate(*part, &value)?;
        }
        Ok(value)
    }

    /// Most of what policies do: straight down by keys and indices, as far as that goes. What is not a member
    /// is left to the general way.
    fn descend(
        &mut self,
        mut value: &'a Value,
        parts: &mut std::slice::Iter<'_, NodeId>,
    ) -> Result<&'a Value, Error> {
        let program = self.program;
        let mut steps = 0_usize;
        while let Some(part) = parts.as_slice().first() {
            let next = match (program.node(*part), value) {
                (Node::Field(key), Value::Map(map)) => map.get(key),
                (Node::Index(index), Value::Array(items)) => {
                    usize::try_from(*index).ok().and_then(|index| items.get(index))
                }
                _ => None,
            };
            let Some(next) = next else { break };
            value = next;
            parts.next();
            steps = steps.saturating_add(1);
        }
        self.step(steps)?;
        Ok(value)
    }

    pub(super) fn pipe(&mut self, parts: &[NodeId], current: &Term<'a>) -> Result<Term<'a>, Error> {
        let mut value = current.clone();
        for part in parts {
            value = match self.evaluate(*part, &value) {
                Err(Error::NotFound(_)) => Term::NULL,
                other => other?,
            };
        }
        Ok(value)
    }

    pub(super) fn or(&mut self, parts: &[NodeId], current: &Term<'a>) -> Result<Term<'a>, Error> {
        let mut value = Term::NULL;
        for part in parts {
            value = self.lenient(*part, current)?;
            if !value.is_false() {
                break;
            }
        }
        Ok(value)
    }

    /// Only a key that is missing from the last part is an error.
    pub(super) fn and(&mut self, parts: &[NodeId], current: &Term<'a>) -> Result<Term<'a>, Error> {
        let Some((last, others)) = parts.split_last() else { return Ok(Term::NULL) };
        for part in others {
            let value = self.lenient(*part, current)?;
            if value.is_false() {
                return Ok(value);
            }
        }
        self.known(*last, current)
    }

    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        left: NodeId,
        right: NodeId,
        current: &Term<'a>,
    ) -> Result<Term<'a>, Error> {
        let left = self.lenient(left, current)?;
        let right = self.lenient(right, current)?;
        let is_true = match comparison {
            Comparison::Equal => self.equal(&left, &right)?,
            Comparison::NotEqual => !self.equal(&left, &right)?,
            ordering => {
                // Only numbers have an order.
                let (View::Number(left), View::Number(right)) = (left.view(), right.view()) else {
                    return Ok(Term::NULL);
                };
                match ordering {
                    Comparison::Less => left < right,
                    Comparison::LessEqual => left <= right,
                    Comparison::Greater => left > right,
                    _ => left >= right,
                }
            }
        };
        Ok(Term::bool(is_true))
    }

    pub(super) fn list(&mut self, items: &[NodeId], current: &Term<'a>) -> Result<Term<'a>, Error> {
        if !matches!(current, Term::Root(_)) && current.is_null() {
            return Ok(Term::NULL);
        }
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let term = self.lenient(*item, current)?;
            values.push(self.value(term)?);
        }
        Ok(Term::Own(values.into()))
    }

    pub(super) fn hash(&mut self, entries: &[(Key, NodeId)], current: &Term<'a>) -> Result<Term<'a>, Error> {
        if !matches!(current, Term::Root(_)) && current.is_null() {
            return Ok(Term::NULL);
        }
        let mut map = MapBuilder::default();
        for (key, node) in entries {
            let term = self.lenient(*node, current)?;
            map.insert(key.clone(), self.value(term)?);
        }
        Ok(Term::Own(Value::Map(map.finish())))
    }

    pub(super) fn call(&mut self, call: &'a Call, current: &Term<'a>) -> Result<Term<'a>, Error> {
        let Some(name) = &call.name else {
            return Err(Error::InvalidValue("invalid node value type".into()));
        };
        let mut arguments: SmallVec<[Term<'a>; 3]> = SmallVec::new();
        for argument in &call.arguments {
            arguments.push(self.lenient(*argument, current)?);
        }
        let Some(function) = call.function else { return Err(Error::UnknownFunction(name.clone())) };
        function.call(self, call, &arguments)
    }
}
