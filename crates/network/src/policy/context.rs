//! What policies of the richer APIs refer to: tiers, sets of addresses, services, labels of namespaces and
//! accounts.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Map, Path, Value};
use ironhull_world::{GroupKind, Object, World, kinds};
use rustc_hash::FxHashMap;

use super::reader::Reader;
use super::{LabelMatch, Problem, calico, cilium};
use crate::algebra::AddressSet;
use crate::input::namespace_of;

/// Labels, in no order.
pub(super) type Labels = Vec<(CompactString, CompactString)>;

/// The objects that policies refer to. Where they change, the policies have to be read again.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Calico's tiers.
    pub(super) tiers: FxHashMap<CompactString, Tier>,
    /// Calico's sets of networks.
    pub(super) sets: Vec<NetworkSet>,
    /// Cilium's sets of networks.
    pub(super) groups: FxHashMap<CompactString, CidrGroup>,
    services: FxHashMap<(CompactString, CompactString), Service>,
    /// Accounts that have an object: namespace, name, labels.
    pub(super) accounts: Vec<(CompactString, CompactString, Labels)>,
    /// What is wrong with those that are read only for policies.
    pub problems: Vec<Problem>,
}

/// A tier of Calico.
#[derive(Clone, Debug)]
pub(super) struct Tier {
    /// Lower first; `None` if it cannot be told.
    pub(super) order: Option<f64>,
    /// Whether what no rule of the tier decides goes to the next; `None` if it cannot be told.
    pub(super) passes: Option<bool>,
}

/// A NetworkSet or GlobalNetworkSet of Calico.
#[derive(Clone, Debug)]
pub(super) struct NetworkSet {
    /// Its labels, with those that Calico adds of its namespace.
    pub(super) labels: Labels,
    pub(super) networks: AddressSet,
    /// Whether all of it was understood.
    pub(super) certain: bool,
}

impl NetworkSet {
    pub(super) fn matches(&self, selector: &LabelMatch) -> bool {
        selector.matches(&|key| label(&self.labels, key))
    }
}

/// A CiliumCIDRGroup.
#[derive(Clone, Debug)]
pub(super) struct CidrGroup {
    pub(super) labels: Labels,
    pub(super) networks: AddressSet,
    pub(super) certain: bool,
}

/// A Service, as far as policies can mean it.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) object: Arc<Object>,
    pub(super) namespace: CompactString,
    pub(super) labels: Labels,
}

impl Service {
    /// The pods behind it. `None` if it has no selector: who is behind it stands in objects that are made
    /// by hand.
    pub(super) fn pods(&self) -> Option<LabelMatch> {
        let selector = self.object.value.dig(&["spec", "selector"]).and_then(Value::as_map)?;
        let parts: Vec<LabelMatch> = labels_of(Some(selector))
            .into_iter()
            .map(|(key, value)| LabelMatch::In(key, vec![value]))
            .collect();
        (!parts.is_empty()).then_some(LabelMatch::All(parts))
    }
}

