//! From documents to objects.

use std::sync::Arc;

use ironhull_manifest::{Document, Source};
use ironhull_value::{CompactString, Path, Value};

use crate::{Catalog, GroupKind, Object, ObjectRef, Origin, Scope};

/// A document, or an item of a list, that is not a Kubernetes object.
#[derive(Clone, Debug)]
pub struct Malformed {
    /// The document.
    pub document: Arc<Document>,
    /// The way to the item.
    pub root: Path,
    /// What is missing or wrong.
    pub reason: &'static str,
    /// Whether it looks like something else on purpose: a Helm values file, a compose file. Such a
    /// document has neither `apiVersion` nor `kind`.
    pub foreign: bool,
}

/// What a document holds.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Its objects; lists are unfolded.
    pub objects: Vec<Object>,
    /// What is not an object.
    pub malformed: Vec<Malformed>,
}

/// The objects of a document. `List` and every `*List` of built-in kinds are unfolded as kubectl does.
/// `rendered` names what the document was rendered from; `default_namespace` stands in for a missing one.
pub fn objects_of(
    document: &Arc<Document>,
    rendered: Option<&Arc<str>>,
    default_namespace: &str,
    catalog: &Catalog,
) -> Loaded {
    let mut loaded = Loaded::default();
    let loader = Loader { document, rendered, default_namespace, catalog };
    loader.load(&document.value, Path::root(), 0, &mut loaded);
    loaded
}

struct Loader<'a> {
    document: &'a Arc<Document>,
    rendered: Option<&'a Arc<str>>,
    default_namespace: &'a str,
    catalog: &'a Catalog,
}

impl Loader<'_> {
    /// A list inside a list is read; a deeper one is not something that a tool writes.
    const DEEPEST_LIST: usize = 4;

    fn load(&self, value: &Value, root: Path, depth: usize, loaded: &mut Loaded) {
        let mut refuse = |root: Path, reason, foreign| {
            loaded.malformed.push(Malformed { document: self.document.clone(), root, reason, foreign });
        };
        if value.as_map().is_none() {
            return refuse(root, "it is not an object with `apiVersion` and `kind`", depth == 0);
        }
        let text = |field: &str| value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (api_version, kind) = match (text("apiVersion"), text("kind")) {
            (Some(api_version), Some(kind)) => (api_version, kind),
            (None, Some(_)) => return refuse(root, "`apiVersion` is missing", false),
            (Some(_), None) => return refuse(root, "`kind` is missing", false),
            (None, None) => return refuse(root, "`apiVersion` and `kind` are missing", depth == 0),
        };
        if kind.ends_with("List") && value.as_map().is_some_and(|map| map.contains_key("items")) {
            if depth >= Self::DEEPEST_LIST {
                return refuse(root, "lists are nested too deeply", false);
            }
            let list = root.child("items");
            for (index, item) in value.dig_items(&["items"]).iter().enumerate() {
                let item = typed_item(item, api_version, kind);
                self.load(&item, list.child(index), depth + 1, loaded);
            }
            return;
        }
        let (key, version) = match identify(value, api_version, kind, self.default_namespace, self.catalog) {
            Ok(identity) => identity,
            Err(reason) => return refuse(root, reason, false),
        };
        let document = self.document.clone();
        let origin = match self.rendered {
            Some(from) => Origin::Rendered { from: from.clone(), document, root },
            None => Origin::File { document, root },
        };
        loaded.objects.push(Object { key, version, value: value.clone(), origin });
    }
}

/// The object of one item of a dump, whose text is not kept.
///
/// # Errors
/// When it is no object, with the reason.
pub fn object_of_item(
    value: Value,
    source: &Arc<Source>,
    line: u32,
    default_namespace: &str,
    catalog: &Catalog,
) -> Result<Object, &'static str> {
    let text = |field: &str| value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(api_version), Some(kind)) = (text("apiVersion"), text("kind")) else {
        return Err("`apiVersion` or `kind` is missing");
    };
    let (key, version) = identify(&value, api_version, kind, default_namespace, catalog)?;
    Ok(Object { key, version, value, origin: Origin::Dump { source: source.clone(), line } })
}

fn identify(
    value: &Value,
    api_version: &str,
    kind: &str,
    default_namespace: &str,
    catalog: &Catalog,
) -> Result<(ObjectRef, CompactString), &'static str> {
    if value.get("metadata").is_some_and(|metadata| metadata.as_map().is_none()) {
        return Err("`metadata` is not an object");
    }
    let name = match (value.dig_str(&["metadata", "name"]), value.dig_str(&["metadata", "generateName"])) {
        (Some(name), _) => CompactString::from(name),
        (None, Some(prefix)) => CompactString::from(format!("{prefix}*")),
        (None, None) => CompactString::default(),
    };
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let written = value.dig_str(&["metadata", "namespace"]).unwrap_or_default();
    let namespace = match catalog.scope(GroupKind::new(group, kind)) {
        Some(Scope::Cluster) => "",
        Some(Scope::Namespaced) if written.is_empty() => default_namespace,
        _ => written,
    };
    let key =
        ObjectRef { group: group.into(), kind: kind.into(), namespace: namespace.into(), name, copy: 0 };
    Ok((key, version.into()))
}

/// Items of a typed list (`PodList`) may leave out what the list says for all of them.
fn typed_item(item: &Value, api_version: &str, kind: &str) -> Value {
    let Some(map) = item.as_map() else { return item.clone() };
    if kind == "List" || item.get("kind").is_some() || item.get("apiVersion").is_some() {
        return item.clone();
    }
    let element = kind.strip_suffix("List").unwrap_or(kind);
    let typed = [("apiVersion", api_version), ("kind", element)];
    // Positions of these two fields are those of the item; all other fields keep theirs.
    map.iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .chain(typed.map(|(key, text)| (key.into(), Value::from(text))))
        .collect()
}
