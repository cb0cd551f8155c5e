//! What was edited: policies, workloads, namespaces, and what lets traffic in.

use std::sync::Arc;

use compact_str::CompactString;
use ironhull_world::{GroupKind, Object, kinds};
use rustc_hash::FxHashMap;

use super::Side;
use crate::input::{Input, LabelList, Namespace, PodFacts, Workload};
use crate::place;
use crate::policy::{Direction, Policy, Rule};
use crate::site::{Site, subject_path};

/// What was done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is not the same.
    Changed,
}

impl EditKind {
    /// The word in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// What was edited, before and after.
#[derive(Clone, Debug)]
pub enum EditOf {
    /// A policy, with all of its parts in order; none where it is not.
    Policy(Vec<Arc<Policy>>, Vec<Arc<Policy>>),
    /// A workload.
    Workload(Option<Arc<Workload>>, Option<Arc<Workload>>),
    /// The labels of a namespace.
    Namespace(Namespace, Namespace),
    /// A Service, Ingress, Route or Gateway.
    Entry {
        /// Its namespace.
        namespace: CompactString,
    },
}

/// One edit.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What was done.
    pub kind: EditKind,
    /// What was edited.
    pub of: EditOf,
    /// `NetworkPolicy shop/web`.
    pub title: String,
    /// What about it: `ingress rules`, `labels`. Empty for what was added or removed.
    pub detail: String,
    /// The places in the old cluster that are gone or no longer the same.
    pub old: Vec<String>,
    /// The places in the new cluster that are new or not the same.
    pub new: Vec<String>,
}

pub(super) fn between(old: &Side<'_>, new: &Side<'_>) -> Vec<Edit> {
    let mut edits = policies(old, new);
    edits.extend(workloads(old.input, new.input));
    edits.extend(namespaces(old.input, new.input));
    edits.extend(entries(old, new));
    edits
}

/// Both sides of everything that either has, by a key, in the order of keys.
fn beside<K: Ord, V>(
    old: impl IntoIterator<Item = (K, V)>,
    new: impl IntoIterator<Item = (K, V)>,
) -> impl Iterator<Item = (Option<V>, Option<V>)> {
    let mut all: std::collections::BTreeMap<K, (Option<V>, Option<V>)> = std::collections::BTreeMap::new();
    for (key, value) in old {
        all.entry(key).or_insert((None, None)).0 = Some(value);
    }
    for (key, value) in new {
        all.entry(key).or_insert((None, None)).1 = Some(value);
    }
    all.into_values()
}

fn policies(old: &Side<'_>, new: &Side<'_>) -> Vec<Edit> {
    let of = |side: &Side<'_>| {
        let mut all: std::collections::BTreeMap<_, Vec<Arc<Policy>>> = std::collections::BTreeMap::new();
        for (_, policy) in side.network.policies() {
            let copy = policy.object.as_ref().map_or(0, |object| object.key.copy);
            let key = (policy.kind.clone(), policy.namespace.clone(), policy.name.clone(), copy);
            all.entry(key).or_default().push(Arc::clone(policy));
        }
        for parts in all.values_mut() {
            parts.sort_by_key(|policy| policy.order.part);
        }
        all
    };
    beside(of(old), of(new))
        .filter_map(|(was, is)| policy_edit(was.unwrap_or_default(), is.unwrap_or_default()))
        .collect()
}

fn policy_edit(was: Vec<Arc<Policy>>, is: Vec<Arc<Policy>>) -> Option<Edit> {
    let whole = |policy: &Policy| vec![Site::new(policy, ironhull_value::Path::root().child("kind")).place()];
    let (kind, detail, old, new) = match (was.first(), is.first()) {
        (None, Some(is)) => (EditKind::Added, String::new(), Vec::new(), whole(is)),
        (Some(was), None) => (EditKind::Removed, String::new(), whole(was), Vec::new()),
        (Some(first), Some(second)) => {
            let (mut details, mut old, mut new) = (Vec::new(), Vec::new(), Vec::new());
            for (was, is) in was.iter().zip(&is) {
                let Some((detail, gone, come)) = policy_difference(was, is) else { continue };
                if !details.contains(&detail) {
                    details.push(detail);
                }
                old.extend(gone);
                new.extend(come);
            }
            if was.len() != is.len() {
                details.push("whom its rules select".to_owned());
                old.extend(whole(first));
                new.extend(whole(second));
            }
            if details.is_empty() {
                return None;
            }
            (EditKind::Changed, details.join(", "), old, new)
        }
        (None, None) => return None,
    };
    let shown = is.first().or(was.first())?;
    let title = format!("{} {}", shown.kind, shown.full_name());
    Some(Edit { kind, title, detail, old, new, of: EditOf::Policy(was, is) })
}

