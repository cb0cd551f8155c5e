//! The objects of one kind, page by page.

use ironhull_value::{CompactString, Key, Value};
use ironhull_world::{GroupKind, Object, ObjectRef, Origin, SecretHasher, kinds, reduce};

use crate::api::{Api, JSON};
use crate::discovery::Resource;
use crate::failure::Failure;
use crate::query::Query;

/// More pages than any cluster has; a server that never comes to an end must not hold a scan forever.
const MOST_PAGES: usize = 100_000;

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
            let answer = self.api.get(&self.query(resource, place.as_deref()), JSON).await?;
            self.take(resource, &answer, &mut objects)?;
            (self.progress)(&resource.kind, objects.len());
            let next = answer.dig_str(&["metadata", "continue"]).filter(|place| !place.is_empty());
            match next.map(str::to_owned) {
                None => return Ok(objects),
                next if next == place => break,
                next => place = next,
            }
        }
        Err(Failure::Answer("the list does not come to an end".to_owned()))
    }

    fn query(&self, resource: &Resource, place: Option<&str>) -> Query {
        let mut segments = match resource.group.as_str() {
            "" => vec!["api", &resource.version],
            group => vec!["apis", group, &resource.version],
        };
        if let Some(namespace) = self.namespace
            && resource.is_namespaced
        {
            segments.extend(["namespaces", namespace]);
        }
        segments.push(&resource.plural);
        // Cluster-scoped objects are what the others are judged by; a selector that hides the namespace
        // with its labels would change the result.
        let selector = self.selector.filter(|_| resource.is_namespaced);
        // Of the namespaces the one asked for: who may read a namespace need not be allowed to list all.
        let is_namespace = GroupKind::new(&resource.group, &resource.kind) == kinds::NAMESPACE;
        let name = self.namespace.filter(|_| is_namespace).map(|name| format!("metadata.name={name}"));
        let limit = (self.page > 0).then(|| self.page.to_string());
        Query::path(&segments)
            .with_some("limit", limit.as_deref())
            .with_some("labelSelector", selector)
            .with_some("fieldSelector", name.as_deref())
            .with_some("continue", place)
    }

    /// Takes the items of a page. An answer that is not a list, or an item that is not an object, fails the
    /// kind: to skip it would be to pass it.
    fn take(&self, resource: &Resource, answer: &Value, objects: &mut Vec<Object>) -> Result<(), Failure> {
        let items = match answer.get("items") {
            Some(Value::Array(items)) => items.as_ref(),
            // Go writes an empty list as null.
            Some(Value::Null) => &[],
            _ => return Err(Failure::Answer("it is not a list".to_owned())),
        };
        for item in items {
            let object = object(resource, item, self.hasher);
            objects.push(object.ok_or_else(|| Failure::Answer("an item is not an object".to_owned()))?);
        }
        Ok(())
    }
}

/// An item of a list as an object, reduced. Its kind is what was asked for, whatever the item says: items of
/// built-in kinds do not say it, and the reduction of Secrets goes by it.
fn object(resource: &Resource, item: &Value, hasher: &SecretHasher) -> Option<Object> {
    let api_version = match resource.group.as_str() {
        "" => resource.version.clone(),
        group => CompactString::from(format!("{group}/{}", resource.version)),
    };
    let own = [
        (Key::new("apiVersion"), Value::from(api_version.as_str())),
        (Key::new("kind"), Value::from(resource.kind.as_str())),
    ];
    let entries = item.as_map()?.iter().map(|(key, value)| (key.clone(), value.clone()));
    let value = reduce(&entries.chain(own).collect(), hasher);
    let meta = |key| value.dig_str(&["metadata", key]).map(CompactString::from);
    let key = ObjectRef {
        group: resource.group.clone(),
        kind: resource.kind.clone(),
        namespace: meta("namespace").unwrap_or_default(),
        name: meta("name").filter(|name| !name.is_empty())?,
        copy: 0,
    };
    let origin = Origin::Cluster {
        uid: meta("uid").unwrap_or_default(),
        version: meta("resourceVersion").unwrap_or_default(),
    };
    Some(Object { key, version: resource.version.clone(), value, origin })
}
