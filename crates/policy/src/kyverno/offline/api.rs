//! An API server made of objects at hand: reads by path, and nothing else.

use ironhull_value::Value;
use ironhull_world::{Catalog, GroupKind};

use crate::kyverno::request::group_version;

/// What the API server answers to a GET of a path.
///
/// # Errors
/// When the path is none of objects, or there is no such object.
pub fn get<'v>(
    path: &str,
    objects: impl IntoIterator<Item = &'v Value>,
    catalog: &Catalog,
) -> Result<Value, String> {
    let wanted = Wanted::parse(path).ok_or_else(|| format!("failed to parse path: {path}"))?;
    let is = |object: &&'v Value| {
        let (group, version) = group_version(object);
        let kind = object.dig_str(&["kind"]).unwrap_or_default();
        let text = |key: &str| object.dig_str(&["metadata", key]).unwrap_or_default();
        (group, version) == (wanted.group, wanted.version)
            && plural(group, kind, catalog) == wanted.resource
            && (wanted.namespace.is_empty() || wanted.namespace == text("namespace"))
    };
    let mut found = objects.into_iter().filter(is);
    if wanted.name.is_empty() {
        let items: Vec<Value> = found.cloned().collect();
        let members =
            [("apiVersion", Value::from("v1")), ("kind", Value::from("List")), ("items", items.into())];
        return Ok(members.into_iter().map(|(key, value)| (key.into(), value)).collect());
    }
    found
        .find(|object| object.dig_str(&["metadata", "name"]) == Some(wanted.name))
        .cloned()
        .ok_or_else(|| format!("{} {:?} not found", wanted.resource, wanted.name))
}

struct Wanted<'p> {
    group: &'p str,
    version: &'p str,
    namespace: &'p str,
    resource: &'p str,
    name: &'p str,
}

impl<'p> Wanted<'p> {
    fn parse(path: &'p str) -> Option<Self> {
        let path = path.split('?').next().unwrap_or_default().trim_matches('/');
        let steps: Vec<&str> = path.split('/').collect();
        let (group, version, rest) = match steps.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, resource, name) = match rest {
            ["namespaces"] => ("", "namespaces", ""),
            ["namespaces", name] => ("", "namespaces", *name),
            ["namespaces", namespace, resource] => (*namespace, *resource, ""),
            ["namespaces", namespace, resource, name] => (*namespace, *resource, *name),
            [resource] => ("", *resource, ""),
            [resource, name] => ("", *resource, *name),
            _ => return None,
        };
        Some(Self { group, version, namespace, resource, name })
    }
}

/// The name of a kind in paths; guessed, as upstream does, where it is not known.
fn plural(group: &str, kind: &str, catalog: &Catalog) -> String {
    if let Some(info) = catalog.kind(GroupKind::new(group, kind)).filter(|info| !info.plural.is_empty()) {
        return info.plural.to_string();
    }
    let lower = kind.to_lowercase();
    match lower.chars().next_back() {
        Some('s') => format!("{lower}es"),
        Some('y') => format!("{}ies", lower.trim_end_matches('y')),
        _ => format!("{lower}s"),
    }
}
