//! One container of a pod.

use ironhull_value::{Path, Segment, Value};

use crate::pod::Pod;

/// The role of a container in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContainerKind {
    /// Runs to its end before the others start.
    Init,
    /// An init container with `restartPolicy: Always`, which runs beside the others.
    Sidecar,
    /// One of `containers`.
    Regular,
    /// Added to a running pod for debugging.
    Ephemeral,
}

impl ContainerKind {
    /// For messages: `container`, `init container`, `sidecar container`, `ephemeral container`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Init => "init container",
            Self::Sidecar => "sidecar container",
            Self::Regular => "container",
            Self::Ephemeral => "ephemeral container",
        }
    }

    /// Whether the container keeps running, so that probes and resources make sense for it.
    pub fn is_long_running(self) -> bool {
        matches!(self, Self::Sidecar | Self::Regular)
    }
}

/// A container with the way to it from the object's root.
#[derive(Clone, Copy, Debug)]
pub struct Container<'p, 'w> {
    /// The pod around it.
    pub pod: &'p Pod<'w>,
    /// Its role.
    pub kind: ContainerKind,
    /// The way to it.
    pub path: &'p Path,
    /// All of it.
    pub value: &'w Value,
}

impl<'w> Container<'_, 'w> {
    /// Its name; empty when it has none.
    pub fn name(&self) -> &'w str {
        self.value.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// For messages: `container "web"`, or `container [0]` by its place in the list if it has no name.
    pub fn label(&self) -> String {
        let kind = self.kind.label();
        match (self.name(), self.path.segments().last()) {
            ("", Some(Segment::Index(index))) => format!("{kind} [{index}]"),
            (name, _) => format!("{kind} {name:?}"),
        }
    }

    /// The image as written; empty when there is none.
    pub fn image(&self) -> &'w str {
        self.value.get("image").and_then(Value::as_str).unwrap_or_default()
    }

    /// The way to a field.
    pub fn field(&self, keys: &[&str]) -> Path {
        self.path.keys(keys)
    }

    /// A field of its own security context.
    pub fn own(&self, field: &str) -> Option<&'w Value> {
        self.value.get("securityContext")?.get(field)
    }

    /// The way to a field of its own security context.
    pub fn own_path(&self, keys: &[&str]) -> Path {
        self.path.child("securityContext").keys(keys)
    }
}
