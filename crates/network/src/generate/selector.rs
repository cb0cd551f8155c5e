//! Selectors that stay right while pods and releases come and go.

use std::collections::BTreeMap;

use compact_str::CompactString;
use ironhull_value::{Map, Value};

use crate::flows::{changes_with_release, is_generated};
use crate::input::{Input, LabelList, Workload};

/// The labels by which a workload is named in a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chosen {
    /// The labels, ordered by key. None at all selects every pod of the namespace.
    pub labels: LabelList,
    /// The titles of other workloads that the labels select too, ordered.
    pub also: Vec<String>,
    /// Labels among them that change with a release, because there are no others.
    pub unstable: Vec<CompactString>,
}

/// Labels that people give to tell workloads apart, the most telling first.
const PREFERRED: [&str; 12] = [
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
    "app",
    "k8s-app",
    "name",
    "component",
    "tier",
    "role",
    "service",
    "release",
    "app.kubernetes.io/part-of",
];

/// Chooses for every workload.
pub(super) fn choose_all(input: &Input) -> Vec<Chosen> {
    let mut by_namespace: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, workload) in input.workloads.iter().enumerate() {
        // No policy selects pods in their node's network.
        if !workload.pods.iter().all(|pod| pod.host_network) {
            by_namespace.entry(&workload.namespace).or_default().push(index);
        }
    }
    let none = Vec::new();
    let chosen = input.workloads.iter().map(|workload| {
        let here = by_namespace.get(workload.namespace.as_str()).unwrap_or(&none);
        let others: Vec<&Workload> = here
            .iter()
            .filter_map(|&index| input.workloads.get(index).map(|other| &**other))
            .filter(|other| other.name != workload.name || other.kind != workload.kind)
            .collect();
        choose(workload, &others)
    });
    chosen.collect()
}

fn choose(workload: &Workload, others: &[&Workload]) -> Chosen {
    let own = common_labels(workload);
    let selector = controller_selector(workload);
    let mut labels: LabelList = own.iter().filter(|(key, _)| selector.contains(key)).cloned().collect();
    let mut rest: LabelList = own
        .iter()
        .filter(|(key, _)| !selector.contains(key) && !changes_with_release(key))
        .cloned()
        .collect();
    rest.sort_by_key(|(key, _)| PREFERRED.iter().position(|known| known == key).unwrap_or(PREFERRED.len()));
    if labels.is_empty() && !rest.is_empty() {
        labels.push(rest.remove(0));
    }
    if labels.is_empty() {
        labels = own;
    }
    let selected = |labels: &LabelList| -> Vec<&&Workload> {
        others.iter().filter(|other| other.pods.iter().any(|pod| has_all(&pod.labels, labels))).collect()
    };
    // Each further label must keep someone out.
    for label in rest {
        let before = selected(&labels).len();
        if before == 0 {
            break;
        }
        let mut more = labels.clone();
        more.push(label);
        if selected(&more).len() < before {
            labels = more;
        }
    }
    labels.sort_unstable();
    let mut also: Vec<String> = selected(&labels).into_iter().map(|other| other.title()).collect();
    also.sort_unstable();
    also.dedup();
    let unstable = labels
        .iter()
        .filter(|(key, _)| changes_with_release(key) && !selector.contains(key))
        .map(|(key, _)| key.clone())
        .collect();
    Chosen { labels, also, unstable }
}

fn has_all(labels: &LabelList, wanted: &LabelList) -> bool {
    wanted.iter().all(|label| labels.contains(label))
}

/// The labels that all pods of a workload share and that no controller generates.
fn common_labels(workload: &Workload) -> LabelList {
    let mut pods = workload.pods.iter().filter(|pod| !pod.host_network);
    let first = pods.next().map(|pod| pod.labels.clone()).unwrap_or_default();
    let mut common: LabelList = first.into_iter().filter(|(key, _)| !is_generated(key)).collect();
    for pod in pods {
        common.retain(|label| pod.labels.contains(label));
    }
    common.sort_unstable();
    common.dedup_by(|a, b| a.0 == b.0);
    common
}

/// The keys that the controller selects its pods by. They cannot change while it lives.
fn controller_selector(workload: &Workload) -> Vec<CompactString> {
    let Some(selector) = workload.object.as_ref().and_then(|object| object.value.dig(&["spec", "selector"]))
    else {
        return Vec::new();
    };
    // A ReplicationController has the labels right there.
    let labels = selector
        .get("matchLabels")
        .or_else(|| (workload.kind == "ReplicationController").then_some(selector));
    let keys = labels.and_then(Value::as_map).into_iter().flat_map(Map::keys);
    keys.map(|key| CompactString::new(key.as_str())).filter(|key| !is_generated(key)).collect()
}
