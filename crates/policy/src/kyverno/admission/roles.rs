//! The roles of whoever asks. Upstream: `pkg/userinfo/roleRef.go`.

use std::collections::BTreeSet;

use compact_str::{CompactString, format_compact};
use ironhull_world::{GroupKind, Object, World};

use crate::kyverno::engine::Compiled;
use crate::kyverno::model::{Filter, Matching};
use crate::kyverno::request::User;

const RBAC: &str = "rbac.authorization.k8s.io";

/// Whether a policy depends on roles, so that bindings have to be watched.
pub fn asks_for_roles(policy: &Compiled) -> bool {
    let asks = |filter: &Filter| !filter.users.roles.is_empty() || !filter.users.cluster_roles.is_empty();
    let names = |text: &str| text.contains("request.roles") || text.contains("request.clusterRoles");
    policy.rules.iter().any(|one| {
        let rule = &one.rule;
        let filters = rule.matching.filters().chain(rule.exclude.iter().flat_map(Matching::filters));
        filters.into_iter().any(asks) || names(&crate::kyverno::json::write(&rule.source))
    })
}

/// The roles, as `namespace:name`, and the cluster roles that are bound to a user; those that a RoleBinding
/// gives count in its own namespace.
pub fn roles_of(world: &World, user: &mut User, namespace: &str) {
    let (mut roles, mut cluster_roles) = (BTreeSet::new(), BTreeSet::new());
    for binding in world.of_kind(GroupKind::new(RBAC, "RoleBinding")) {
        if !is_bound(binding, user) {
            continue;
        }
        let own = binding.key.namespace.as_str();
        match role(binding) {
            ("Role", name) => _ = roles.insert(format_compact!("{own}:{name}")),
            ("ClusterRole", name) if own == namespace => _ = cluster_roles.insert(CompactString::from(name)),
            _ => {}
        }
    }
    for binding in world.of_kind(GroupKind::new(RBAC, "ClusterRoleBinding")) {
        if let ("ClusterRole", name) = role(binding)
            && is_bound(binding, user)
        {
            cluster_roles.insert(CompactString::from(name));
        }
    }
    user.roles = roles.into_iter().collect();
    user.cluster_roles = cluster_roles.into_iter().collect();
}

fn role(binding: &Object) -> (&str, &str) {
    let text = |key: &str| binding.value.dig_str(&["roleRef", key]).unwrap_or_default();
    (text("kind"), text("name"))
}

fn is_bound(binding: &Object, user: &User) -> bool {
    binding.value.dig_items(&["subjects"]).iter().any(|subject| {
        let text = |key: &str| subject.dig_str(&[key]).unwrap_or_default();
        match text("kind") {
            "ServiceAccount" => {
                let own = text("namespace");
                let namespace = if own.is_empty() { binding.key.namespace.as_str() } else { own };
                let rest = user.username.strip_prefix("system:serviceaccount:");
                let found = rest.and_then(|rest| rest.split_once(':'));
                !namespace.is_empty() && found == Some((namespace, text("name")))
            }
            "Group" => user.groups.iter().any(|group| group == text("name")),
            "User" => user.username == text("name"),
            _ => false,
        }
    })
}
