//! What a policy does with what it finds: refuse, or only tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use ironhull_world::{GroupKind, World};

/// The ConfigMap in our own namespace that says it for single policies.
pub(crate) const MODES: &str = "ironhull-modes";

/// What a policy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// It refuses and changes.
    Enforce,
    /// It is evaluated, compared and recorded, and nothing else.
    Shadow,
}

impl Mode {
    /// As people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Shadow => "shadow",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Enforce, Self::Shadow].into_iter().find(|mode| mode.name() == text)
    }
}

/// The modes of all policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Modes {
    /// That of policies of which nothing is said.
    pub(crate) usual: Mode,
    /// Those of single ones, by `name` or `namespace.name`; `pod-security` is one of them.
    pub(crate) single: Arc<BTreeMap<String, Mode>>,
}

impl Modes {
    /// From the ConfigMap, where there is one.
    pub(crate) fn read(world: &World, namespace: &str, usual: Mode) -> Self {
        let found = world.get(GroupKind::new("", "ConfigMap"), namespace, MODES);
        let data = found.and_then(|object| object.value.get("data")?.as_map().cloned()).unwrap_or_default();
        let single = data.iter().filter_map(|(key, value)| {
            Some((key.as_str().to_owned(), Mode::parse(value.as_str().unwrap_or_default().trim())?))
        });
        Self { usual, single: Arc::new(single.collect()) }
    }

    /// The mode of a policy; `namespace` is empty for one of the cluster.
    pub(crate) fn of(&self, namespace: &str, name: &str) -> Mode {
        if self.single.is_empty() {
            return self.usual;
        }
        self.single.get(&key(namespace, name)).copied().unwrap_or(self.usual)
    }
}

/// How a policy is named in the ConfigMap.
pub(crate) fn key(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}
