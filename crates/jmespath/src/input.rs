//! What an expression is evaluated on.

use std::borrow::Cow;

use ironhull_value::Value;

/// An object whose members are looked up one by one, so that a caller who has its variables in several
/// places, or loads them on first use, need not build a tree of them.
///
/// Only the members that the expression names at its root are asked for, so `request.object.spec` asks for
/// `request` alone.
pub trait Scope {
    /// The member with that name, `None` if there is none. The error is for a member that exists and could
    /// not be loaded; it ends the evaluation with [`Error::Scope`](crate::Error::Scope), whatever stands
    /// around it.
    fn get(&self, name: &str) -> Result<Option<Cow<'_, Value>>, String>;

    /// The whole object, for expressions that use `@` at the root otherwise than to look up a member:
    /// `keys(@)`, `*`, `@`. It is asked for at most once in an evaluation.
    fn whole(&self) -> Result<Value, String>;
}

/// A value, or a scope.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// A tree.
    Value(&'a Value),
    /// An object with members to be looked up.
    Scope(&'a dyn Scope),
}

impl<'a> From<&'a Value> for Input<'a> {
    fn from(value: &'a Value) -> Self {
        Self::Value(value)
    }
}

impl<'a> From<&'a dyn Scope> for Input<'a> {
    fn from(scope: &'a dyn Scope) -> Self {
        Self::Scope(scope)
    }
}
