//! A document, looked through once.

use ironhull_value::Value;

use super::reference;
use super::scan::{has_variable, variables};
use super::substitute::{Lookup, SubstituteError, substitute};

/// A document that may have variables. References are resolved, and texts without variables are as they will
/// be.
#[derive(Clone, Debug)]
pub struct Template {
    source: Value,
    root: Result<Node, String>,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Nothing to replace, and nothing escaped.
    Plain(Value),
    /// One variable and nothing else: what comes out keeps its type.
    Variable(String),
    /// A text with variables, or with escaped ones.
    Text(String),
    Map(Vec<(Option<String>, String, Node)>),
    Array(Vec<Node>),
}

impl Template {
    /// Looks through a document.
    pub fn compile(document: &Value) -> Self {
        let root = reference::resolve(document).map(|document| node(&document));
        Self { source: document.clone(), root }
    }

    /// As it is written.
    pub fn source(&self) -> &Value {
        &self.source
    }

    /// The document, if there is nothing to replace in it.
    pub fn plain(&self) -> Option<&Value> {
        match &self.root {
            Ok(Node::Plain(value)) => Some(value),
            _ => None,
        }
    }

    /// The document with everything replaced.
    ///
    /// # Errors
    /// When a reference or a variable does not resolve; the first one in order.
    pub fn substitute(&self, lookup: &dyn Lookup) -> Result<Value, SubstituteError> {
        self.substitute_at("", lookup)
    }

    /// The same for a part of a document that is somewhere in it, like `/0`: messages and `@` know of it.
    ///
    /// # Errors
    /// When a reference or a variable does not resolve.
    pub fn substitute_at(&self, path: &str, lookup: &dyn Lookup) -> Result<Value, SubstituteError> {
        match &self.root {
            Ok(Node::Plain(value)) => Ok(value.clone()),
            Ok(node) => substitute(node, path, lookup),
            Err(why) => Err(SubstituteError(why.clone())),
        }
    }

    /// The expressions of all variables, as they are written; those inside of others come out of these.
    pub fn expressions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Ok(root) = &self.root {
            collect(root, &mut found);
        }
        found
    }
}

fn node(value: &Value) -> Node {
    match value {
        Value::Str(text) if text.contains("{{") => {
            let found = variables(text);
            match found.as_slice() {
                [one] if one.text.len() == text.len() => Node::Variable(one.expression().0),
                [] if !text.contains("\\{{") => Node::Plain(value.clone()),
                _ => Node::Text(text.to_string()),
            }
        }
        Value::Array(items) => {
            let nodes: Vec<Node> = items.iter().map(node).collect();
            if nodes.iter().all(|node| matches!(node, Node::Plain(_))) {
                return Node::Plain(value.clone());
            }
            Node::Array(nodes)
        }
        Value::Map(map) => {
            let nodes: Vec<_> = map
                .iter()
                .map(|(key, value)| {
                    let key = key.as_str();
                    let replaced = key.contains("{{").then(|| key.to_owned());
                    (replaced, key.to_owned(), node(value))
                })
                .collect();
            if nodes.iter().all(|(replaced, _, node)| replaced.is_none() && matches!(node, Node::Plain(_))) {
                return Node::Plain(value.clone());
            }
            Node::Map(nodes)
        }
        other => Node::Plain(other.clone()),
    }
}

/// The same for a value that came out of a variable: it may have variables of its own.
pub(super) fn of_result(value: &Value) -> Option<Node> {
    if !may_have_variables(value) {
        return None;
    }
    let found = node(value);
    (!matches!(found, Node::Plain(_))).then_some(found)
}

fn may_have_variables(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.contains("{{"),
        Value::Array(items) => items.iter().any(may_have_variables),
        Value::Map(map) => {
            map.iter().any(|(key, value)| key.as_str().contains("{{") || may_have_variables(value))
        }
        _ => false,
    }
}

fn collect(node: &Node, found: &mut Vec<String>) {
    match node {
        Node::Plain(_) => {}
        Node::Variable(expression) => found.push(expression.clone()),
        Node::Text(text) => found.extend(variables(text).iter().map(|one| one.expression().0)),
        Node::Map(nodes) => {
            for (replaced, _, node) in nodes {
                if let Some(key) = replaced.as_ref().filter(|key| has_variable(key)) {
                    found.extend(variables(key).iter().map(|one| one.expression().0));
                }
                collect(node, found);
            }
        }
        Node::Array(nodes) => nodes.iter().for_each(|node| collect(node, found)),
    }
}
