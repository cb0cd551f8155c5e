//! What can be told of an expression without evaluating it.

use ironhull_value::Key;

use crate::program::{Call, Node, NodeId};
use crate::{Dialect, Expression, functions};

/// A call that fails whenever it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadCall {
    /// There is no such function.
    Unknown {
        /// The name as it is written.
        name: String,
    },
    /// Too many or too few arguments.
    Arity {
        /// The function, as its documentation writes it.
        signature: String,
        /// How many there are.
        found: usize,
    },
    /// A constant of a type that the function does not take.
    Type {
        /// The function, as its documentation writes it.
        signature: String,
        /// Which argument, from 1.
        argument: usize,
    },
}

impl Expression {
    /// Where it begins at the root: for `a.b[0].c || d` these are `a.b` and `d`. A root that is asked for as a
    /// whole is an empty list.
    pub fn roots(&self) -> Vec<Vec<&str>> {
        let mut found = Vec::new();
        self.visit(self.root(), true, &mut |node, at_root| {
            let path = match node {
                Node::Field(name) if at_root => vec![name.as_str()],
                Node::Current if at_root => Vec::new(),
                Node::Chain(parts) if at_root => self.leading(parts),
                _ => return,
            };
            if !found.contains(&path) {
                found.push(path);
            }
        });
        // A chain is told as a whole; its first part is a root of its own only where it is no field.
        let longer: Vec<Vec<&str>> = found.iter().filter(|path| path.len() > 1).cloned().collect();
        found.retain(|path| path.len() != 1 || !longer.iter().any(|other| other.first() == path.first()));
        found
    }

    /// Whether the same input always has the same answer: it asks for no time, no randomness and no name service.
    pub fn is_steady(&self) -> bool {
        const OTHERS: [&str; 5] = ["time_now", "time_now_utc", "time_since", "random", "is_external_url"];
        let mut steady = true;
        self.visit(self.root(), true, &mut |node, _| {
            if let Node::Call(call) = node {
                steady &= call.name.as_ref().is_none_or(|name| !OTHERS.contains(&name.as_str()));
            }
        });
        steady
    }

    /// The calls that cannot succeed, in the order of the text.
    pub fn bad_calls(&self) -> Vec<BadCall> {
        let mut found = Vec::new();
        self.visit(self.root(), true, &mut |node, _| {
            if let Node::Call(call) = node {
                found.extend(self.bad_call(call));
            }
        });
        found
    }

    fn bad_call(&self, call: &Call) -> Option<BadCall> {
        let name = call.name.as_ref()?;
        let Some(function) = call.function else { return Some(BadCall::Unknown { name: name.clone() }) };
        let count = call.arguments.len();
        // Kyverno does not count what it hands to a function without parameters.
        let is_free = self.dialect() == Dialect::Kyverno && function.parameters().is_empty();
        if !is_free && function.check_arity(count).is_err() {
            return Some(BadCall::Arity { signature: function.signature(), found: count });
        }
        if function.is_variadic() {
            return None;
        }
        let wrong = call.arguments.iter().zip(1..).find(|(argument, place): &(&NodeId, usize)| {
            let parameter = function.parameter(place.saturating_sub(1));
            match (self.program().node(**argument), parameter) {
                (Node::Literal(value), Some(parameter)) => !parameter.accepts_value(value),
                _ => false,
            }
        })?;
        Some(BadCall::Type { signature: function.signature(), argument: wrong.1 })
    }

    /// The fields that a chain begins with; a part of it may be a chain again.
    fn leading(&self, parts: &[NodeId]) -> Vec<&str> {
        let mut found = Vec::new();
        for part in parts {
            match self.program().node(*part) {
                Node::Field(name) => found.push(Key::as_str(name)),
                Node::Chain(inner) => {
                    found.extend(self.leading(inner));
                    break;
                }
                _ => break,
            }
        }
        found
    }

