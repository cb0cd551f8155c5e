//! A compiled pattern as it was before.

use ironhull_value::{Map, Value};

use super::Pattern;
use super::tree::Node;

impl Pattern {
    /// The document that it was compiled from.
    pub fn source(&self) -> Value {
        self.root.source()
    }
}

impl Node {
    fn source(&self) -> Value {
        match self {
            Self::Map(map) => {
                let members: Map =
                    map.entries().map(|entry| (entry.key.clone(), entry.node.source())).collect();
                Value::Map(members)
            }
            Self::Array(items) => Value::from(items.iter().map(Self::source).collect::<Vec<_>>()),
            Self::Leaf(leaf) => leaf.source.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ironhull_value::Value;

    use super::Pattern;

    #[test]
    fn a_pattern_comes_back_as_it_was() {
        let text = r#"{"a":{"=(b)":[{"c":">3"},1],"X(d)":null},"e":["*",true,1.5]}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Pattern::compile(&value).source(), value);
    }
}
