//! Tree to program. In the standard dialect this is where calls are checked.

use std::sync::OnceLock;

use ironhull_value::Key;

use crate::Dialect;
use crate::error::{Mistake, SyntaxError};
use crate::functions::{self, Function};
use crate::parse::{Ast, Tree};
use crate::program::{Call, Node, NodeId, Program};

/// Flattens a tree.
pub(crate) fn compile(tree: Tree, dialect: Dialect) -> Result<(Program, NodeId), SyntaxError> {
    let mut compiler = Compiler { program: Program::default(), dialect };
    let root = compiler.tree(tree)?;
    Ok((compiler.program, root))
}

struct Compiler {
    program: Program,
    dialect: Dialect,
}

impl Compiler {
    fn tree(&mut self, tree: Tree) -> Result<NodeId, SyntaxError> {
        let Tree { ast, offset, .. } = tree;
        let node = match ast {
            Ast::Current => Node::Current,
            Ast::Broken => Node::Broken,
            Ast::Field(name) => Node::Field(Key::new(&name)),
            Ast::Index(index) => Node::Index(index),
            Ast::Slice([.., Some(0)]) if self.dialect == Dialect::Standard => {
                return Err(SyntaxError {
                    offset,
                    message: "Invalid slice, step cannot be 0".into(),
                    kind: Mistake::InvalidValue,
                });
            }
            Ast::Slice(parts) => Node::Slice(parts),
            Ast::Literal(value) => Node::Literal(value),
            Ast::Chain(parts) => Node::Chain(self.trees(parts)?),
            Ast::Pipe(parts) => Node::Pipe(self.trees(parts)?),
            Ast::Or(parts) => Node::Or(self.trees(parts)?),
            Ast::And(parts) => Node::And(self.trees(parts)?),
            Ast::Not(only) => Node::Not(self.tree(*only)?),
            Ast::Compare(comparison, left, right) => {
                Node::Compare(comparison, self.tree(*left)?, self.tree(*right)?)
            }
            Ast::Projection(left, right) => Node::Projection(self.tree(*left)?, self.tree(*right)?),
            Ast::ValueProjection(left, right) => Node::ValueProjection(self.tree(*left)?, self.tree(*right)?),
            Ast::FilterProjection { left, right, condition } => Node::FilterProjection {
                left: self.tree(*left)?,
                right: self.tree(*right)?,
                condition: self.tree(*condition)?,
            },
            Ast::Flatten(only) => Node::Flatten(self.tree(*only)?),
            Ast::List(items) => Node::List(self.trees(items)?),
            Ast::Hash(entries) => Node::Hash(
                entries
                    .into_iter()
                    .map(|(key, tree)| Ok((Key::new(&key), self.tree(tree)?)))
                    .collect::<Result<_, _>>()?,
            ),
            Ast::Call { name, arguments } => self.call(name, arguments, offset)?,
            Ast::Reference(only) => Node::Reference(self.tree(*only)?),
        };
        Ok(self.program.push(node))
    }

    fn trees(&mut self, trees: Vec<Tree>) -> Result<Box<[NodeId]>, SyntaxError> {
        trees.into_iter().map(|tree| self.tree(tree)).collect()
    }

    fn call(
        &mut self,
        name: Option<String>,
        arguments: Vec<Tree>,
        offset: usize,
    ) -> Result<Node, SyntaxError> {
        let function = name.as_deref().and_then(|name| functions::find(self.dialect, name));
        if self.dialect == Dialect::Standard {
            check(name.as_deref().unwrap_or_default(), function, &arguments, offset)?;
        }
        let is_constant = matches!(arguments.first(), Some(Tree { ast: Ast::Literal(_), .. }));
        Ok(Node::Call(Box::new(Call {
            name,
            function,
            arguments: self.trees(arguments)?,
            pattern: OnceLock::new(),
            is_constant,
        })))
    }
}

/// What can be known of a call without evaluating it.
fn check(
    name: &str,
    function: Option<&Function>,
    arguments: &[Tree],
    offset: usize,
) -> Result<(), SyntaxError> {
    let wrong = |kind, message, offset| Err(SyntaxError { offset, message, kind });
    let Some(function) = function else {
        return wrong(Mistake::UnknownFunction, format!("unknown function: {name}"), offset);
    };
    if let Err(message) = function.check_arity(arguments.len()) {
        return wrong(Mistake::InvalidArity, message, offset);
    }
    for (index, argument) in arguments.iter().enumerate() {
        let Some(parameter) = function.parameter(index) else { continue };
        let is_accepted = match &argument.ast {
            Ast::Literal(value) => parameter.accepts_value(value),
            Ast::Reference(_) => parameter.accepts_reference(),
            _ => !parameter.is_reference(),
        };
        if !is_accepted {
            let message = format!(
                "{name}: argument {} must be {}",
                index.saturating_add(1),
                parameter.names().join(" or ")
            );
            return wrong(Mistake::InvalidType, message, argument.offset);
        }
    }
    Ok(())
}
