//! Pods that are not there yet.
//!
//! Which labels they will have is not known. Those that matter are the ones that policies ask for: for every
//! selector of a peer one pod that it matches, in a namespace of its own and in those that are there, and a
//! pod without labels in every namespace and in a new one. A pod that no policy can tell from one that is
//! there already is not new: a Deployment may be scaled.

use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashSet;

use super::check::{Outcome, Tally, about_nothing};
use super::select::{Actor, Scene};
use super::{Pods, why};
use crate::engine::{ClassId, Network, Solver};
use crate::input::{LabelList, Namespace, PodFacts, Workload};
use crate::policy::{Direction, LabelMatch, Namespaces, Peer};

/// The namespace that is not there yet.
const NEW: &str = "new-namespace";
/// The kind under which pods that are not there yet are shown.
const KIND: &str = "new pod";

/// Beyond this many the pods are not tried out one by one.
const MOST: usize = 5_000;

pub(super) fn check(scene: &Scene<'_>, directions: &[Direction], of: &Pods) -> Result<Tally, Outcome> {
    let protected = scene.of_pods(of);
    if protected.is_empty() {
        return Err(about_nothing("no pod is selected"));
    }
    let mut network = scene.network.clone();
    let pods = candidates(scene.network);
    if pods.len() > MOST {
        return Err(about_nothing("the policies have too many selectors to try a pod for each"));
    }
    let mut seen: FxHashSet<(CompactString, LabelList)> = FxHashSet::default();
    for (index, (namespace, labels)) in pods.into_iter().enumerate() {
        let name = namespace.name.clone();
        if !seen.insert((name.clone(), labels.clone())) {
            continue;
        }
        if name.starts_with(NEW) {
            network.set_namespace(&namespace);
        }
        let shown = if labels.is_empty() { "no labels".to_owned() } else { written(&labels) };
        network.set_workload(Arc::new(Workload {
            namespace: name,
            name: CompactString::from(format!("{{{shown}}}#{index}")),
            kind: CompactString::const_new(KIND),
            pods: vec![PodFacts { labels, ..PodFacts::default() }],
            ..Workload::default()
        }));
    }
    let there: Vec<ClassId> = scene.workloads.iter().filter_map(|end| end.class).collect();
    let wide = Scene::new(&network, scene.entries, scene.context);
    let is_new = |place: &usize| {
        let Some(end) = wide.workloads.get(*place) else { return false };
        let kind =
            end.workload().and_then(|id| network.workload(id)).map(|entry| entry.workload.kind.clone());
        kind.as_deref() == Some(KIND)
            && end.class.is_some_and(|class| !there.iter().any(|known| stands_for(&network, *known, class)))
    };
    let fresh: Vec<usize> = (0..wide.workloads.len()).filter(is_new).collect();
    let mut solver = Solver::default();
    let mut tally = Tally::default();
    for actor in &protected {
        let Actor::Workload(place) = actor else { continue };
        let Some(known) = wide
            .workloads
            .iter()
            .position(|end| scene.workloads.get(*place).is_some_and(|own| own.title == end.title))
        else {
            continue;
        };
        if !wide.is_selectable(known) {
            continue;
        }
        let known = Actor::Workload(known);
        for direction in directions {
            // Pods that one rule lets in are one failure; the first of them stands for all.
            let mut told: FxHashSet<String> = FxHashSet::default();
            for place in &fresh {
                let new = Actor::Workload(*place);
                let (from, to) =
                    if *direction == Direction::Ingress { (&new, &known) } else { (&known, &new) };
                tally.asked += 1;
                let verdict = wide.between(&mut solver, from, to);
                if verdict.is_denied() {
                    continue;
                }
                let certain = !verdict.allowed.is_empty();
                let mut failure = if certain {
                    why::allowed(&wide, from, to, &verdict.allowed)
                } else {
                    why::undecided(&wide, from, to, &verdict.unknown)
                };
                let reason: Vec<String> = failure
                    .evidence
                    .iter()
                    .map(|because| format!("{} {}", because.object.key, because.path))
                    .collect();
                if told.insert(reason.join(" ")) {
                    failure.message = plain(&failure.message);
                    failure.from = plain(&failure.from);
                    failure.to = plain(&failure.to);
                    failure.fix = plain(&failure.fix);
                    tally.add(certain, || failure);
                }
            }
        }
    }
    Ok(tally)
}

