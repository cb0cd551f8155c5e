//! The entry.

use std::borrow::Cow;

use ironhull_value::Value;

use crate::compile::compile;
use crate::evaluate::Machine;
use crate::parse::parse;
use crate::program::{NodeId, Program};
use crate::{Dialect, Env, Error, Input, SyntaxError};

/// A compiled expression. It may be shared between threads.
#[derive(Debug)]
pub struct Expression {
    text: String,
    dialect: Dialect,
    program: Program,
    root: NodeId,
}

impl Expression {
    /// Compiles an expression.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, SyntaxError> {
        let (program, root) = compile(parse(text, dialect)?, dialect)?;
        Ok(Self { text: text.to_owned(), dialect, program, root })
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The dialect that it was compiled for.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Evaluates the expression on a value or a [`Scope`](crate::Scope).
    ///
    /// What the expression only selects is borrowed, from the input or from a literal of the expression. A number
    /// that is computed is an integer where it is whole.
    pub fn search<'a>(
        &'a self,
        input: impl Into<Input<'a>>,
        env: &mut Env<'_>,
    ) -> Result<Cow<'a, Value>, Error> {
        Machine::new(&self.program, self.dialect, env).run(self.root, input.into())
    }

    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    pub(crate) fn root(&self) -> NodeId {
        self.root
    }
}
