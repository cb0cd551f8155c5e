//! From objects to policies.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_value::{Path, Value};
use ironhull_world::Object;

use super::admin::Flavour;
use super::calico::StagedAction;
use super::reader::Reader;
use super::{Context, Policy, admin, calico, cilium, v1};

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
    pub policies: Vec<Arc<Policy>>,
    /// Policies that are there to be looked at and not enforced yet, with what they would do. Not among
    /// `policies`.
    pub staged: Vec<Staged>,
    /// What was not understood, in the order of the objects.
    pub problems: Vec<Problem>,
}

/// A policy of Calico's Staged kinds, of the kind that it would become.
#[derive(Clone, Debug)]
pub struct Staged {
    /// The policy; for one that deletes, whatever it says, only who it is counts.
    pub policy: Policy,
    /// Whether the policy of this kind, namespace and name is to go.
    pub deletes: bool,
}

/// How a kind is read.
#[derive(Clone, Copy)]
enum Kind {
    V1,
    Admin(Flavour),
    Calico {
        global: bool,
        staged: bool,
    },
    /// A NetworkPolicy that Calico does not enforce yet.
    StagedV1,
    Cilium {
        global: bool,
    },
}

/// Group, kind, the versions that are understood, the reader.
const KINDS: &[(&str, &str, &[&str], Kind)] = &[
    ("networking.k8s.io", "NetworkPolicy", &["v1"], Kind::V1),
    // Where it stood until Kubernetes 1.16. No server takes it today: what it was to cut off is open there.
    ("extensions", "NetworkPolicy", &[], Kind::V1),
    ("policy.networking.k8s.io", "AdminNetworkPolicy", &["v1alpha1"], Kind::Admin(Flavour::Admin)),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy", &["v1alpha1"], Kind::Admin(Flavour::Baseline)),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy", &["v1alpha2"], Kind::Admin(Flavour::Cluster)),
    (CALICO, "NetworkPolicy", &["v3"], Kind::Calico { global: false, staged: false }),
    (CALICO, "GlobalNetworkPolicy", &["v3"], Kind::Calico { global: true, staged: false }),
    (CALICO, "StagedNetworkPolicy", &["v3"], Kind::Calico { global: false, staged: true }),
    (CALICO, "StagedGlobalNetworkPolicy", &["v3"], Kind::Calico { global: true, staged: true }),
    (CALICO, "StagedKubernetesNetworkPolicy", &["v3"], Kind::StagedV1),
    (CALICO_CRD, "NetworkPolicy", &["v1"], Kind::Calico { global: false, staged: false }),
    (CALICO_CRD, "GlobalNetworkPolicy", &["v1"], Kind::Calico { global: true, staged: false }),
    (CALICO_CRD, "StagedNetworkPolicy", &["v1"], Kind::Calico { global: false, staged: true }),
    (CALICO_CRD, "StagedGlobalNetworkPolicy", &["v1"], Kind::Calico { global: true, staged: true }),
    (CALICO_CRD, "StagedKubernetesNetworkPolicy", &["v1"], Kind::StagedV1),
    (cilium::GROUP, "CiliumNetworkPolicy", &["v2"], Kind::Cilium { global: false }),
    (cilium::GROUP, "CiliumClusterwideNetworkPolicy", &["v2"], Kind::Cilium { global: true }),
];

const CALICO: &str = calico::GROUPS[0];
const CALICO_CRD: &str = calico::GROUPS[1];

/// Whether objects of this kind are policies that are read here.
pub fn is_policy_kind(group: &str, kind: &str) -> bool {
    KINDS.iter().any(|(own, name, _, _)| *own == group && *name == kind)
}

/// The [`Policy::kind`] of the policies that an object of this kind is read as. It is the object's kind, but
/// for the one that two APIs have.
pub fn kind_name(group: &str, kind: &str) -> CompactString {
    match kind.strip_prefix("Staged").unwrap_or(kind) {
        "KubernetesNetworkPolicy" => CompactString::const_new("NetworkPolicy"),
        "NetworkPolicy" if calico::GROUPS.contains(&group) => {
            CompactString::const_new(calico::NETWORK_POLICY)
        }
        kind => kind.into(),
    }
}

/// Reads one object; nothing happens if it is no policy. One object may be several policies.
pub fn read_object(object: &Arc<Object>, context: &Context, read: &mut ReadPolicies) {
    let key = &object.key;
    let Some((group, _, versions, kind)) =
        KINDS.iter().find(|(group, kind, _, _)| *group == key.group && *kind == key.kind)
    else {
        return;
    };
    let mut reader = Reader::new(object);
    let version = object.value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let understood = version.split_once('/').is_some_and(|(_, version)| versions.contains(&version));
    let mut policies = match kind {
        Kind::V1 | Kind::StagedV1 => vec![v1::read(&mut reader)],
        Kind::Admin(flavour) => vec![admin::read(&mut reader, *flavour)],
        Kind::Calico { global, .. } => calico::read(&mut reader, context, *global),
        Kind::Cilium { global } => cilium::read(&mut reader, context, *global),
    };
    if !understood {
        for policy in &mut policies {
            policy.certain_subject = false;
        }
        let mut known: Vec<String> = versions.iter().map(|version| format!("{group}/{version}")).collect();
        if known.is_empty() {
            known.push("networking.k8s.io/v1".to_owned());
        }
        reader.not_modelled(
            &Path::root().child("apiVersion"),
            format!("{} of {version:?} is not a version that is understood", key.kind),
            format!("write {}", known.join(" or ")),
        );
    }
    if matches!(kind, Kind::StagedV1 | Kind::Calico { staged: true, .. }) {
        let action = calico::read_staged(&mut reader);
        policies.retain(|_| action != StagedAction::Ignore);
        let (name, deletes) = (kind_name(&key.group, &key.kind), action == StagedAction::Delete);
        read.staged.extend(policies.into_iter().map(|mut policy| {
            policy.kind.clone_from(&name);
            Staged { policy, deletes }
        }));
    } else {
        read.policies.extend(policies.into_iter().map(Arc::new));
    }
    read.problems.append(&mut reader.into_problems());
}

/// The kinds of policies that are read here.
pub fn policy_kinds() -> impl Iterator<Item = ironhull_world::GroupKind<'static>> {
    KINDS.iter().map(|(group, kind, _, _)| ironhull_world::GroupKind::new(group, kind))
}
