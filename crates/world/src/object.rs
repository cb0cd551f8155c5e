//! One object: identity, value, origin.

use std::fmt;
use std::sync::Arc;

use ironhull_manifest::{Document, Location, Source};
use ironhull_value::{CompactString, Path, Value};

use crate::GroupKind;

/// The identity of an object within one cluster. A [`World`](crate::World) is one cluster; whoever holds
/// several adds the cluster's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// The API group; empty for the core group.
    pub group: CompactString,
    /// The kind.
    pub kind: CompactString,
    /// The namespace; empty for cluster-scoped objects, and for objects in files that name none.
    pub namespace: CompactString,
    /// The name; for objects in files that only have a `generateName`, that prefix with `*` behind it.
    pub name: CompactString,
    /// 0, but for the second and later objects of the same identity in files: each is judged.
    pub copy: u16,
}

impl ObjectRef {
    /// The kind with its group.
    pub fn group_kind(&self) -> GroupKind<'_> {
        GroupKind::new(&self.group, &self.kind)
    }

    /// Whether this is an object of `kind`.
    pub fn is(&self, kind: GroupKind<'_>) -> bool {
        self.group_kind() == kind
    }
}

impl fmt::Display for ObjectRef {
    /// `Deployment shop/web`, or `ClusterRole reader`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, self.name)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// Where an object came from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file; `root` leads to the object inside the document (`items[3]` of a `List`).
    File {
        /// The document.
        document: Arc<Document>,
        /// The way to the object; empty for a document that is one object.
        root: Path,
    },
    /// A live object.
    Cluster {
        /// `metadata.uid`.
        uid: CompactString,
        /// `metadata.resourceVersion`.
        version: CompactString,
    },
    /// An item of a dump that is too large to keep its text.
    Dump {
        /// The dump, without text.
        source: Arc<Source>,
        /// The line at which the item begins, from 1.
        line: u32,
    },
    /// The object of an admission request.
    Request,
    /// Output of a rendering tool; positions are those of the rendered text.
    Rendered {
        /// What was rendered, for messages.
        from: Arc<str>,
        /// The rendered document.
        document: Arc<Document>,
        /// The way to the object.
        root: Path,
    },
}

/// An object, never mutated, shared by `Arc`.
#[derive(Clone, Debug)]
pub struct Object {
    /// Who it is.
    pub key: ObjectRef,
    /// The API version without group: `v1`.
    pub version: CompactString,
    /// All of it.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

impl Object {
    /// The document that it was read from, with the way to it.
    pub fn document(&self) -> Option<(&Arc<Document>, &Path)> {
        match &self.origin {
            Origin::File { document, root } | Origin::Rendered { document, root, .. } => {
                Some((document, root))
            }
            Origin::Cluster { .. } | Origin::Dump { .. } | Origin::Request => None,
        }
    }

    /// Where a field of this object stands, or its nearest written parent; none for objects without text.
    /// The location's depth counts segments of `path` only.
    pub fn locate(&self, path: &Path) -> Option<(&Arc<Source>, Location)> {
        let (document, root) = self.document()?;
        let mut location = if root.segments().is_empty() {
            document.locate(path)
        } else {
            document.locate(&root.join(path))
        };
        location.depth = location.depth.saturating_sub(root.segments().len());
        Some((&document.source, location))
    }

    /// A label of the object.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.value.dig(&["metadata", "labels"])?.get(key)?.as_str()
    }

    /// An annotation of the object.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.value.dig(&["metadata", "annotations"])?.get(key)?.as_str()
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.key.namespace
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.key.name
    }
}