/// What is not the same, with the places on both sides; none if the two mean the same.
fn policy_difference(was: &Policy, is: &Policy) -> Option<(String, Vec<String>, Vec<String>)> {
    let (mut parts, mut old, mut new) = (Vec::new(), Vec::new(), Vec::new());
    let mut both = |was_path, is_path| {
        old.push(Site::new(was, was_path).place());
        new.push(Site::new(is, is_path).place());
    };
    if was.subject != is.subject || was.certain_subject != is.certain_subject {
        parts.push("the pods it selects");
        both(subject_path(was), subject_path(is));
    }
    if was.order.stage != is.order.stage || was.order.rank.total_cmp(&is.order.rank).is_ne() {
        parts.push("its priority");
        let spec = ironhull_value::Path::root().child("spec");
        both(spec.child("priority"), spec.child("priority"));
    }
    for direction in Direction::BOTH {
        let (before, after) = (was.side(direction), is.side(direction));
        let rules =
            |side: Option<&crate::policy::Side>| side.map(|side| side.rules.clone()).unwrap_or_default();
        let (before_rules, after_rules) = (rules(before), rules(after));
        let isolates = |side: Option<&crate::policy::Side>| side.is_some_and(|side| side.isolates);
        let turned = isolates(before) != isolates(after);
        let gone = only_in(&before_rules, &after_rules);
        let come = only_in(&after_rules, &before_rules);
        // NetworkPolicy has only rules that allow, whose order says nothing.
        let ordered = before_rules.iter().any(|rule| rule.action != crate::policy::Action::Allow);
        let moved = ordered
            && gone.is_empty()
            && come.is_empty()
            && !before_rules.iter().zip(&after_rules).all(|(a, b)| alike(a, b));
        if !turned && gone.is_empty() && come.is_empty() && !moved && before_rules.len() == after_rules.len()
        {
            continue;
        }
        parts.push(match direction {
            Direction::Ingress => "ingress rules",
            Direction::Egress => "egress rules",
        });
        old.extend(gone.iter().map(|rule| Site::new(was, rule.path.clone()).place()));
        new.extend(come.iter().map(|rule| Site::new(is, rule.path.clone()).place()));
        if gone.is_empty() && come.is_empty() {
            let at = ironhull_value::Path::root().child("spec").child(direction.field());
            old.push(Site::new(was, at.clone()).place());
            new.push(Site::new(is, at).place());
        }
    }
    for places in [&mut old, &mut new] {
        places.retain(|place| !place.is_empty());
        places.dedup();
    }
    (!parts.is_empty()).then(|| (parts.join(", "), old, new))
}

fn only_in<'r>(these: &'r [Rule], those: &[Rule]) -> Vec<&'r Rule> {
    these.iter().filter(|rule| !those.iter().any(|other| alike(rule, other))).collect()
}

/// Whether two rules mean the same, wherever they stand.
fn alike(a: &Rule, b: &Rule) -> bool {
    a.action == b.action && a.certain == b.certain && a.peers == b.peers && a.ports == b.ports
}

fn workloads(old: &Input, new: &Input) -> Vec<Edit> {
    let of = |input: &Input| {
        let all = input.workloads.iter().map(|workload| {
            ((workload.namespace.clone(), workload.name.clone(), workload.kind.clone()), Arc::clone(workload))
        });
        all.collect::<Vec<_>>()
    };
    let edit = |(was, is): (Option<Arc<Workload>>, Option<Arc<Workload>>)| {
        let (kind, detail) = match (&was, &is) {
            (None, _) => (EditKind::Added, String::new()),
            (_, None) => (EditKind::Removed, String::new()),
            (Some(was), Some(is)) => (EditKind::Changed, workload_difference(was, is)?),
        };
        let shown = is.as_ref().or(was.as_ref())?;
        let title = format!("{} {}/{}", shown.kind, shown.namespace, shown.name);
        let at = |workload: &Option<Arc<Workload>>| {
            let object = workload.as_ref().and_then(|workload| workload.object.clone());
            object.map(|object| place(&object, &path_of_labels(&object))).into_iter().collect()
        };
        Some(Edit { kind, title, detail, old: at(&was), new: at(&is), of: EditOf::Workload(was, is) })
    };
    beside(of(old), of(new)).filter_map(edit).collect()
}

fn path_of_labels(object: &Object) -> ironhull_value::Path {
    let own = ironhull_value::Path::root().keys(&["metadata", "labels"]);
    let template = ironhull_value::Path::root().keys(&["spec", "template", "metadata", "labels"]);
    if object.value.at(&template).is_some() { template } else { own }
}

