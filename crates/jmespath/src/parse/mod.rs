//! Text to a tree.
//!
//! Lives here: tokens, the lexer, the parser, and the tree that [`compile`](crate::compile) flattens. The grammar is
//! that of every implementation of JMESPath (a Pratt parser with the same binding powers); Kyverno's dialect
//! also reads what upstream's parser lets pass.
//!
//! Never lives here: what an expression means.

mod ast;
mod brackets;
mod lexer;
mod literal;
mod parser;
mod token;

pub(crate) use ast::{Ast, Comparison, Tree};
pub(crate) use parser::parse;
