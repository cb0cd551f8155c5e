//! Which kinds exist, in which scope and versions.

use std::collections::BTreeMap;

use ironhull_value::{CompactString, Value};

use crate::GroupKind;
use crate::catalog_table::BUILT_IN;

/// Whether objects of a kind live in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In the cluster.
    Cluster,
}

/// What is known of one version of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionState {
    /// Served by current releases.
    Served,
    /// No longer served since this minor release of Kubernetes 1.
    Removed(u32),
    /// The kind is known and this version of it never was.
    Unknown,
}

/// A kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// Its scope.
    pub scope: Scope,
    /// The name in URLs and RBAC rules: `deployments`.
    pub plural: CompactString,
    /// Whether it is part of Kubernetes.
    pub built_in: bool,
}

/// A row of the built-in table: group, kind, plural, scope, served versions, removed versions with the
/// minor release that dropped them.
pub(crate) type Row = (
    &'static str,
    &'static str,
    &'static str,
    Scope,
    &'static [&'static str],
    &'static [(&'static str, u32)],
);

/// Built-in kinds up to Kubernetes 1.37, and the CRDs that were seen.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    custom: BTreeMap<(CompactString, CompactString), Custom>,
}

#[derive(Clone, Debug)]
struct Custom {
    info: KindInfo,
    versions: Vec<CompactString>,
}

impl Catalog {
    /// The built-in kinds only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns a kind from its CustomResourceDefinition; anything else changes nothing.
    pub fn learn(&mut self, definition: &Value) {
        let text = |keys: &[&str]| definition.dig_str(keys).map(CompactString::from);
        let (Some(group), Some(kind)) = (text(&["spec", "group"]), text(&["spec", "names", "kind"])) else {
            return;
        };
        let scope = match definition.dig_str(&["spec", "scope"]) {
            Some("Cluster") => Scope::Cluster,
            _ => Scope::Namespaced,
        };
        let mut versions: Vec<CompactString> = definition
            .dig_items(&["spec", "versions"])
            .iter()
            .filter(|version| version.get("served").and_then(Value::as_bool) != Some(false))
            .filter_map(|version| version.get("name")?.as_str().map(CompactString::from))
            .collect();
        versions.extend(text(&["spec", "version"]));
        let plural = text(&["spec", "names", "plural"]).unwrap_or_default();
        let info = KindInfo { scope, plural, built_in: false };
        self.custom.insert((group, kind), Custom { info, versions });
    }

    /// Every kind, those of Kubernetes first.
    pub fn kinds(&self) -> impl Iterator<Item = GroupKind<'_>> {
        let own = BUILT_IN.iter().map(|(group, kind, ..)| GroupKind::new(group, kind));
        own.chain(self.custom.keys().map(|(group, kind)| GroupKind::new(group, kind)))
    }

    /// The kind, if it is built in or was learned.
    pub fn kind(&self, kind: GroupKind<'_>) -> Option<KindInfo> {
        if let Some((_, _, plural, scope, ..)) = built_in(kind) {
            return Some(KindInfo { scope: *scope, plural: (*plural).into(), built_in: true });
        }
        self.custom.get(&(kind.group.into(), kind.kind.into())).map(|custom| custom.info.clone())
    }

    /// The scope of a kind; none when the kind is not known.
    pub fn scope(&self, kind: GroupKind<'_>) -> Option<Scope> {
        if let Some((_, _, _, scope, ..)) = built_in(kind) {
            return Some(*scope);
        }
        self.custom.get(&(kind.group.into(), kind.kind.into())).map(|custom| custom.info.scope)
    }

    /// What is known of a version of a kind; none when the kind is not known.
    pub fn version(&self, kind: GroupKind<'_>, version: &str) -> Option<VersionState> {
        if let Some((.., served, removed)) = built_in(kind) {
            if served.contains(&version) {
                return Some(VersionState::Served);
            }
            let gone = removed.iter().find(|(name, _)| *name == version);
            return Some(gone.map_or(VersionState::Unknown, |(_, minor)| VersionState::Removed(*minor)));
        }
        let custom = self.custom.get(&(kind.group.into(), kind.kind.into()))?;
        let served = custom.versions.iter().any(|name| name == version);
        Some(if served { VersionState::Served } else { VersionState::Unknown })
    }

    /// Whether the group belongs to Kubernetes itself, so that an unknown kind in it is a mistake.
    pub fn is_built_in_group(group: &str) -> bool {
        BUILT_IN.iter().any(|(known, ..)| *known == group)
    }

    /// The served versions of a kind, newest first, for messages.
    pub fn served_versions(&self, kind: GroupKind<'_>) -> Vec<CompactString> {
        if let Some((.., served, _)) = built_in(kind) {
            return served.iter().map(|version| CompactString::from(*version)).collect();
        }
        let custom = self.custom.get(&(kind.group.into(), kind.kind.into()));
        custom.map(|custom| custom.versions.clone()).unwrap_or_default()
    }
}

fn built_in(kind: GroupKind<'_>) -> Option<&'static Row> {
    let index =
        BUILT_IN.binary_search_by(|(group, name, ..)| (*group, *name).cmp(&(kind.group, kind.kind))).ok()?;
    BUILT_IN.get(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;

    #[test]
    fn the_table_is_sorted() {
        assert!(BUILT_IN.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
    }

    #[test]
    fn versions_are_told_apart() {
        let catalog = Catalog::new();
        assert_eq!(catalog.version(kinds::DEPLOYMENT, "v1"), Some(VersionState::Served));
        assert_eq!(catalog.version(kinds::DEPLOYMENT, "v1beta2"), Some(VersionState::Removed(16)));
        assert_eq!(catalog.version(kinds::DEPLOYMENT, "v7"), Some(VersionState::Unknown));
        assert_eq!(catalog.version(GroupKind::new("a.example", "B"), "v1"), None);
        assert_eq!(catalog.scope(kinds::CLUSTER_ROLE), Some(Scope::Cluster));
    }
}
