//! Where an object, or all objects of a kind, are on the server.

use ironhull_value::CompactString;

use crate::failure::Failure;
use crate::query::Query;

/// A path below `/api` or `/apis`. No part can lead elsewhere: one that is not a valid segment of a path fails
/// the request before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourcePath {
    /// The API group; empty for the core group.
    pub group: CompactString,
    /// The version, `v1`.
    pub version: CompactString,
    /// The resource, `pods`.
    pub plural: CompactString,
    /// The namespace; none for resources outside of namespaces, and for all namespaces.
    pub namespace: Option<CompactString>,
    /// The name; none for the whole collection, and for what is created.
    pub name: Option<CompactString>,
    /// `status`, `scale` …
    pub subresource: Option<CompactString>,
}

impl ResourcePath {
    /// The collection of all objects of a resource.
    pub fn new(group: &str, version: &str, plural: &str) -> Self {
        Self {
            group: group.into(),
            version: version.into(),
            plural: plural.into(),
            namespace: None,
            name: None,
            subresource: None,
        }
    }

    /// Within a namespace; an empty one is none.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        self.namespace = (!namespace.is_empty()).then(|| namespace.into());
        self
    }

    /// One object.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// A subresource of the object.
    #[must_use]
    pub fn with_subresource(mut self, subresource: &str) -> Self {
        self.subresource = Some(subresource.into());
        self
    }

    /// As the API server's own check of names: neither `.` nor `..`, no `/`, no `%`.
    pub(crate) fn query(&self) -> Result<Query, Failure> {
        let mut segments = match self.group.as_str() {
            "" => vec!["api", &self.version],
            group => vec!["apis", group, &self.version],
        };
        if let Some(namespace) = &self.namespace {
            segments.extend(["namespaces", namespace]);
        }
        segments.push(&self.plural);
        segments.extend(self.name.as_deref());
        segments.extend(self.subresource.as_deref());
        let is_bad = |part: &&str| matches!(*part, "" | "." | "..") || part.contains(['/', '%']);
        match segments.iter().copied().find(is_bad) {
            Some(part) => Err(Failure::Request(format!("{part:?} cannot be part of a path"))),
            None => Ok(Query::path(&segments)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_stand_in_order() {
        let path = ResourcePath::new("apps", "v1", "deployments")
            .in_namespace("a")
            .named("b c")
            .with_subresource("status");
        let text = |path: &ResourcePath| path.query().map(|query| query.as_str().to_owned());
        assert_eq!(text(&path).unwrap(), "/apis/apps/v1/namespaces/a/deployments/b%20c/status");
        assert_eq!(text(&ResourcePath::new("", "v1", "nodes").in_namespace("")).unwrap(), "/api/v1/nodes");
        for bad in ["..", ".", "", "a/b", "a%2Fb"] {
            let path = ResourcePath::new("", "v1", "pods").in_namespace("a").named(bad);
            assert!(matches!(text(&path), Err(Failure::Request(_))), "{bad}");
        }
    }
}