fn workload_difference(was: &Workload, is: &Workload) -> Option<String> {
    let sorted = |labels: &LabelList| {
        let mut labels = labels.clone();
        labels.sort_unstable();
        labels
    };
    let each = |workload: &Workload, fact: &dyn Fn(&PodFacts) -> String| {
        let mut facts: Vec<String> = workload.pods.iter().map(fact).collect();
        facts.sort_unstable();
        facts.dedup();
        facts
    };
    /// What is compared, and how it is written.
    type Fact<'f> = (&'f str, &'f dyn Fn(&PodFacts) -> String);
    let facts: [Fact<'_>; 4] = [
        ("labels", &|pod| format!("{:?}", sorted(&pod.labels))),
        ("ports", &|pod| format!("{:?}", pod.ports)),
        ("hostNetwork", &|pod| format!("{}", pod.host_network)),
        ("service account", &|pod| pod.service_account.to_string()),
    ];
    let parts: Vec<&str> = facts
        .into_iter()
        .filter(|(_, fact)| each(was, *fact) != each(is, *fact))
        .map(|(name, _)| name)
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn namespaces(old: &Input, new: &Input) -> Vec<Edit> {
    let mut known: FxHashMap<&str, (LabelList, LabelList)> = FxHashMap::default();
    let labels = |namespace: &Namespace| {
        let mut labels = namespace.labels.clone();
        labels.retain(|(key, _)| key != "kubernetes.io/metadata.name");
        labels.sort_unstable();
        labels
    };
    for namespace in &old.namespaces {
        known.entry(&namespace.name).or_default().0 = labels(namespace);
    }
    for namespace in &new.namespaces {
        known.entry(&namespace.name).or_default().1 = labels(namespace);
    }
    let find = |input: &Input, name: &str| {
        let found = input.namespaces.iter().find(|namespace| namespace.name == name).cloned();
        found.unwrap_or_else(|| Namespace { name: name.into(), ..Namespace::default() })
    };
    let mut edits: Vec<Edit> = known
        .into_iter()
        .filter(|(_, (was, is))| was != is)
        .map(|(name, _)| {
            let (was, is) = (find(old, name), find(new, name));
            let at = |namespace: &Namespace| {
                let path = ironhull_value::Path::root().keys(&["metadata", "labels"]);
                namespace.object.iter().map(|object| place(object, &path)).collect::<Vec<_>>()
            };
            Edit {
                kind: EditKind::Changed,
                title: format!("Namespace {name}"),
                detail: "labels".to_owned(),
                old: at(&was),
                new: at(&is),
                of: EditOf::Namespace(was, is),
            }
        })
        .collect();
    edits.sort_by(|a, b| a.title.cmp(&b.title));
    edits
}

/// The objects that let traffic in, whatever is not the same in their specification.
fn entries(old: &Side<'_>, new: &Side<'_>) -> Vec<Edit> {
    let route = |kind| GroupKind::new("gateway.networking.k8s.io", kind);
    let wanted = [
        kinds::SERVICE,
        kinds::INGRESS,
        GroupKind::new("route.openshift.io", "Route"),
        route("Gateway"),
        route("HTTPRoute"),
        route("GRPCRoute"),
        route("TCPRoute"),
        route("TLSRoute"),
        route("UDPRoute"),
        route("ReferenceGrant"),
    ];
    let of = |side: &Side<'_>| {
        let all = wanted
            .iter()
            .flat_map(|kind| side.world.of_kind(*kind))
            .map(|object| (object.key.clone(), object.clone()));
        all.collect::<Vec<_>>()
    };
    let edit = |(was, is): (Option<Arc<Object>>, Option<Arc<Object>>)| {
        let kind = match (&was, &is) {
            (None, _) => EditKind::Added,
            (_, None) => EditKind::Removed,
            (Some(was), Some(is)) if was.value.get("spec") == is.value.get("spec") => return None,
            _ => EditKind::Changed,
        };
        let shown = is.as_ref().or(was.as_ref())?;
        let path = ironhull_value::Path::root().child("spec");
        let at = |object: &Option<Arc<Object>>| {
            object.iter().map(|object| place(object, &path)).collect::<Vec<_>>()
        };
        Some(Edit {
            kind,
            title: shown.key.to_string(),
            detail: if kind == EditKind::Changed { "spec".to_owned() } else { String::new() },
            old: at(&was),
            new: at(&is),
            of: EditOf::Entry { namespace: crate::input::namespace_of(shown) },
        })
    };
    beside(of(old), of(new)).filter_map(edit).collect()
}
