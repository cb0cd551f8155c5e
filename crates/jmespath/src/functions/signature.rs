//! A function, and the checks that stand before its call.

use super::describe::describe;
use super::{Parameter, Type};
use crate::Dialect;
use crate::error::Error;
use crate::evaluate::Machine;
use crate::program::Call;
use crate::term::{Term, View};

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// Whether the last parameter may be repeated.
    pub(super) is_variadic: bool,
    pub(super) returns: &'static str,
    pub(super) about: &'static str,
    pub(super) origin: Origin,
    pub(super) run: Run,
}

/// Where a function is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The specification; both dialects have it.
    Both,
    /// The specification; Kyverno has another of that name.
    StandardOnly,
    /// Kyverno.
    KyvernoOnly,
}

/// The arguments have been counted, and, but for variadic functions in Kyverno's dialect, their types checked.
pub(super) type Run = for<'a> fn(&mut Machine<'a, '_, '_>, &'a Call, &[Term<'a>]) -> Result<Term<'a>, Error>;

impl Function {
    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it takes, in order.
    pub fn parameters(&self) -> &'static [Parameter] {
        self.parameters
    }

    /// Whether the last parameter may be repeated.
    pub fn is_variadic(&self) -> bool {
        self.is_variadic
    }

    /// The type of its result.
    pub fn returns(&self) -> &'static str {
        self.returns
    }

    /// What it does, in one sentence.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// Whether a dialect has it.
    pub fn is_in(&self, dialect: Dialect) -> bool {
        match self.origin {
            Origin::Both => true,
            Origin::StandardOnly => dialect == Dialect::Standard,
            Origin::KyvernoOnly => dialect == Dialect::Kyverno,
        }
    }

    /// The name with the types: `join(string, array[string]) -> string`.
    pub fn signature(&self) -> String {
        let parameters: Vec<String> =
            self.parameters.iter().map(|parameter| parameter.names().join("|")).collect();
        let more = if self.is_variadic { ", ..." } else { "" };
        format!("{}({}{more}) -> {}", self.name, parameters.join(", "), self.returns)
    }

    /// The parameter that an argument is for.
    pub(crate) fn parameter(&self, index: usize) -> Option<Parameter> {
        let repeated = if self.is_variadic { self.parameters.last() } else { None };
        self.parameters.get(index).or(repeated).copied()
    }

    /// Whether so many arguments will do; else what to say, in the standard dialect.
    pub(crate) fn check_arity(&self, count: usize) -> Result<(), String> {
        let wanted = self.parameters.len();
        let more = if self.is_variadic { "at least " } else { "" };
        if count == wanted || self.is_variadic && count > wanted {
            return Ok(());
        }
        Err(format!("{}: expected {more}{wanted} arguments, found {count}", self.name))
    }

    /// Checks the arguments and runs the function.
    pub(crate) fn call<'a>(
        &'static self,
        machine: &mut Machine<'a, '_, '_>,
        call: &'a Call,
        arguments: &[Term<'a>],
    ) -> Result<Term<'a>, Error> {
        match machine.dialect {
            Dialect::Standard => self.check(arguments)?,
            Dialect::Kyverno => self.check_as_upstream(arguments)?,
        }
        (self.run)(machine, call, arguments)
    }

    fn check(&self, arguments: &[Term<'_>]) -> Result<(), Error> {
        self.check_arity(arguments.len()).map_err(Error::InvalidArity)?;
        for (index, argument) in arguments.iter().enumerate() {
            let Some(parameter) = self.parameter(index) else { continue };
            let is_reference = matches!(argument.view(), View::Reference(_));
            if !parameter.accepts(argument) || is_reference && !parameter.accepts_reference() {
                let wanted = parameter.names().join(" or ");
                let position = index.saturating_add(1);
                let message =
                    format!("{}: argument {position} must be {wanted}, not {}", self.name, word(argument));
                return Err(Error::InvalidType(message));
            }
        }
        Ok(())
    }

    /// Upstream checks the number first, then each type; a function without parameters takes anything.
    fn check_as_upstream(&self, arguments: &[Term<'_>]) -> Result<(), Error> {
        let wanted = self.parameters.len();
        if wanted == 0 {
            return Ok(());
        }
        if self.is_variadic {
            if arguments.len() < wanted {
                return Err(Error::InvalidArity("Invalid arity.".into()));
            }
            return Ok(());
        }
        if arguments.len() != wanted {
            return Err(Error::InvalidArity("incorrect number of args".into()));
        }
        for (parameter, argument) in self.parameters.iter().zip(arguments) {
            if !parameter.accepts(argument) {
                return Err(wrong_type(argument, parameter.0));
            }
        }
        Ok(())
    }
}

/// Upstream's message for an argument of the wrong type.
pub(super) fn wrong_type(argument: &Term<'_>, wanted: &[Type]) -> Error {
    let names: Vec<String> = wanted.iter().map(|kind| format!("\"{}\"", kind.name())).collect();
    Error::InvalidType(format!(
        "Invalid type for: {}, expected: []jmespath.JpType{{{}}}",
        describe(argument),
        names.join(", ")
    ))
}

/// The type of a term, for messages of the standard dialect.
pub(super) fn word(term: &Term<'_>) -> &'static str {
    match term.view() {
        View::Null => "null",
        View::Bool(_) => "boolean",
        View::Number(_) | View::GoInt(_) => "number",
        View::Text(_) | View::Bytes(_) => "string",
        View::Array(_) => "array",
        View::Map(_) => "object",
        View::Reference(_) => "expression",
    }
}
