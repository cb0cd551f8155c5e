//! Roles: their rules, with aggregation, and the roles that every cluster has.

use std::sync::Arc;

use ironhull_value::{Map, Selector, Value};

use super::{Binding, PolicyRule};
use crate::{Object, World, kinds};

/// What a role allows.
#[derive(Debug)]
pub enum Granted<'w> {
    /// These rules.
    Rules(Vec<PolicyRule<'w>>),
    /// The API server makes this role itself, and it is not in the input.
    Bootstrap(&'w str),
}

/// The role that a binding refers to.
#[derive(Debug)]
pub enum RoleLookup<'w> {
    /// It is in the world.
    Found(&'w Arc<Object>),
    /// It is not in the world, but every API server makes it.
    Bootstrap(&'w str),
    /// It is not in the world.
    Missing,
}

/// The role of a binding.
pub fn role_of<'w>(world: &'w World, binding: &Binding<'w>) -> RoleLookup<'w> {
    let reference = &binding.role;
    let found = if reference.cluster {
        world.get(kinds::CLUSTER_ROLE, "", reference.name)
    } else {
        world.get(kinds::ROLE, binding.object.namespace(), reference.name)
    };
    match found {
        Some(role) => RoleLookup::Found(role),
        None if reference.cluster && is_bootstrap_role(reference.name) => {
            RoleLookup::Bootstrap(reference.name)
        }
        None => RoleLookup::Missing,
    }
}

/// The rules of a role. For a ClusterRole with an aggregation rule these are its own, which a controller
/// writes into a live one, and those of every ClusterRole that its selectors match.
pub fn rules_of<'w>(world: &'w World, role: &'w Object) -> Vec<PolicyRule<'w>> {
    let mut rules = PolicyRule::own(role);
    let selectors = role.value.dig_items(&["aggregationRule", "clusterRoleSelectors"]);
    if selectors.is_empty() || !role.key.is(kinds::CLUSTER_ROLE) {
        return rules;
    }
    let empty = Map::default();
    for selector in selectors.iter().filter_map(|selector| Selector::compile(selector).ok()) {
        for other in world.of_kind(kinds::CLUSTER_ROLE).filter(|other| other.key != role.key) {
            let labels = other.value.dig(&["metadata", "labels"]).and_then(Value::as_map).unwrap_or(&empty);
            if selector.matches(labels) {
                rules.extend(PolicyRule::own(other));
            }
        }
    }
    rules
}

/// Whether the API server makes a ClusterRole of this name itself.
pub fn is_bootstrap_role(name: &str) -> bool {
    matches!(name, "cluster-admin" | "admin" | "edit" | "view") || name.starts_with("system:")
}