    /// Goes through all nodes; says of each whether it is evaluated on the root.
    fn visit<'e>(&'e self, id: NodeId, at_root: bool, see: &mut dyn FnMut(&'e Node, bool)) {
        let node = self.program().node(id);
        match node {
            // A chain that begins with a field is told as a whole.
            Node::Chain(parts) if at_root && self.leading(parts).is_empty() => {}
            _ => see(node, at_root),
        }
        match node {
            Node::Current
            | Node::Broken
            | Node::Field(_)
            | Node::Index(_)
            | Node::Slice(_)
            | Node::Literal(_) => {}
            Node::Chain(parts) | Node::Pipe(parts) => {
                for (place, part) in parts.iter().enumerate() {
                    self.visit(*part, at_root && place == 0, see);
                }
            }
            Node::Or(parts) | Node::And(parts) | Node::List(parts) => {
                parts.iter().for_each(|part| self.visit(*part, at_root, see));
            }
            Node::Not(only) | Node::Flatten(only) => self.visit(*only, at_root, see),
            Node::Compare(_, left, right) => {
                self.visit(*left, at_root, see);
                self.visit(*right, at_root, see);
            }
            Node::Projection(left, right) | Node::ValueProjection(left, right) => {
                self.visit(*left, at_root, see);
                self.visit(*right, false, see);
            }
            Node::FilterProjection { left, right, condition } => {
                self.visit(*left, at_root, see);
                self.visit(*condition, false, see);
                self.visit(*right, false, see);
            }
            Node::Hash(entries) => entries.iter().for_each(|(_, entry)| self.visit(*entry, at_root, see)),
            Node::Call(call) => call.arguments.iter().for_each(|one| self.visit(*one, at_root, see)),
            Node::Reference(only) => self.visit(*only, false, see),
        }
    }
}

/// The function of a dialect whose name is nearest to what somebody typed, if any is near.
pub fn similar_function(dialect: Dialect, typed: &str) -> Option<&'static str> {
    let typed = typed.to_lowercase().replace(['-', '_'], "");
    functions(dialect)
        .map(crate::Function::name)
        .map(|name| (distance(&name.replace('_', ""), &typed), name))
        .filter(|(distance, name)| distance.saturating_mul(3) <= name.len())
        .min()
        .map(|(_, name)| name)
}

/// Letters to add, to take away or to change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (place, own) in a.chars().enumerate() {
        let mut last = place;
        let mut next = vec![place.saturating_add(1)];
        for (other, above) in b.iter().zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or_default();
            let changed = last.saturating_add(usize::from(own != *other));
            next.push(changed.min(above.saturating_add(1)).min(left.saturating_add(1)));
            last = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Expression {
        Expression::parse(text, Dialect::Kyverno).unwrap()
    }

    #[test]
    fn roots_are_where_an_expression_begins() {
        let of = |text: &str| -> String {
            let expression = parsed(text);
            let roots: Vec<String> = expression.roots().iter().map(|root| root.join(".")).collect();
            roots.join(" ")
        };
        for (text, roots) in [
            ("a", "a"),
            ("a.b.c", "a.b.c"),
            ("a.b[0].c || d", "a.b d"),
            ("a[].b.c", "a"),
            ("a.b[?c == `1`].d | e", "a.b"),
            ("length(a.b) > `0` && !x", "a.b x"),
            ("map(&b, a)", "a"),
            ("{x: a, y: [b, c]}", "a b c"),
            ("a.{x: b}", "a"),
            ("`1`", ""),
            ("\"a-b\".c", "a-b.c"),
            ("split(a, ':')[0].b", "a"),
            ("a.b.length(@)", "a.b"),
        ] {
            assert_eq!(of(text), roots, "{text}");
        }
        assert_eq!(parsed("@").roots(), [Vec::<&str>::new()]);
    }

    #[test]
    fn calls_that_cannot_succeed_are_found() {
        let one = |text: &str| parsed(text).bad_calls().pop();
        assert_eq!(one("to_upper(a)"), None);
        assert_eq!(one("a[].toupper(@)"), Some(BadCall::Unknown { name: "toupper".into() }));
        assert!(matches!(one("length(a, b)"), Some(BadCall::Arity { found: 2, .. })));
        assert!(matches!(one("split(`1`, ',')"), Some(BadCall::Type { argument: 1, .. })));
        assert_eq!(one("time_now_utc()"), None);
        assert_eq!(similar_function(Dialect::Kyverno, "toupper"), Some("to_upper"));
        assert_eq!(similar_function(Dialect::Kyverno, "startswith"), Some("starts_with"));
        assert_eq!(similar_function(Dialect::Kyverno, "lenght"), Some("length"));
        assert_eq!(similar_function(Dialect::Kyverno, "frobnicate"), None);
    }
}
