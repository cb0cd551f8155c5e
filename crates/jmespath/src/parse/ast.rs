//! The tree of an expression.

use ironhull_value::Value;

use crate::error::{Mistake, SyntaxError};

/// Levels of nesting in an expression. Chains (`a.b.c`, `a || b || c`, `a | b | c`) are one level however
/// long they are. Evaluation recurses once a level, so this bounds the stack.
const DEPTH: u16 = 128;

/// A node with what the parser has to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) ast: Ast,
    /// Where it begins in the text.
    pub(crate) offset: usize,
    depth: u16,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// The constructs of the language.
#[derive(Clone, Debug)]
pub(crate) enum Ast {
    /// The current value, be it written `@` or not written at all.
    Current,
    /// What upstream's parser makes of an unclosed index. It fails when evaluated.
    Broken,
    Field(String),
    Index(i64),
    Slice([Option<i64>; 3]),
    Literal(Value),
    /// `a.b[0]`: each part is evaluated on the result of the part before.
    Chain(Vec<Tree>),
    /// `a | b`
    Pipe(Vec<Tree>),
    Or(Vec<Tree>),
    And(Vec<Tree>),
    Not(Box<Tree>),
    Compare(Comparison, Box<Tree>, Box<Tree>),
    /// `left[*].right`, and slices and flattened lists with what follows them
    Projection(Box<Tree>, Box<Tree>),
    /// `left.*.right`
    ValueProjection(Box<Tree>, Box<Tree>),
    /// `left[?condition].right`
    FilterProjection {
        left: Box<Tree>,
        right: Box<Tree>,
        condition: Box<Tree>,
    },
    Flatten(Box<Tree>),
    List(Vec<Tree>),
    Hash(Vec<(String, Tree)>),
    /// `name(arguments)`. Without a name it fails when evaluated: upstream's parser lets `@(x)` pass.
    Call {
        name: Option<String>,
        arguments: Vec<Tree>,
    },
    /// `&expression`
    Reference(Box<Tree>),
}

impl Tree {
    /// A node without children.
    pub(crate) fn leaf(ast: Ast, offset: usize) -> Self {
        Self { ast, offset, depth: 1 }
    }

    /// A node over those children, if that is not too deep.
    pub(crate) fn over(ast: Ast, offset: usize) -> Result<Self, SyntaxError> {
        let below = |trees: &[Tree]| trees.iter().map(|tree| tree.depth).max().unwrap_or_default();
        let depth = match &ast {
            Ast::Current | Ast::Broken | Ast::Field(_) | Ast::Index(_) | Ast::Slice(_) | Ast::Literal(_) => 0,
            Ast::Chain(parts) | Ast::Pipe(parts) | Ast::Or(parts) | Ast::And(parts) | Ast::List(parts) => {
                below(parts)
            }
            Ast::Call { arguments, .. } => below(arguments),
            Ast::Hash(entries) => entries.iter().map(|(_, tree)| tree.depth).max().unwrap_or_default(),
            Ast::Not(only) | Ast::Flatten(only) | Ast::Reference(only) => only.depth,
            Ast::Compare(_, left, right)
            | Ast::Projection(left, right)
            | Ast::ValueProjection(left, right) => left.depth.max(right.depth),
            Ast::FilterProjection { left, right, condition } => {
                left.depth.max(right.depth).max(condition.depth)
            }
        };
        if depth >= DEPTH {
            return Err(too_deep(offset));
        }
        Ok(Self { ast, offset, depth: depth.saturating_add(1) })
    }

    /// `left` followed by `right`, as one chain if `left` is one already.
    pub(crate) fn then(self, right: Self) -> Result<Self, SyntaxError> {
        let offset = self.offset;
        let parts = join(self, right, |ast| match ast {
            Ast::Chain(parts) => Ok(parts),
            other => Err(other),
        });
        Self::over(Ast::Chain(parts), offset)
    }

    /// `left | right`.
    pub(crate) fn pipe(self, right: Self) -> Result<Self, SyntaxError> {
        let offset = self.offset;
        let parts = join(self, right, |ast| match ast {
            Ast::Pipe(parts) => Ok(parts),
            other => Err(other),
        });
        Self::over(Ast::Pipe(parts), offset)
    }

    /// `left || right`.
    pub(crate) fn or(self, right: Self) -> Result<Self, SyntaxError> {
        let offset = self.offset;
        let parts = join(self, right, |ast| match ast {
            Ast::Or(parts) => Ok(parts),
            other => Err(other),
        });
        Self::over(Ast::Or(parts), offset)
    }

    /// `left && right`.
    pub(crate) fn and(self, right: Self) -> Result<Self, SyntaxError> {
        let offset = self.offset;
        let parts = join(self, right, |ast| match ast {
            Ast::And(parts) => Ok(parts),
            other => Err(other),
        });
        Self::over(Ast::And(parts), offset)
    }
}

/// The parts of `left`, if it has such, or `left` itself, and `right` after them. All these operators mean
/// the same however they are grouped to the left.
fn join(left: Tree, right: Tree, parts: impl Fn(Ast) -> Result<Vec<Tree>, Ast>) -> Vec<Tree> {
    let Tree { ast, offset, depth } = left;
    let mut joined = match parts(ast) {
        Ok(parts) => parts,
        Err(ast) => vec![Tree { ast, offset, depth }],
    };
    joined.push(right);
    joined
}

pub(super) fn too_deep(offset: usize) -> SyntaxError {
    SyntaxError {
        offset,
        message: format!("the expression is nested more than {DEPTH} levels deep"),
        kind: Mistake::TooLarge,
    }
}

/// Whether so many levels may be open at once.
pub(super) fn is_too_deep(levels: u16) -> bool {
    levels > DEPTH
}
