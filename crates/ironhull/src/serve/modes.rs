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
    /// Those of single ones, by [`key`].
    pub(crate) single: Arc<BTreeMap<String, Mode>>,
    /// Entries that say no mode, `policy: what it says`. Their policies do what is usual.
    pub(crate) unread: Arc<Vec<String>>,
}

impl Modes {
    /// From the ConfigMap, where there is one.
    pub(crate) fn read(world: &World, namespace: &str, usual: Mode) -> Self {
        let found = world.get(GroupKind::new("", "ConfigMap"), namespace, MODES);
        let data = found.and_then(|object| object.value.get("data")?.as_map().cloned()).unwrap_or_default();
        let (mut single, mut unread) = (BTreeMap::new(), Vec::new());
        for (key, value) in data.iter() {
            let word = value.as_str().unwrap_or_default().trim();
            match Mode::parse(word) {
                Some(mode) => _ = single.insert(key.as_str().to_owned(), mode),
                None => unread.push(format!("{}: {word}", key.as_str())),
            }
        }
        Self { usual, single: Arc::new(single), unread: Arc::new(unread) }
    }

    /// The mode of Pod Security.
    pub(crate) fn of_pod_security(&self) -> Mode {
        self.single.get(POD_SECURITY).copied().unwrap_or(self.usual)
    }

    /// The mode of a policy; `namespace` is empty for one of the cluster.
    pub(crate) fn of(&self, namespace: &str, name: &str) -> Mode {
        if self.single.is_empty() {
            return self.usual;
        }
        self.single.get(&key(namespace, name)).copied().unwrap_or(self.usual)
    }
}

/// How Pod Security is named in the ConfigMap. No policy has this name: names have no `_`.
pub(crate) const POD_SECURITY: &str = "_pod-security";

/// How a policy is named in the ConfigMap: `name`, or `namespace_name`, as names may have dots.
pub(crate) fn key(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}_{name}") }
}
