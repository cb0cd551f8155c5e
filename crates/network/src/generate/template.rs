//! Policies for whole namespaces.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use compact_str::CompactString;

use super::blocks::blocks;
use super::draft::{Draft, DraftPeer, DraftRule, Drafter, comment, dns_rule, expressible, is_host};
use crate::algebra::Conns;
use crate::flows::Party;
use crate::policy::Direction;

/// The namespaces that are wanted and have a pod that a policy can select, or an object.
fn namespaces(drafter: &Drafter<'_>) -> BTreeSet<CompactString> {
    let input = drafter.input;
    let of_objects = input.namespaces.iter().filter(|namespace| namespace.object.is_some());
    let names = of_objects.map(|namespace| namespace.name.clone());
    let workloads = input.workloads.iter().take(drafter.known).filter(|workload| !is_host(workload));
    let all = names.chain(workloads.map(|workload| workload.namespace.clone()));
    // The cluster's own namespaces are cut off on purpose only.
    let own = |name: &str| matches!(name, "kube-system" | "kube-public" | "kube-node-lease");
    let asked = !drafter.options.namespaces.is_empty();
    all.filter(|name| drafter.wants(name) && (asked || !own(name))).collect()
}

/// Nothing in, nothing out but DNS.
pub(super) fn default_deny(drafter: &Drafter<'_>) -> Vec<Draft> {
    let one = |namespace: CompactString| Draft {
        namespace,
        name: "default-deny".into(),
        head: vec!["Every pod of the namespace: nothing in, and nothing out but DNS.".to_owned()],
        egress: vec![dns_rule()],
        ..Draft::default()
    };
    namespaces(drafter).into_iter().map(one).collect()
}

/// Everything inside; across the border what there is evidence for, by namespace.
pub(super) fn segmentation(drafter: &mut Drafter<'_>) -> Vec<Draft> {
    let wanted = namespaces(drafter);
    let mut drafts = Vec::new();
    for namespace in wanted {
        let [ingress, egress] = Direction::BOTH.map(|direction| border(drafter, &namespace, direction));
        let inside = |comment: &str| DraftRule {
            comments: vec![comment.to_owned()],
            peers: vec![DraftPeer::Pods { namespace: None, labels: Vec::new() }],
            conns: Conns::all(),
        };
        drafts.push(Draft {
            name: "namespace-segmentation".into(),
            head: vec![
                "Every pod of the namespace: everything inside of it, and what was seen across its border."
                    .to_owned(),
            ],
            ingress: std::iter::once(inside("Inside of the namespace.")).chain(ingress).collect(),
            egress: [inside("Inside of the namespace."), dns_rule()].into_iter().chain(egress).collect(),
            namespace,
            ..Draft::default()
        });
    }
    drafts
}

/// Addresses, with what speaks for them.
type Ranges = (Vec<(IpAddr, IpAddr)>, Vec<String>);

/// The rules for what crosses the border of a namespace. Another namespace is one peer as a whole.
fn border(drafter: &mut Drafter<'_>, namespace: &str, direction: Direction) -> Vec<DraftRule> {
    let mut of_namespaces: BTreeMap<CompactString, (Conns, Vec<String>)> = BTreeMap::new();
    let mut of_addresses: BTreeMap<Conns, Ranges> = BTreeMap::new();
    let evidence = drafter.evidence;
    for (from, to, conns, proof) in evidence.iter() {
        let (own, other) = if direction == Direction::Ingress { (to, from) } else { (from, to) };
        let Party::Workload(index) = own else { continue };
        let Some(workload) = drafter.input.workloads.get(*index) else { continue };
        if workload.namespace != namespace || is_host(workload) || *index >= drafter.known {
            continue;
        }
        if direction == Direction::Ingress && matches!(other, Party::OwnNode(_)) {
            continue;
        }
        let Some(conns) = expressible(conns) else { continue };
        if direction == Direction::Egress && drafter.is_dns(other, &conns) {
            continue;
        }
        let title = workload.title();
        if let Party::Workload(peer) = other
            && let Some(peer) = drafter.input.workloads.get(*peer)
            && !is_host(peer)
        {
            if peer.namespace != namespace {
                let entry = of_namespaces.entry(peer.namespace.clone()).or_default();
                entry.0 = entry.0.union(&conns);
                entry.1.push(comment(&other.title(drafter.input), proof));
            }
            continue;
        }
        if let Some((_, ranges)) = drafter.peers(namespace, direction, other, proof, &title) {
            let entry = of_addresses.entry(conns).or_default();
            entry.0.extend(ranges);
            entry.1.push(comment(&other.title(drafter.input), proof));
        }
    }
    let mut rules: Vec<DraftRule> = of_namespaces
        .into_iter()
        .map(|(namespace, (conns, comments))| DraftRule {
            comments,
            peers: vec![DraftPeer::Pods { namespace: Some(namespace), labels: Vec::new() }],
            conns,
        })
        .collect();
    for (conns, (ranges, comments)) in of_addresses {
        let peers = blocks(&ranges, &drafter.options.aggregate).into_iter().map(DraftPeer::Block).collect();
        rules.push(DraftRule { comments, peers, conns });
    }
    rules
}
