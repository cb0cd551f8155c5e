//! Cilium's selectors: LabelSelectors whose keys may say where a label comes from.

use compact_str::CompactString;
use ironhull_value::{Path, Value};

use crate::policy::LabelMatch;
use crate::policy::endpoints::{Asks, NAMESPACE_NAME};
use crate::policy::reader::{Reader, shown};

/// The label under which the namespace of an endpoint stands.
pub(super) const NAMESPACE: &str = "io.kubernetes.pod.namespace";

/// What stands in front of a label of the namespace.
const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";

/// What stands in front of the names of entities.
pub(super) const RESERVED: &str = "reserved:";

/// The key without its source, where the source is Kubernetes or does not matter.
fn without_source(key: &str) -> &str {
    key.strip_prefix("k8s:").or_else(|| key.strip_prefix("any:")).unwrap_or(key)
}

/// What the keys of selectors ask for, of pods.
pub(super) fn asks(key: &str) -> Asks<'_> {
    match without_source(key) {
        NAMESPACE => Asks::Namespace(NAMESPACE_NAME),
        "io.cilium.k8s.policy.serviceaccount" => Asks::Account,
        // The name of the cluster is set where Cilium is installed.
        "io.cilium.k8s.policy.cluster" => Asks::Unknown,
        plain => match plain.strip_prefix(NAMESPACE_LABELS) {
            Some(label) => Asks::Namespace(label),
            None if plain.starts_with(RESERVED) => Asks::Fixed(None),
            None if plain.contains(':') => Asks::Unknown,
            None => Asks::Pod(plain),
        },
    }
}

/// Whether a key is about the namespace.
pub(super) fn is_of_namespace(key: &str) -> bool {
    matches!(asks(key), Asks::Namespace(_))
}

pub(super) fn not_known(reader: &mut Reader<'_>, path: &Path) {
    reader.not_modelled(
        path,
        "the selector asks for labels that Kubernetes does not give, or for the name of the cluster",
        "connections that hang on it are shown as unknown",
    );
}

/// The selector with its keys as they are written. `None`, with a problem, if it is not valid.
pub(super) fn read(reader: &mut Reader<'_>, value: &Value, path: &Path) -> Option<LabelMatch> {
    reader.mapping(value, path)?;
    let mut good = reader.only_fields(value, path, &["matchLabels", "matchExpressions"]);
    let mut parts = Vec::new();
    if let Some(labels) = value.get("matchLabels") {
        let at = path.child("matchLabels");
        reader.mapping(labels, &at)?;
        for (key, value) in labels.as_map()?.iter() {
            match value.as_str() {
                Some(value) => parts.push(LabelMatch::In(key.as_str().into(), vec![value.into()])),
                // A label without a value, as null, is one with the empty value.
                None if value.is_null() => parts.push(LabelMatch::equals(key.as_str(), "")),
                None => {
                    good = false;
                    let message = format!("the value of a label is a text, found {}", shown(value));
                    reader.invalid(&at.child(key.as_str()), message, "put the value between quotes");
                }
            }
        }
    }
    for (index, item) in reader.list(value, "matchExpressions", path)?.iter().enumerate() {
        match expression(reader, item, &path.child("matchExpressions").child(index)) {
            Some(part) => parts.push(part),
            None => good = false,
        }
    }
    if !good {
        return None;
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { LabelMatch::All(parts) })
}

fn expression(reader: &mut Reader<'_>, item: &Value, path: &Path) -> Option<LabelMatch> {
    reader.mapping(item, path)?;
    if !reader.only_fields(item, path, &["key", "operator", "values"]) {
        return None;
    }
    let key = reader.text(item.get("key"), &path.child("key"), "the key of a label")?;
    let mut values: Vec<CompactString> = Vec::new();
    for value in reader.list(item, "values", path)? {
        let Some(text) = value.as_str() else {
            reader.invalid(
                &path.child("values"),
                format!("value {} is not a text", shown(value)),
                "put it between quotes",
            );
            return None;
        };
        values.push(text.into());
    }
    values.sort_unstable();
    values.dedup();
    let operator = item.get("operator").and_then(Value::as_str);
    match (operator, values.is_empty()) {
        (Some("In"), false) => Some(LabelMatch::In(key, values)),
        (Some("NotIn"), false) => Some(LabelMatch::Not(Box::new(LabelMatch::In(key, values)))),
        (Some("Exists"), true) => Some(LabelMatch::Has(key)),
        (Some("DoesNotExist"), true) => Some(LabelMatch::Not(Box::new(LabelMatch::Has(key)))),
        (Some("In" | "NotIn" | "Exists" | "DoesNotExist"), _) => {
            reader.invalid(
                &path.child("values"),
                "In and NotIn need values, Exists and DoesNotExist take none",
                "add or remove `values`",
            );
            None
        }
        _ => {
            let found = item.get("operator").map_or_else(|| "missing".to_owned(), shown);
            reader.invalid(
                &path.child("operator"),
                format!("operator is {found}"),
                "write In, NotIn, Exists or DoesNotExist",
            );
            None
        }
    }
}

/// The entity, where a selector asks for nothing but a label `reserved:…`.
pub(super) fn entity(selector: &LabelMatch) -> Option<&str> {
    match selector {
        LabelMatch::Has(key) => key.strip_prefix(RESERVED),
        LabelMatch::In(key, values) if values.iter().all(CompactString::is_empty) => {
            key.strip_prefix(RESERVED)
        }
        _ => None,
    }
}

/// The selector as one of nodes and other objects that have only their own labels.
pub(super) fn plain(selector: &LabelMatch) -> LabelMatch {
    let all = |parts: &[LabelMatch]| parts.iter().map(plain).collect();
    match selector {
        LabelMatch::All(parts) => LabelMatch::All(all(parts)),
        LabelMatch::Any(parts) => LabelMatch::Any(all(parts)),
        LabelMatch::Not(part) => LabelMatch::Not(Box::new(plain(part))),
        LabelMatch::Has(key) => LabelMatch::Has(without_source(key).into()),
        LabelMatch::In(key, values) => LabelMatch::In(without_source(key).into(), values.clone()),
        other => other.clone(),
    }
}
