//! The objects of one kind, page by page.

use ironhull_value::{CompactString, Key, Value};
use ironhull_world::{GroupKind, Object, ObjectRef, Origin, SecretHasher, kinds, reduce};

use crate::api::{Api, JSON};
use crate::cluster::MOST_PAGES;
use crate::discovery::Resource;
use crate::failure::Failure;
use crate::live::Depth;
use crate::query::Query;

/// What of a kind is listed, and how.
pub(crate) struct Listing<'a> {
    pub(crate) api: &'a Api,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) selector: Option<&'a str>,
    /// Objects to a page.
    pub(crate) page: u32,
    pub(crate) hasher: &'a SecretHasher,
    /// Told the kind and the number of its objects so far.
    pub(crate) progress: &'a dyn Fn(&str, usize),
}

impl Listing<'_> {
    /// All objects of a kind. A listing takes longer than the server keeps its place in it when 410 comes;
    /// then it is begun anew, once.
    pub(crate) async fn all(&self, resource: &Resource) -> Result<Vec<Object>, Failure> {
        match self.pages(resource).await {
            Err(failure) if failure.code() == Some(410) => self.pages(resource).await,
            result => result,
        }
    }

    async fn pages(&self, resource: &Resource) -> Result<Vec<Object>, Failure> {
        let mut objects = Vec::new();
        let mut place: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let answer = self.api.get(&self.query(resource, place.as_deref())?, JSON).await?;
            self.take(resource, &answer, &mut objects)?;
            (self.progress)(&resource.kind, objects.len());
            let next = answer.dig_str(&["metadata", "continue"]).filter(|place| !place.is_empty());
            match next.map(str::to_owned) {
                None => return Ok(objects),
                next if next == place => break,
                next => place = next,
            }
        }
        Err(Failure::endless())
    }

    fn query(&self, resource: &Resource, place: Option<&str>) -> Result<Query, Failure> {
        let mut path = resource.path();
        if let Some(namespace) = self.namespace
            && resource.is_namespaced
        {
            path = path.in_namespace(namespace);
        }
        // Cluster-scoped objects are what the others are judged by; a selector that hides the namespace
        // with its labels would change the result.
        let selector = self.selector.filter(|_| resource.is_namespaced);
        // Of the namespaces the one asked for: who may read a namespace need not be allowed to list all.
        let is_namespace = GroupKind::new(&resource.group, &resource.kind) == kinds::NAMESPACE;
        let name = self.namespace.filter(|_| is_namespace).map(|name| format!("metadata.name={name}"));
        let limit = (self.page > 0).then(|| self.page.to_string());
        let query = path.query()?.with_some("limit", limit.as_deref());
        let query = query.with_some("labelSelector", selector).with_some("fieldSelector", name.as_deref());
        Ok(query.with_some("continue", place))
    }

    fn take(&self, resource: &Resource, answer: &Value, objects: &mut Vec<Object>) -> Result<(), Failure> {
        for item in items(answer)? {
            objects.push(object(resource, item, Depth::Whole, self.hasher)?);
        }
        Ok(())
    }
}

/// The items of a page. An answer that is not a list fails the kind, as does an item that is not an object:
/// to skip it would be to pass it.
pub(crate) fn items(answer: &Value) -> Result<&[Value], Failure> {
    match answer.get("items") {
        Some(Value::Array(items)) => Ok(items),
        // Go writes an empty list as null, and a member that is null is none.
        Some(Value::Null) => Ok(&[]),
        None if answer.dig_str(&["kind"]).is_some_and(|kind| kind.ends_with("List")) => Ok(&[]),
        _ => Err(Failure::Answer("it is not a list".to_owned())),
    }
}

/// An item of a list as an object, reduced. Its kind is what was asked for, whatever the item says: items of
/// built-in kinds do not say it, and the reduction of Secrets goes by it.
pub(crate) fn object(
    resource: &Resource,
    item: &Value,
    depth: Depth,
    hasher: &SecretHasher,
) -> Result<Object, Failure> {
    let not_an_object = || Failure::Answer("an item is not an object".to_owned());
    let own = [
        (Key::new("apiVersion"), Value::from(resource.api_version().as_str())),
        (Key::new("kind"), Value::from(resource.kind.as_str())),
    ];
    let entries = item.as_map().ok_or_else(not_an_object)?.iter();
    // A server that cannot leave the rest out sends it.
    let entries = entries.filter(|(key, _)| depth == Depth::Whole || key.as_str() == "metadata");
    let entries = entries.map(|(key, value)| (key.clone(), value.clone()));
    let value = reduce(&entries.chain(own).collect(), hasher);
    let meta = |key| value.dig_str(&["metadata", key]).map(CompactString::from);
    let key = ObjectRef {
        group: resource.group.clone(),
        kind: resource.kind.clone(),
        namespace: meta("namespace").unwrap_or_default(),
        name: meta("name").filter(|name| !name.is_empty()).ok_or_else(not_an_object)?,
        copy: 0,
    };
    let origin = Origin::Cluster {
        uid: meta("uid").unwrap_or_default(),
        version: meta("resourceVersion").unwrap_or_default(),
    };
    Ok(Object { key, version: resource.version.clone(), value, origin })
}
