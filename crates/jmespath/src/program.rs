//! A compiled expression: nodes in one arena, functions resolved.

use std::sync::OnceLock;

use ironhull_value::{Key, Value};

use crate::functions::Function;
use crate::go::regex::Pattern;
use crate::parse::Comparison;

/// The place of a node in the arena. Children stand before their parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(u32);

/// The nodes of one expression.
#[derive(Debug, Default)]
pub(crate) struct Program {
    nodes: Vec<Node>,
}

/// One operation. See [`Ast`](crate::parse::Ast) for what each stands for.
#[derive(Debug)]
pub(crate) enum Node {
    Current,
    Broken,
    Field(Key),
    Index(i64),
    Slice([Option<i64>; 3]),
    Literal(Value),
    Chain(Box<[NodeId]>),
    Pipe(Box<[NodeId]>),
    Or(Box<[NodeId]>),
    And(Box<[NodeId]>),
    Not(NodeId),
    Compare(Comparison, NodeId, NodeId),
    Projection(NodeId, NodeId),
    ValueProjection(NodeId, NodeId),
    FilterProjection { left: NodeId, right: NodeId, condition: NodeId },
    Flatten(NodeId),
    List(Box<[NodeId]>),
    Hash(Box<[(Key, NodeId)]>),
    Call(Box<Call>),
    Reference(NodeId),
}

/// A call of a function.
#[derive(Debug)]
pub(crate) struct Call {
    /// `None` for what cannot be called at all.
    pub(crate) name: Option<String>,
    /// `None` for a function that does not exist.
    pub(crate) function: Option<&'static Function>,
    pub(crate) arguments: Box<[NodeId]>,
    /// A regular expression that is written in the expression, compiled on first use.
    pub(crate) pattern: OnceLock<Result<Pattern, String>>,
    /// Whether the first argument is a literal, so that `pattern` may be kept.
    pub(crate) is_constant: bool,
}

impl Program {
    /// Adds a node.
    pub(crate) fn push(&mut self, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    /// The node with that id; every id was made by [`push`](Self::push).
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0 as usize).unwrap_or(&Node::Broken)
    }
}
