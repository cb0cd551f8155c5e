//! The selectors of rules as they are written: what stands for pods that do not exist.

use ironhull_value::{Selector, Value};

use crate::policy::LabelMatch;

/// The label that the API server gives every namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// A label selector, to be compared by what it says and not by what it matches: two of them are the same if
/// their requirements are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    /// The requirements as `kubectl` writes them, ordered by key. `in` with one value is `=`.
    requirements: Vec<String>,
    /// What stands under `matchLabels`, ordered.
    labels: Vec<(String, String)>,
    /// What stands under `matchExpressions`, as netpol-analyzer writes it, ordered.
    expressions: Vec<String>,
}

impl Pattern {
    /// A LabelSelector. One that is not valid is none.
    pub(super) fn of(selector: &Value) -> Option<Self> {
        let compiled = Selector::compile(selector).ok()?;
        // They come ordered by key.
        let requirements = match LabelMatch::of_selector(&compiled) {
            LabelMatch::All(parts) => parts.iter().map(LabelMatch::to_string).collect(),
            one => vec![one.to_string()],
        };
        let written = selector.get("matchLabels").and_then(Value::as_map);
        let labels = written
            .into_iter()
            .flat_map(|labels| labels.iter())
            .map(|(key, value)| (key.as_str().to_owned(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        let mut expressions: Vec<String> =
            selector.dig_items(&["matchExpressions"]).iter().map(expression).collect();
        expressions.sort();
        Some(Self { requirements, labels, expressions })
    }

    /// A condition of a richer language: one expression, as it is shown elsewhere.
    pub(super) fn of_match(condition: &LabelMatch) -> Self {
        let text = condition.to_string();
        let expressions = if condition.is_everything() { Vec::new() } else { vec![text] };
        Self { requirements: expressions.clone(), labels: Vec::new(), expressions }
    }

    /// The namespace of this name.
    pub(super) fn namespace(name: &str) -> Self {
        Self {
            requirements: vec![format!("{NAME_LABEL}={name}")],
            labels: vec![(NAME_LABEL.to_owned(), name.to_owned())],
            expressions: Vec::new(),
        }
    }

    /// Whether it selects everything.
    pub(super) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether it asks for exactly this.
    pub(super) fn says(&self, requirements: &[String]) -> bool {
        self.requirements == requirements
    }

    pub(super) fn requirements(&self) -> &[String] {
        &self.requirements
    }

    /// Whether it asks for labels by `matchLabels` and nothing else.
    pub(super) fn is_plain(&self) -> bool {
        self.expressions.is_empty() && !self.labels.is_empty()
    }

    /// Whether these labels have what `matchLabels` asks for.
    pub(super) fn fits<'l>(&self, mut label: impl FnMut(&str) -> Option<&'l str>) -> bool {
        self.labels.iter().all(|(key, value)| label(key) == Some(value))
    }

    fn text(&self) -> String {
        let labels = self.labels.iter().map(|(key, value)| format!("{key}={value}"));
        labels.chain(self.expressions.iter().cloned()).collect::<Vec<_>>().join(",")
    }

    /// The namespace, where it is given by its name and nothing else is asked.
    pub(super) fn namespace_name(&self) -> Option<&str> {
        match (self.labels.as_slice(), self.expressions.as_slice()) {
            ([(key, name)], []) if key == NAME_LABEL => Some(name),
            _ => None,
        }
    }

    /// The namespaces in an answer: a name where nothing else is asked.
    pub(super) fn namespaces_title(&self) -> String {
        match self.namespace_name() {
            Some(name) => name.to_owned(),
            None if self.is_empty() => "[all namespaces]".to_owned(),
            None => format!("[namespace with {{{}}}]", self.text()),
        }
    }

    /// The pods in an answer.
    pub(super) fn pods_title(of: Option<&Self>) -> String {
        match of.filter(|pattern| !pattern.is_empty()) {
            None => "[all pods]".to_owned(),
            Some(pattern) => format!("[pod with {{{}}}]", pattern.text()),
        }
    }
}

/// As Go prints the struct.
fn expression(item: &Value) -> String {
    let values: Vec<&str> = item.dig_items(&["values"]).iter().filter_map(Value::as_str).collect();
    format!(
        "{{Key:{},Operator:{},Values:[{}],}}",
        item.dig_str(&["key"]).unwrap_or_default(),
        item.dig_str(&["operator"]).unwrap_or_default(),
        values.join(" ")
    )
}
