//! ReferenceGrant: whether a route may lead to a Service of another namespace.

use ironhull_value::Value;
use ironhull_world::{GroupKind, Object};

use super::service::Reader;
use crate::input::namespace_of;

const GRANT: GroupKind<'static> = GroupKind::new("gateway.networking.k8s.io", "ReferenceGrant");

/// Whether a grant in the Service's namespace lets this route refer to it. Without one the reference must
/// be ignored, as the API demands.
pub(super) fn is_granted(reader: &Reader<'_>, route: &Object, service: &Object) -> bool {
    let (own, other) = (namespace_of(route), namespace_of(service));
    if own == other {
        return true;
    }
    reader.world.of_kind(GRANT).filter(|grant| namespace_of(grant) == other).any(|grant| {
        let from = grant.value.dig_items(&["spec", "from"]).iter().any(|from| {
            from.dig_str(&["group"]) == Some(route.key.group.as_str())
                && from.dig_str(&["kind"]) == Some(route.key.kind.as_str())
                && from.dig_str(&["namespace"]) == Some(own.as_str())
        });
        let to = |to: &Value| {
            to.dig_str(&["group"]).unwrap_or_default().is_empty()
                && to.dig_str(&["kind"]) == Some("Service")
                && to.dig_str(&["name"]).is_none_or(|name| name == service.key.name)
        };
        from && grant.value.dig_items(&["spec", "to"]).iter().any(to)
    })
}
