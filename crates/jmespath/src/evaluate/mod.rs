//! The machine that walks a program.
//!
//! Lives here: what each construct means in either dialect, the budget, equality. Never lives here: functions.
//!
//! # When a missing key is an error in Kyverno's dialect
//!
//! A key that its object does not have is [`Error::NotFound`]; on anything that is not an object it is null.
//! The error passes through chains (`a.b[0]`) and out of the last part of `&&`. Everywhere else it becomes null:
//! beside a comparison, `!`, `||` and `|`, in arguments, lists and hashes, and within projections. To the left
//! of `[]`, `.*` and `[?…]` any error becomes null, to the left of `[*]` and of a slice only a missing key.

mod budget;
mod constructs;
mod equality;
mod projections;

use std::borrow::Cow;

use ironhull_value::Value;

use crate::error::Error;
use crate::input::{Input, Scope};
use crate::program::{Node, NodeId, Program};
use crate::term::Term;
use crate::{Dialect, Env, Limits};

/// One evaluation.
pub(crate) struct Machine<'a, 'e, 'm> {
    program: &'a Program,
    pub(crate) dialect: Dialect,
    pub(crate) env: &'m mut Env<'e>,
    /// What is left of the budget.
    left: Limits,
    /// The whole of the root scope, once somebody asked for it.
    whole: Option<Value>,
}

impl<'a, 'e, 'm> Machine<'a, 'e, 'm> {
    pub(crate) fn new(program: &'a Program, dialect: Dialect, env: &'m mut Env<'e>) -> Self {
        let left = env.limits;
        Self { program, dialect, env, left, whole: None }
    }

    /// Evaluates the program.
    pub(crate) fn run(mut self, root: NodeId, input: Input<'a>) -> Result<Cow<'a, Value>, Error> {
        let input = match input {
            Input::Value(value) => Term::Ref(value),
            Input::Scope(scope) => Term::Root(scope),
        };
        let result = self.known(root, &input)?;
        result.into_cow().ok_or_else(not_a_number)
    }

    /// Evaluates a node on the current value.
    pub(crate) fn evaluate(&mut self, id: NodeId, current: &Term<'a>) -> Result<Term<'a>, Error> {
        self.step(1)?;
        let program = self.program;
        match program.node(id) {
            Node::Current => Ok(current.clone()),
            Node::Broken => Err(Error::InvalidValue("Unknown AST node: ASTEmpty".into())),
            Node::Field(key) => self.field(key, current),
            Node::Index(index) => Ok(Self::index(*index, current)),
            Node::Slice(parts) => self.slice(parts, current),
            Node::Literal(value) => Ok(Term::Ref(value)),
            Node::Chain(parts) => self.chain(parts, current),
            Node::Pipe(parts) => self.pipe(parts, current),
            Node::Or(parts) => self.or(parts, current),
            Node::And(parts) => self.and(parts, current),
            Node::Not(only) => Ok(Term::bool(self.lenient(*only, current)?.is_false())),
            Node::Compare(comparison, left, right) => self.compare(*comparison, *left, *right, current),
            Node::Projection(left, right) => self.projection(*left, *right, current),
            Node::ValueProjection(left, right) => self.value_projection(*left, *right, current),
            Node::FilterProjection { left, right, condition } => {
                self.filter(*left, *right, *condition, current)
            }
            Node::Flatten(only) => self.flatten(*only, current),
            Node::List(items) => self.list(items, current),
            Node::Hash(entries) => self.hash(entries, current),
            Node::Call(call) => self.call(call, current),
            Node::Reference(only) => Ok(Term::Reference(*only)),
        }
    }

    /// [`evaluate`](Self::evaluate), with the root as a tree.
    pub(crate) fn known(&mut self, id: NodeId, current: &Term<'a>) -> Result<Term<'a>, Error> {
        match self.evaluate(id, current)? {
            Term::Root(scope) => self.materialise(scope),
            term => Ok(term),
        }
    }

    /// [`known`](Self::known), with null for a missing key.
    pub(crate) fn lenient(&mut self, id: NodeId, current: &Term<'a>) -> Result<Term<'a>, Error> {
        match self.known(id, current) {
            Err(Error::NotFound(_)) => Ok(Term::NULL),
            other => other,
        }
    }

    /// [`known`](Self::known), with null for any error that Kyverno's dialect swallows here.
    fn careless(&mut self, id: NodeId, current: &Term<'a>) -> Result<Term<'a>, Error> {
        match self.known(id, current) {
            Err(error) if self.dialect == Dialect::Kyverno && error.is_swallowed() => Ok(Term::NULL),
            other => other,
        }
    }

    fn materialise(&mut self, scope: &'a dyn Scope) -> Result<Term<'a>, Error> {
        if self.whole.is_none() {
            self.whole = Some(scope.whole().map_err(Error::Scope)?);
        }
        Ok(Term::Own(self.whole.clone().unwrap_or_default()))
    }

    /// The term as part of a tree.
    pub(crate) fn value(&mut self, term: Term<'a>) -> Result<Value, Error> {
        self.charge(size_of::<Value>())?;
        term.into_value().ok_or_else(not_a_number)
    }
}

/// Go's encoder says so when it meets one; a tree cannot even hold it.
fn not_a_number() -> Error {
    Error::InvalidValue("json: unsupported value: the number is infinite or not a number".into())
}
