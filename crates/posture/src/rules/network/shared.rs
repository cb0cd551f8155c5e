//! What several rules of this area ask.

use std::sync::Arc;

use ironhull_value::{Selector, SelectorError};
use ironhull_world::{GroupKind, Object, World, kinds};

/// Policy kinds of network plugins and of SIG Network. They can isolate pods as a NetworkPolicy does; the
/// network engine reads them, the rules here do not.
const OTHER_POLICIES: [GroupKind<'static>; 11] = [
    GroupKind::new("cilium.io", "CiliumNetworkPolicy"),
    GroupKind::new("cilium.io", "CiliumClusterwideNetworkPolicy"),
    GroupKind::new("crd.antrea.io", "ClusterNetworkPolicy"),
    GroupKind::new("crd.antrea.io", "NetworkPolicy"),
    GroupKind::new("crd.projectcalico.org", "GlobalNetworkPolicy"),
    GroupKind::new("crd.projectcalico.org", "NetworkPolicy"),
    GroupKind::new("policy.networking.k8s.io", "AdminNetworkPolicy"),
    GroupKind::new("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    GroupKind::new("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    GroupKind::new("projectcalico.org", "GlobalNetworkPolicy"),
    GroupKind::new("projectcalico.org", "NetworkPolicy"),
];

/// NetworkPolicies, what can do the same, and `also`: the kinds that a rule about isolation reads.
pub(super) const fn policies_and(also: GroupKind<'static>) -> [GroupKind<'static>; 13] {
    let mut all = [kinds::NETWORK_POLICY; 13];
    let mut index = 0;
    while index < OTHER_POLICIES.len() {
        all[index] = OTHER_POLICIES[index];
        index += 1;
    }
    all[12] = also;
    all
}

/// Ingress, and the kind of the same name that was in another group before Kubernetes 1.22.
pub(super) const INGRESSES: [GroupKind<'static>; 2] =
    [kinds::INGRESS, GroupKind::new("extensions", "Ingress")];

/// An object of [`OTHER_POLICIES`] that may speak of pods in `namespace`.
pub(super) fn other_policy<'w>(world: &'w World, namespace: &str) -> Option<&'w Arc<Object>> {
    OTHER_POLICIES.iter().find_map(|kind| {
        let mut here = world.of_kind_in(*kind, namespace);
        here.next().or_else(|| world.of_kind_in(*kind, "").next())
    })
}

/// The podSelector of a NetworkPolicy. One that is absent or null selects every pod, as an empty one does.
pub(super) fn pod_selector(policy: &Object) -> Result<Selector, SelectorError> {
    match policy.value.dig(&["spec", "podSelector"]) {
        Some(selector) => Selector::compile(selector),
        None => Ok(Selector::default()),
    }
}

/// `in namespace "a"`, or `in its namespace` for a manifest that names none.
pub(super) fn in_namespace(object: &Object) -> String {
    match object.namespace() {
        "" => "in its namespace".to_owned(),
        namespace => format!("in namespace {namespace:?}"),
    }
}
