//! What is to be watched.

use std::collections::BTreeMap;

use ironhull_value::CompactString;
use ironhull_world::GroupKind;

/// How much of each object is wanted. What is more comes later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Depth {
    /// `metadata` only. The server leaves the rest out.
    Metadata,
    /// Everything.
    #[default]
    Whole,
}

impl Depth {
    pub(crate) fn list_type(self) -> &'static str {
        match self {
            Self::Whole => "application/json",
            Self::Metadata => {
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
            }
        }
    }

    pub(crate) fn object_type(self) -> &'static str {
        match self {
            Self::Whole => "application/json",
            Self::Metadata => "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
        }
    }
}

/// Objects that are wanted in the world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The API group; empty for the core group.
    pub group: CompactString,
    /// The kind.
    pub kind: CompactString,
    /// Only those of this namespace. Without meaning for kinds that do not live in namespaces.
    pub namespace: Option<CompactString>,
    /// Only those with these labels.
    pub label_selector: Option<String>,
    /// Only those with these fields.
    pub field_selector: Option<String>,
    /// How much of each.
    pub depth: Depth,
}

impl Wanted {
    /// All objects of a kind, whole.
    pub fn all(group: &str, kind: &str) -> Self {
        Self { group: group.into(), kind: kind.into(), ..Self::default() }
    }

    /// Only metadata.
    #[must_use]
    pub fn metadata(mut self) -> Self {
        self.depth = Depth::Metadata;
        self
    }

    /// Only one namespace.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// The kind with its group.
    pub fn group_kind(&self) -> GroupKind<'_> {
        GroupKind::new(&self.group, &self.kind)
    }

    /// Whether this is all there is of the kind.
    pub(crate) fn is_everything(&self) -> bool {
        self.namespace.is_none() && !self.is_selective()
    }

    fn is_selective(&self) -> bool {
        self.label_selector.is_some() || self.field_selector.is_some()
    }

    /// What covers both.
    fn widen(&mut self, other: &Self) {
        self.depth = self.depth.max(other.depth);
        if self.label_selector != other.label_selector {
            self.label_selector = None;
        }
        if self.field_selector != other.field_selector {
            self.field_selector = None;
        }
        if self.namespace != other.namespace {
            self.namespace = None;
        }
    }
}

/// The same wishes, such that no object is reached by two of them, so that what one watch deletes is not
/// what another one holds. Where wishes overlap one takes their place that covers all of them, and perhaps
/// more.
pub(crate) fn disjoint(wanted: Vec<Wanted>) -> Vec<Wanted> {
    type Kind = (CompactString, CompactString);
    let mut kinds: BTreeMap<Kind, BTreeMap<Option<CompactString>, Wanted>> = BTreeMap::new();
    for wish in wanted {
        let places = kinds.entry((wish.group.clone(), wish.kind.clone())).or_default();
        match places.get_mut(&wish.namespace) {
            Some(known) => known.widen(&wish),
            None => {
                places.insert(wish.namespace.clone(), wish);
            }
        }
    }
    let mut result = Vec::new();
    for (_, mut places) in kinds {
        if let Some(mut all) = places.remove(&None) {
            for other in places.values() {
                all.widen(other);
            }
            result.push(all);
        } else {
            result.extend(places.into_values());
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_that_overlap_become_one() {
        let labelled =
            |text: &str| Wanted { label_selector: Some(text.to_owned()), ..Wanted::all("", "Pod") };
        let pods = |namespace: &str| Wanted::all("", "Pod").in_namespace(namespace);
        let meta = Wanted::all("", "Pod").metadata();
        assert_eq!(disjoint(vec![pods("a"), pods("b"), pods("a")]), [pods("a"), pods("b")]);
        assert_eq!(disjoint(vec![pods("a"), meta.clone(), pods("b")]), [Wanted::all("", "Pod")]);
        assert_eq!(disjoint(vec![labelled("x"), labelled("y")]), [Wanted::all("", "Pod")]);
        assert_eq!(disjoint(vec![labelled("x"), labelled("x").metadata()]), [labelled("x")]);
        assert_eq!(disjoint(vec![labelled("x"), pods("a")]), [Wanted::all("", "Pod")]);
        assert_eq!(disjoint(vec![meta.clone(), Wanted::all("", "Node")]), [Wanted::all("", "Node"), meta]);
    }
}
