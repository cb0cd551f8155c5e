//! Where files come from.

use std::sync::Arc;

use ironhull_manifest::{Document, Level, Parsed};
use ironhull_value::Value;
use ironhull_world::{Catalog, GroupKind, Object, Scope, objects_of};

use crate::kyverno::json::floats;

/// The files of tests. Paths are written with `/`; those of a test are below or beside its own folder.
pub trait Files {
    /// A file.
    ///
    /// # Errors
    /// When it cannot be read, with the reason.
    fn read(&self, path: &str) -> Result<Parsed, String>;

    /// The files directly in a folder and in the folders below it, in order; `None` for what is no folder.
    fn list(&self, path: &str) -> Option<Vec<String>>;
}

/// A path that is written in a file of a folder.
pub(super) fn beside(file: &str, path: &str) -> String {
    if path.starts_with('/') || path.contains("://") {
        return path.to_owned();
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let absolute = folder.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(path.split('/')) {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    let joined = steps.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// The documents of a file, all of them or none.
pub(super) fn documents(files: &dyn Files, path: &str) -> Result<Vec<Arc<Document>>, String> {
    let parsed = files.read(path).map_err(|why| format!("cannot read {path}: {why}"))?;
    if let Some(wrong) = parsed.diagnostics.iter().find(|one| one.level == Level::Error) {
        let line = parsed.source.position(wrong.span.start).line;
        return Err(format!("cannot read {path}:{line}: {}", wrong.message));
    }
    Ok(parsed.documents.into_iter().map(Arc::new).collect())
}

/// The objects of a file; of a folder those of its YAML files.
pub(super) fn objects(files: &dyn Files, path: &str, catalog: &Catalog) -> Result<Vec<Object>, String> {
    if let Some(inside) = files.list(path) {
        let is_yaml = |path: &&String| {
            [".yaml", ".yml"].iter().any(|end| path.to_ascii_lowercase().ends_with(end))
                && !path.rsplit('/').next().unwrap_or_default().starts_with('.')
        };
        let found: Result<Vec<Vec<Object>>, String> =
            inside.iter().filter(is_yaml).map(|path| of_file(files, path, catalog)).collect();
        return Ok(found?.into_iter().flatten().collect());
    }
    of_file(files, path, catalog)
}

fn of_file(files: &dyn Files, path: &str, catalog: &Catalog) -> Result<Vec<Object>, String> {
    let mut found = Vec::new();
    for document in documents(files, path)? {
        let loaded = objects_of(&document, None, "", catalog);
        if let Some(wrong) = loaded.malformed.first() {
            return Err(format!("{path} has a document that is no object: {}", wrong.reason));
        }
        found.extend(loaded.objects);
    }
    Ok(found)
}

/// An object as upstream's command line reads it: in the namespace `default` unless it is written or the kind
/// has none, and with empty maps where a known one is null.
pub(super) fn resource(object: &Object, catalog: &Catalog) -> Value {
    let value = without_null_maps(&object.value);
    let kind = GroupKind::new(&object.key.group, &object.key.kind);
    let written = value.dig_str(&["metadata", "namespace"]).unwrap_or_default();
    if !written.is_empty() || catalog.scope(kind) == Some(Scope::Cluster) {
        return value;
    }
    let metadata =
        value.get("metadata").and_then(Value::as_map).into_iter().flat_map(ironhull_value::Map::iter);
    let metadata: Value = metadata
        .map(|(key, value)| (key.clone(), value.clone()))
        .chain([("namespace".into(), Value::from("default"))])
        .collect();
    with_member(&value, "metadata", metadata)
}

/// An object with another member.
pub(super) fn with_member(value: &Value, key: &str, member: Value) -> Value {
    let others = value.as_map().into_iter().flat_map(ironhull_value::Map::iter);
    others.map(|(key, value)| (key.clone(), value.clone())).chain([(key.into(), member)]).collect()
}

/// The same as [`resource`], with every number as a float: upstream does that to what policies are tested on.
pub(super) fn subject(object: &Object, catalog: &Catalog) -> Value {
    floats(&resource(object, catalog))
}

const MAPS: [&str; 6] = ["annotations", "labels", "matchLabels", "nodeSelector", "data", "stringData"];

fn without_null_maps(value: &Value) -> Value {
    match value {
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| {
                let value = if value.is_null() && MAPS.contains(&key.as_str()) {
                    Value::Map(ironhull_value::Map::default())
                } else {
                    without_null_maps(value)
                };
                (key.clone(), value)
            })
            .collect(),
        Value::Array(items) => Value::Array(items.iter().map(without_null_maps).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn paths_are_those_beside_the_test() {
        assert_eq!(beside("a/b/test.yaml", "../c.yaml"), "a/c.yaml");
        assert_eq!(beside("a/test.yaml", "./c.yaml"), "a/c.yaml");
        assert_eq!(beside("test.yaml", "../c.yaml"), "../c.yaml");
        assert_eq!(beside("/a/test.yaml", "b/../c.yaml"), "/a/c.yaml");
        assert_eq!(beside("a/test.yaml", "/c.yaml"), "/c.yaml");
        assert_eq!(beside("a/test.yaml", "https://x/c.yaml"), "https://x/c.yaml");
    }
}