/// Whether a pod that is there is like one that is not: in its namespace, and in what policies ask for. One
/// with labels may have fewer of those; one without is like nothing but another without.
fn stands_for(network: &Network, known: ClassId, new: ClassId) -> bool {
    let (Some(a), Some(b)) = (network.class(known), network.class(new)) else { return false };
    let all = |groups: &[u32]| groups.iter().all(|group| a.groups.binary_search(group).is_ok());
    let like = if network.labels_of(new).is_empty() { a.groups == b.groups } else { all(&b.groups) };
    like && network.namespace_of(known) == network.namespace_of(new)
}

/// Without the numbers that tell pods of equal labels apart.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("}#") {
        out.push_str(before);
        out.push('}');
        rest = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
    }
    out.push_str(rest);
    out
}

fn written(labels: &LabelList) -> String {
    let all: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    all.join(",")
}

/// The pods to try: namespace and labels.
fn candidates(network: &Network) -> Vec<(Namespace, LabelList)> {
    let there: Vec<(CompactString, LabelList)> = network
        .namespaces()
        .map(|(name, labels)| {
            (name.into(), labels.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
        })
        .collect();
    let known = |name: &CompactString, labels: &LabelList| Namespace {
        name: name.clone(),
        labels: labels.clone(),
        object: None,
    };
    let new = |labels: LabelList| {
        let name = if labels.is_empty() {
            CompactString::const_new(NEW)
        } else {
            CompactString::from(format!("{NEW}{{{}}}", written(&labels)))
        };
        Namespace { name, labels, object: None }
    };
    let mut found: Vec<(Namespace, LabelList)> = vec![(new(Vec::new()), Vec::new())];
    found.extend(there.iter().map(|(name, labels)| (known(name, labels), Vec::new())));
    let policies = network.policies().map(|(_, policy)| policy);
    let sides = policies
        .flat_map(|policy| Direction::BOTH.into_iter().filter_map(|direction| policy.side(direction)));
    for peer in sides.flat_map(|side| &side.rules).flat_map(|rule| &rule.peers) {
        let Peer::Pods { namespaces, pods } = peer else { continue };
        let Some(labels) = satisfying(pods) else { continue };
        match namespaces {
            Namespaces::One(name) => {
                let own = there.iter().find(|(known, _)| known == name);
                found.extend(own.map(|(name, of)| (known(name, of), labels)));
            }
            Namespaces::All => found.push((new(Vec::new()), labels)),
            Namespaces::Labelled(selector) => {
                for (name, of) in &there {
                    let value =
                        |key: &str| of.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str());
                    if selector.matches(&value) {
                        found.push((known(name, of), labels.clone()));
                    }
                }
                // The name of a namespace that is to come cannot be one that is there.
                let wanted = satisfying(selector)
                    .filter(|labels| labels.iter().all(|(key, _)| key != "kubernetes.io/metadata.name"));
                found.extend(wanted.map(|wanted| (new(wanted), labels)));
            }
        }
    }
    found
}

/// Labels that satisfy a selector, where some are easily found.
fn satisfying(selector: &LabelMatch) -> Option<LabelList> {
    fn gather(selector: &LabelMatch, labels: &mut LabelList) {
        match selector {
            LabelMatch::All(parts) => parts.iter().for_each(|part| gather(part, labels)),
            LabelMatch::Any(parts) => parts.iter().take(1).for_each(|part| gather(part, labels)),
            LabelMatch::Has(key) => labels.push((key.clone(), CompactString::const_new("any"))),
            LabelMatch::In(key, values) => {
                labels.extend(values.first().map(|value| (key.clone(), value.clone())));
            }
            LabelMatch::Contains(key, text)
            | LabelMatch::StartsWith(key, text)
            | LabelMatch::EndsWith(key, text) => {
                labels.push((key.clone(), text.clone()));
            }
            LabelMatch::Above(key, bound) => {
                labels.push((key.clone(), CompactString::from(bound.saturating_add(1).to_string())));
            }
            LabelMatch::Below(key, bound) => {
                labels.push((key.clone(), CompactString::from(bound.saturating_sub(1).to_string())));
            }
            LabelMatch::Not(_) | LabelMatch::Nothing => {}
        }
    }
    let mut labels = Vec::new();
    gather(selector, &mut labels);
    labels.sort();
    labels.dedup_by(|a, b| a.0 == b.0);
    let value = |key: &str| labels.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str());
    selector.matches(&value).then_some(labels)
}
