//! From objects to policies.

use std::sync::Arc;

use ironhull_value::{Path, Value};
use ironhull_world::Object;

use super::admin::Flavour;
use super::reader::Reader;
use super::{Policy, admin, v1};

/// Something in a policy that is wrong or that is not modelled.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The policy.
    pub object: Arc<Object>,
    /// The way to what is at fault, be it absent.
    pub path: Path,
    /// What is wrong; one sentence without full stop.
    pub message: String,
    /// What to do.
    pub fix: String,
    /// Whether it is legal and only not modelled here.
    pub unsupported: bool,
}

/// What the objects of a cluster say.
#[derive(Clone, Debug, Default)]
pub struct ReadPolicies {
    /// The policies, in the order of the objects.
    pub policies: Vec<Policy>,
    /// What was not understood, in the order of the objects.
    pub problems: Vec<Problem>,
}

/// How a kind is read.
#[derive(Clone, Copy)]
enum Kind {
    V1,
    Admin(Flavour),
}

/// Group, kind, the versions that are understood, the reader.
const KINDS: &[(&str, &str, &[&str], Kind)] = &[
    ("networking.k8s.io", "NetworkPolicy", &["v1"], Kind::V1),
    ("policy.networking.k8s.io", "AdminNetworkPolicy", &["v1alpha1"], Kind::Admin(Flavour::Admin)),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy", &["v1alpha1"], Kind::Admin(Flavour::Baseline)),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy", &["v1alpha2"], Kind::Admin(Flavour::Cluster)),
];

/// Whether objects of this kind are policies that are read here.
pub fn is_policy_kind(group: &str, kind: &str) -> bool {
    KINDS.iter().any(|(own, name, _, _)| *own == group && *name == kind)
}

/// Reads one object; nothing happens if it is no policy.
pub fn read_object(object: &Arc<Object>, read: &mut ReadPolicies) {
    let key = &object.key;
    let Some((group, _, versions, kind)) =
        KINDS.iter().find(|(group, kind, _, _)| *group == key.group && *kind == key.kind)
    else {
        return;
    };
    let mut reader = Reader::new(object);
    let version = object.value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let understood = version.split_once('/').is_some_and(|(_, version)| versions.contains(&version));
    let mut policy = match kind {
        Kind::V1 => v1::read(&mut reader),
        Kind::Admin(flavour) => admin::read(&mut reader, *flavour),
    };
    if !understood {
        policy.certain_subject = false;
        let known: Vec<String> = versions.iter().map(|version| format!("{group}/{version}")).collect();
        reader.not_modelled(
            &Path::root().child("apiVersion"),
            format!("{} of {version:?} is not a version that is understood", key.kind),
            format!("write {}", known.join(" or ")),
        );
    }
    read.policies.push(policy);
    read.problems.append(&mut reader.into_problems());
}

/// The kinds of policies that are read here.
pub fn policy_kinds() -> impl Iterator<Item = ironhull_world::GroupKind<'static>> {
    KINDS.iter().map(|(group, kind, _, _)| ironhull_world::GroupKind::new(group, kind))
}