impl Context {
    /// Of the objects of a cluster.
    pub fn of(world: &World) -> Self {
        let mut context = Self::default();
        for object in world.of_kind(kinds::SERVICE) {
            let namespace = namespace_of(object);
            let labels = labels_of(object.value.dig(&["metadata", "labels"]).and_then(Value::as_map));
            let service = Service { object: Arc::clone(object), namespace: namespace.clone(), labels };
            context.services.insert((namespace, object.key.name.clone()), service);
        }
        for object in world.of_kind(kinds::SERVICE_ACCOUNT) {
            let labels = labels_of(object.value.dig(&["metadata", "labels"]).and_then(Value::as_map));
            context.accounts.push((namespace_of(object), object.key.name.clone(), labels));
        }
        for group in calico::GROUPS {
            for object in world.of_kind(GroupKind::new(group, "Tier")) {
                context.read(object, |reader, context| {
                    let tier = calico::read_tier(reader);
                    context.tiers.insert(object.key.name.clone(), tier);
                });
            }
            for object in world.of_kind(GroupKind::new(group, "GlobalNetworkSet")) {
                context.read(object, |reader, context| {
                    let set = calico::read_set(reader, labels_of_object(object));
                    context.sets.push(set);
                });
            }
            for object in world.of_kind(GroupKind::new(group, "NetworkSet")) {
                let mut labels = labels_of_object(object);
                let namespace = namespace_of(object);
                let own = world.get(kinds::NAMESPACE, "", &namespace);
                calico::add_namespace_labels(&mut labels, &namespace, own.map(|own| labels_of_object(own)));
                context.read(object, |reader, context| {
                    let set = calico::read_set(reader, labels);
                    context.sets.push(set);
                });
            }
        }
        for object in world.of_kind(GroupKind::new(cilium::GROUP, "CiliumCIDRGroup")) {
            context.read(object, |reader, context| {
                let group = cilium::read_cidr_group(reader, labels_of_object(object));
                context.groups.insert(object.key.name.clone(), group);
            });
        }
        context
    }

    fn read(&mut self, object: &Arc<Object>, read: impl FnOnce(&mut Reader<'_>, &mut Self)) {
        let mut reader = Reader::new(object);
        read(&mut reader, self);
        self.problems.append(&mut reader.into_problems());
    }

    /// A service by its name.
    pub(super) fn service(&self, namespace: &str, name: &str) -> Option<&Service> {
        self.services.get(&(namespace.into(), name.into()))
    }

    /// The services with such labels, in one namespace or, without one, in all.
    pub(super) fn services_with(&self, namespace: Option<&str>, selector: &LabelMatch) -> Vec<&Service> {
        let mut found: Vec<&Service> = self
            .services
            .values()
            .filter(|service| namespace.is_none_or(|namespace| service.namespace == namespace))
            .filter(|service| selector.matches(&|key| label(&service.labels, key)))
            .collect();
        found.sort_by(|a, b| a.object.key.cmp(&b.object.key));
        found
    }
}

/// The kinds that are read only because policies refer to them.
pub fn referred_kinds() -> Vec<GroupKind<'static>> {
    let mut found =
        vec![kinds::SERVICE, kinds::SERVICE_ACCOUNT, GroupKind::new(cilium::GROUP, "CiliumCIDRGroup")];
    for group in calico::GROUPS {
        found.extend(["Tier", "NetworkSet", "GlobalNetworkSet"].map(|kind| GroupKind::new(group, kind)));
    }
    found
}

/// The value of a label.
pub(super) fn label<'l>(labels: &'l Labels, key: &str) -> Option<&'l str> {
    labels.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
}

fn labels_of_object(object: &Object) -> Labels {
    labels_of(object.value.dig(&["metadata", "labels"]).and_then(Value::as_map))
}

/// Labels as a list; one that is no text is empty.
pub(crate) fn labels_of(labels: Option<&Map>) -> Labels {
    labels
        .into_iter()
        .flat_map(Map::iter)
        .map(|(key, value)| {
            (CompactString::new(key.as_str()), CompactString::new(value.as_str().unwrap_or_default()))
        })
        .collect()
}

/// The list of address blocks in a field, with single addresses as blocks of one; and whether all were
/// understood.
pub(super) fn networks(
    reader: &mut Reader<'_>,
    owner: &Value,
    field: &str,
    path: &Path,
) -> (AddressSet, bool) {
    let Some(items) = reader.list(owner, field, path) else { return (AddressSet::none(), false) };
    let mut set = AddressSet::none();
    let mut all = true;
    for (index, item) in items.iter().enumerate() {
        match reader.block(item, &path.child(field).child(index)) {
            Some(cidr) => set = set.union(&AddressSet::of(&cidr)),
            None => all = false,
        }
    }
    (set, all)
}
