//! Whether a listener of a Gateway takes a route in.
//!
//! Semantics: the comments of `apis/v1/gateway_types.go` and `shared_types.go` of the Gateway API.

use ironhull_value::{Selector, Value};
use ironhull_world::Object;

use super::service::Reader;
use crate::input::namespace_of;

/// Whether one of the Gateway's listeners takes in this route, as a reference to the Gateway asks for it.
pub(super) fn admits(reader: &Reader<'_>, gateway: &Object, route: &Object, parent: &Value) -> bool {
    gateway.value.dig_items(&["spec", "listeners"]).iter().any(|listener| {
        parent.dig_str(&["sectionName"]).is_none_or(|name| listener.dig_str(&["name"]) == Some(name))
            && parent.get("port").is_none_or(|port| listener.get("port") == Some(port))
            && takes_kind(listener, route)
            && takes_namespace(reader, listener, gateway, route)
            && takes_hostname(listener, route)
    })
}

fn takes_kind(listener: &Value, route: &Object) -> bool {
    let kind = route.key.kind.as_str();
    let protocols: &[&str] = match kind {
        "HTTPRoute" | "GRPCRoute" => &["HTTP", "HTTPS"],
        "TLSRoute" => &["TLS"],
        "TCPRoute" => &["TCP", "TLS"],
        "UDPRoute" => &["UDP"],
        _ => return false,
    };
    let protocol = listener.dig_str(&["protocol"]).unwrap_or_default();
    // Protocols of a vendor have a domain in front; what they take is the vendor's matter.
    let fits = protocols.contains(&protocol) || protocol.contains('/');
    let allowed = listener.dig_items(&["allowedRoutes", "kinds"]);
    fits && (allowed.is_empty() || allowed.iter().any(|allowed| allowed.dig_str(&["kind"]) == Some(kind)))
}

fn takes_namespace(reader: &Reader<'_>, listener: &Value, gateway: &Object, route: &Object) -> bool {
    let own = namespace_of(route);
    match listener.dig_str(&["allowedRoutes", "namespaces", "from"]).unwrap_or("Same") {
        "All" => true,
        "Same" => own == namespace_of(gateway),
        "Selector" => {
            let selector = listener.dig(&["allowedRoutes", "namespaces", "selector"]);
            let Some(selector) = selector.and_then(|selector| Selector::compile(selector).ok()) else {
                return false;
            };
            let condition = crate::policy::LabelMatch::of_selector(&selector);
            let Some((_, labels)) = reader.network.namespaces().find(|(name, _)| *name == own) else {
                return false;
            };
            condition
                .matches(&|key: &str| labels.iter().find(|(own, _)| *own == key).map(|(_, value)| *value))
        }
        _ => false,
    }
}

fn takes_hostname(listener: &Value, route: &Object) -> bool {
    let wanted = route.value.dig_items(&["spec", "hostnames"]);
    let Some(own) = listener.dig_str(&["hostname"]).filter(|name| !name.is_empty()) else { return true };
    wanted.is_empty() || wanted.iter().filter_map(Value::as_str).any(|name| meet(own, name))
}

/// Whether two hostnames have a name in common; `*.` stands for one or more labels.
fn meet(a: &str, b: &str) -> bool {
    let below = |name: &str, of: &str| {
        name.len() > of.len() && name.ends_with(of) && name[..name.len() - of.len()].ends_with('.')
    };
    match (a.strip_prefix("*."), b.strip_prefix("*.")) {
        (None, None) => a.eq_ignore_ascii_case(b),
        (Some(a), None) => below(b, a),
        (None, Some(b)) => below(a, b),
        (Some(a), Some(b)) => a == b || below(a, b) || below(b, a),
    }
}

#[cfg(test)]
mod tests {
    use super::meet;

    #[test]
    fn wildcards_stand_for_labels() {
        assert!(meet("*.example.com", "shop.example.com"));
        assert!(meet("*.example.com", "a.b.example.com"));
        assert!(meet("*.example.com", "*.shop.example.com"));
        assert!(!meet("*.example.com", "example.com"));
        assert!(!meet("*.example.com", "badexample.com"));
        assert!(!meet("a.example.com", "b.example.com"));
    }
}
