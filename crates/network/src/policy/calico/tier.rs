//! The objects that Calico's policies refer to: Tier, NetworkSet and GlobalNetworkSet.

use ironhull_value::{Path, Value};

use super::selector::NAMESPACE;
use crate::policy::context::{Labels, NetworkSet, Tier, networks};
use crate::policy::reader::{Reader, shown};

pub(in crate::policy) fn read_tier(reader: &mut Reader<'_>) -> Tier {
    let path = Path::root().child("spec");
    let object = reader.object;
    static EMPTY: Value = Value::Null;
    let spec = object.value.get("spec").unwrap_or(&EMPTY);
    let clean = (spec.is_null() || reader.mapping(spec, &path).is_some())
        && reader.only_fields(spec, &path, &["order", "defaultAction"]);
    let order = match spec.get("order") {
        // Last of all.
        None => Some(f64::INFINITY),
        Some(value) => {
            if value.as_f64().is_none() {
                reader.invalid(&path.child("order"), format!("order is {}", shown(value)), "write a number");
            }
            value.as_f64()
        }
    };
    let passes = match spec.get("defaultAction").map(|value| (value.as_str(), value)) {
        None | Some((Some("Deny"), _)) => Some(false),
        Some((Some("Pass"), _)) => Some(true),
        Some((_, value)) => {
            let message = format!("defaultAction is {}", shown(value));
            reader.invalid(&path.child("defaultAction"), message, "write Deny or Pass");
            None
        }
    };
    Tier { order: order.filter(|_| clean), passes }
}

pub(in crate::policy) fn read_set(reader: &mut Reader<'_>, labels: Labels) -> NetworkSet {
    let path = Path::root().child("spec");
    let object = reader.object;
    static EMPTY: Value = Value::Null;
    let spec = object.value.get("spec").unwrap_or(&EMPTY);
    let mut certain = (spec.is_null() || reader.mapping(spec, &path).is_some())
        && reader.only_fields(spec, &path, &["nets", "allowedEgressDomains"]);
    if spec.get("allowedEgressDomains").is_some() {
        certain = false;
        reader.not_modelled(
            &path.child("allowedEgressDomains"),
            "domain names in network sets are not modelled",
            "connections that hang on them are shown as unknown",
        );
    }
    let (networks, all) = networks(reader, spec, "nets", &path);
    NetworkSet { labels, networks, certain: certain && all }
}

/// Adds what Calico adds to the labels of everything in a namespace.
pub(in crate::policy) fn add_namespace_labels(labels: &mut Labels, namespace: &str, own: Option<Labels>) {
    let own = own.unwrap_or_default();
    labels.retain(|(key, _)| key != NAMESPACE && !key.starts_with("pcns."));
    labels.push((NAMESPACE.into(), namespace.into()));
    labels.push(("pcns.projectcalico.org/name".into(), namespace.into()));
    if !own.iter().any(|(key, _)| key == "kubernetes.io/metadata.name") {
        labels.push(("pcns.kubernetes.io/metadata.name".into(), namespace.into()));
    }
    labels.extend(own.into_iter().map(|(key, value)| (["pcns.", &key].concat().into(), value)));
}
