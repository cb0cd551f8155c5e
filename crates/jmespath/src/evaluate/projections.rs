//! Projections, slices, flattening.

use ironhull_value::Value;

use super::Machine;
use crate::Dialect;
use crate::error::Error;
use crate::program::{Node, NodeId};
use crate::term::{Term, View};

impl<'a> Machine<'a, '_, '_> {
    /// `left[*].right`
    pub(super) fn projection(
        &mut self,
        left: NodeId,
        right: NodeId,
        current: &Term<'a>,
    ) -> Result<Term<'a>, Error> {
        let left = self.lenient(left, current)?;
        let View::Array(items) = left.view() else { return Ok(Term::NULL) };
        // Nothing to apply and nothing to leave out: the list stays what it is.
        if matches!(self.program.node(right), Node::Current) && !items.iter().any(Value::is_null) {
            self.step(items.len())?;
            return Ok(left);
        }
        let mut collected = Vec::new();
        for index in 0..items.len() {
            let element = left.item(index).unwrap_or(Term::NULL);
            self.collect(right, &element, &mut collected)?;
        }
        Ok(Term::Own(collected.into()))
    }

    /// `left.*.right`
    ///
    /// Upstream's Kyverno fork visits, before the values, as many nulls as there are values. It shows where
    /// the right side makes something of a null (`type(@)`) or fails on it.
    pub(super) fn value_projection(
        &mut self,
        left: NodeId,
        right: NodeId,
        current: &Term<'a>,
    ) -> Result<Term<'a>, Error> {
        let left = self.careless(left, current)?;
        let View::Map(map) = left.view() else { return Ok(Term::NULL) };
        let length = map.len();
        let mut collected = Vec::new();
        if self.dialect == Dialect::Kyverno {
            for _ in 0..length {
                self.collect(right, &Term::NULL, &mut collected)?;
                if collected.is_empty() {
                    break;
                }
            }
        }
        for index in 0..length {
            let element = left.member_at(index).unwrap_or(Term::NULL);
            self.collect(right, &element, &mut collected)?;
        }
        Ok(Term::Own(collected.into()))
    }

    /// `left[?condition].right`
    pub(super) fn filter(
        &mut self,
        left: NodeId,
        right: NodeId,
        condition: NodeId,
        current: &Term<'a>,
    ) -> Result<Term<'a>, Error> {
        let left = self.careless(left, current)?;
        let View::Array(items) = left.view() else { return Ok(Term::NULL) };
        let mut collected = Vec::new();
        for index in 0..items.len() {
            let element = left.item(index).unwrap_or(Term::NULL);
            if !self.lenient(condition, &element)?.is_false() {
                self.collect(right, &element, &mut collected)?;
            }
        }
        Ok(Term::Own(collected.into()))
    }

    /// Evaluates the right side of a projection on one element; nulls are left out.
    fn collect(&mut self, right: NodeId, element: &Term<'a>, into: &mut Vec<Value>) -> Result<(), Error> {
        let term = self.lenient(right, element)?;
        if !term.is_null() {
            into.push(self.value(term)?);
        }
        Ok(())
    }

    /// `only[]`, before what follows is applied
    pub(super) fn flatten(&mut self, only: NodeId, current: &Term<'a>) -> Result<Term<'a>, Error> {
        let list = self.careless(only, current)?;
        let View::Array(items) = list.view() else { return Ok(Term::NULL) };
        if !items.iter().any(|item| matches!(item, Value::Array(_))) {
            self.step(items.len())?;
            return Ok(list);
        }
        let mut flat = Vec::new();
        for item in items {
            match item {
                Value::Array(inner) => {
                    self.charge(inner.len().saturating_mul(size_of::<Value>()))?;
                    flat.extend(inner.iter().cloned());
                }
                other => {
                    self.charge(size_of::<Value>())?;
                    flat.push(other.clone());
                }
            }
        }
        Ok(Term::Own(flat.into()))
    }

    /// `[start:stop:step]`
    pub(super) fn slice(&mut self, parts: &[Option<i64>; 3], current: &Term<'a>) -> Result<Term<'a>, Error> {
        let View::Array(items) = current.view() else { return Ok(Term::NULL) };
        let [start, stop, step] = *parts;
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err(Error::InvalidValue("Invalid slice, step cannot be 0".into()));
        }
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let last = length.saturating_sub(1);
        let capped = |bound: i64| match bound {
            ..0 => bound.saturating_add(length).max(if step < 0 { -1 } else { 0 }),
            _ if bound < length => bound,
            _ if step < 0 => last,
            _ => length,
        };
        let mut at = start.map_or(if step < 0 { last } else { 0 }, capped);
        let stop = stop.map_or(if step < 0 { -1 } else { length }, capped);
        let mut taken = Vec::new();
        while if step > 0 { at < stop } else { at > stop } {
            self.charge(size_of::<Value>())?;
            if let Some(item) = usize::try_from(at).ok().and_then(|at| items.get(at)) {
                taken.push(item.clone());
            }
            at = at.saturating_add(step);
        }
        Ok(Term::Own(taken.into()))
    }
}
