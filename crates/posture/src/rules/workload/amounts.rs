//! How much of a resource a container may use or asks for, after all defaults.
//!
//! Source of the semantics: kubernetes/kubernetes `pkg/apis/core/v1/defaults.go` (limits fill requests, the
//! members of a LimitRange fill each other) and `plugin/pkg/admission/limitranger`.

use ironhull_value::{Path, Quantity, Value};
use ironhull_world::{Container, World, kinds};

/// What is written for one resource.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// Nothing.
    Absent,
    /// Zero, which for a limit means none.
    Zero(Path),
    /// More than zero.
    Some,
    /// No quantity.
    Invalid,
}

/// `limits` of the container itself.
pub(super) fn limit(container: &Container<'_, '_>, resource: &str) -> Amount {
    amount(container.value, container.path, "limits", resource)
}

/// `requests` of the container itself; where there is none the limit fills it.
pub(super) fn request(container: &Container<'_, '_>, resource: &str) -> Amount {
    match amount(container.value, container.path, "requests", resource) {
        Amount::Absent => limit(container, resource),
        written => written,
    }
}

/// `limits` of the pod as a whole.
pub(super) fn pod_limit(container: &Container<'_, '_>, resource: &str) -> Amount {
    amount(container.pod.spec, &container.pod.spec_path, "limits", resource)
}

/// `requests` of the pod as a whole; where there is none the limit fills it.
pub(super) fn pod_request(container: &Container<'_, '_>, resource: &str) -> Amount {
    match amount(container.pod.spec, &container.pod.spec_path, "requests", resource) {
        Amount::Absent => pod_limit(container, resource),
        written => written,
    }
}

/// Whether a LimitRange of the namespace gives containers a default in one of `fields` for the resource.
///
/// The API server fills the members of a LimitRange from each other: `default` from `max`, and
/// `defaultRequest` from `default`, else from `min`. Whoever asks names all that lead to what is asked for.
pub(super) fn is_defaulted(world: &World, namespace: &str, fields: &[&str], resource: &str) -> bool {
    world.of_kind_in(kinds::LIMIT_RANGE, namespace).any(|range| {
        range.value.dig_items(&["spec", "limits"]).iter().any(|item| {
            item.dig_str(&["type"]) == Some("Container")
                && fields.iter().any(|field| {
                    item.dig(&[field, resource])
                        .and_then(|value| Quantity::from_value(value).ok())
                        .is_some_and(|quantity| !quantity.is_zero())
                })
        })
    })
}

fn amount(holder: &Value, path: &Path, list: &str, resource: &str) -> Amount {
    let keys = ["resources", list, resource];
    match holder.dig(&keys).map(Quantity::from_value) {
        None => Amount::Absent,
        Some(Err(_)) => Amount::Invalid,
        Some(Ok(quantity)) if quantity.is_zero() => Amount::Zero(path.keys(&keys)),
        Some(Ok(_)) => Amount::Some,
    }
}
