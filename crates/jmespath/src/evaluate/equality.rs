//! When two terms are equal.

use ironhull_value::Value;

use super::Machine;
use crate::Dialect;
use crate::error::{Error, Limit};
use crate::term::{Term, View};

impl<'a> Machine<'a, '_, '_> {
    /// Deep equality; numbers by value. It costs a step for each element that is compared.
    pub(crate) fn equal(&mut self, left: &Term<'a>, right: &Term<'a>) -> Result<bool, Error> {
        if let (Term::Ref(_) | Term::Own(_), Term::Ref(_) | Term::Own(_)) = (left, right)
            && let (Some(left), Some(right)) = (tree(left), tree(right))
        {
            return self.equal_trees(left, right, self.depth());
        }
        Ok(match (left.view(), right.view()) {
            (View::Null, View::Null) => true,
            #[expect(clippy::float_cmp, reason = "equality of numbers is exact in the language")]
            (View::Number(left), View::Number(right)) => left == right,
            (View::GoInt(left), View::GoInt(right)) => left == right,
            (View::Text(left), View::Text(right)) => left == right,
            (View::Bytes(left), View::Bytes(right)) => left == right,
            (View::Reference(left), View::Reference(right)) => left == right,
            _ => false,
        })
    }

    /// Equality of two trees.
    pub(crate) fn equal_trees(&mut self, left: &Value, right: &Value, depth: usize) -> Result<bool, Error> {
        self.step(1)?;
        let below = || depth.checked_sub(1).ok_or(Error::Limit(Limit::Depth));
        match (left, right) {
            (Value::Null, Value::Null) => Ok(true),
            (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
            (Value::Str(left), Value::Str(right)) => Ok(left == right),
            // Beyond 2^53 two integers of JSON are the same number in Go.
            (Value::Int(left), Value::Int(right)) if self.dialect == Dialect::Standard => Ok(left == right),
            (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
                Ok(left.as_f64() == right.as_f64())
            }
            (Value::Array(left), Value::Array(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                let depth = below()?;
                for (left, right) in left.iter().zip(right.iter()) {
                    if !self.equal_trees(left, right, depth)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Map(left), Value::Map(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                let depth = below()?;
                for ((key, left), (other, right)) in left.iter().zip(right.iter()) {
                    if key != other || !self.equal_trees(left, right, depth)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

fn tree<'t>(term: &'t Term<'_>) -> Option<&'t Value> {
    match term {
        Term::Ref(value) => Some(value),
        Term::Own(value) => Some(value),
        _ => None,
    }
}
