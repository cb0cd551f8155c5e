//! Which pods a Service or a NetworkPolicy selects, the labels that controllers add included.

use std::sync::Arc;

use ironhull_value::{Map, Selector, SelectorError, Value};

use crate::generated_labels::{Extent, extent};
use crate::{Object, Pod, World, kinds};

/// The selector of a Service: none without `spec.selector`, because such a Service gets its endpoints from
/// elsewhere.
pub fn selector_of(service: &Object) -> Option<Selector> {
    let labels = service.value.dig(&["spec", "selector"])?.as_map()?;
    if labels.is_empty() {
        return None;
    }
    Selector::from_labels(labels).ok()
}

/// The pods of a namespace of which `selector` can match one, of objects that nobody else in the world
/// controls.
pub fn pods_selected<'w>(world: &'w World, namespace: &str, selector: &Selector) -> Vec<Pod<'w>> {
    world
        .workloads_in(namespace)
        .flat_map(|object| world.pods_of(object))
        .filter(|pod| extent(selector, pod) != Extent::None)
        .collect()
}

/// The Services whose selector can match one of the pods.
pub fn services_of<'w>(world: &'w World, pod: &Pod<'_>) -> Vec<&'w Arc<Object>> {
    world
        .of_kind_in(kinds::SERVICE, pod.object.namespace())
        .filter(|service| selector_of(service).is_some_and(|selector| extent(&selector, pod) != Extent::None))
        .collect()
}

/// The NetworkPolicies of the pod's namespace that select it, every copy of it. A selector that cannot be read is an error:
/// nobody may count it as selecting, nor as not selecting.
pub fn network_policies_of<'w>(
    world: &'w World,
    pod: &Pod<'_>,
) -> Result<Vec<&'w Arc<Object>>, (&'w Arc<Object>, SelectorError)> {
    let mut selecting = Vec::new();
    for (policy, selector) in world.selecting_in(kinds::NETWORK_POLICY, pod.object.namespace(), pod_selector)
    {
        match selector {
            Ok(selector) if extent(selector, pod) == Extent::Every => selecting.push(policy),
            Ok(_) => {}
            Err(error) => return Err((policy, error.clone())),
        }
    }
    Ok(selecting)
}

/// An absent podSelector is an empty one, which selects every pod.
fn pod_selector(policy: &Object) -> Result<Selector, SelectorError> {
    match policy.value.dig(&["spec", "podSelector"]) {
        Some(selector) => Selector::compile(selector),
        None => Selector::compile(&Value::Map(Map::default())),
    }
}
