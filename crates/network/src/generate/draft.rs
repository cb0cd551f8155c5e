//! Policies before they are text.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use compact_str::CompactString;

use super::blocks::blocks;
use super::evidence::{Confidence, Evidence, Proof};
use super::selector::{Chosen, choose_all};
use super::{Gap, Options};
use crate::algebra::{Cidr, Conns, Protocol};
use crate::flows::Party;
use crate::input::{Input, LabelList, Workload};
use crate::policy::Direction;
use crate::simulate::flows;

/// Where the node-local DNS cache listens.
pub(super) const DNS_CACHE: &str = "169.254.20.10";
/// The namespace of the cluster's DNS.
pub(super) const DNS_NAMESPACE: &str = "kube-system";
/// The label of its pods.
pub(super) const DNS_LABEL: (&str, &str) = ("k8s-app", "kube-dns");

/// A policy.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) namespace: CompactString,
    pub(super) name: CompactString,
    /// The workload it is for: its place in the input.
    pub(super) workload: Option<usize>,
    /// Lines for the reader, above it.
    pub(super) head: Vec<String>,
    pub(super) selector: LabelList,
    pub(super) ingress: Vec<DraftRule>,
    pub(super) egress: Vec<DraftRule>,
}

/// A rule.
#[derive(Clone, Debug)]
pub(super) struct DraftRule {
    pub(super) comments: Vec<String>,
    pub(super) peers: Vec<DraftPeer>,
    /// All connections, or these.
    pub(super) conns: Conns,
}

/// A peer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DraftPeer {
    /// Pods, of another namespace if it is named. No labels are all pods.
    Pods { namespace: Option<CompactString>, labels: LabelList },
    /// Addresses.
    Block(Cidr),
}

/// How a party is named: as pods, or by ranges of addresses.
pub(super) type Named = (Vec<DraftPeer>, Vec<(IpAddr, IpAddr)>);

/// What one rule is about, while peers are gathered.
#[derive(Default)]
struct Gathered {
    peers: BTreeSet<DraftPeer>,
    ranges: BTreeSet<(IpAddr, IpAddr)>,
    comments: Vec<String>,
}

/// Makes drafts.
pub(super) struct Drafter<'a> {
    pub(super) input: &'a Input,
    pub(super) known: usize,
    pub(super) evidence: &'a Evidence,
    pub(super) options: &'a Options,
    pub(super) chosen: Vec<Chosen>,
    /// The first workload of each namespace, name and kind.
    first: BTreeMap<(&'a str, &'a str, &'a str), usize>,
    pub(super) gaps: Vec<Gap>,
    pub(super) notes: Vec<String>,
}

impl<'a> Drafter<'a> {
    pub(super) fn new(input: &'a Input, known: usize, evidence: &'a Evidence, options: &'a Options) -> Self {
        let chosen = choose_all(input);
        let mut first = BTreeMap::new();
        for (index, workload) in input.workloads.iter().enumerate() {
            let key = (workload.namespace.as_str(), workload.name.as_str(), workload.kind.as_str());
            first.entry(key).or_insert(index);
        }
        Self { input, known, evidence, options, chosen, first, gaps: Vec::new(), notes: Vec::new() }
    }

    /// Whether policies of this namespace are wanted.
    pub(super) fn wants(&self, namespace: &str) -> bool {
        self.options.namespaces.is_empty() || self.options.namespaces.iter().any(|own| own == namespace)
    }

    /// The workloads that can have a policy, by namespace, name and kind; each title once.
    pub(super) fn subjects(&self) -> Vec<usize> {
        let mut found: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
        for (index, workload) in self.input.workloads.iter().enumerate().take(self.known) {
            if self.wants(&workload.namespace) && !is_host(workload) {
                found.entry((&workload.namespace, &workload.name, &workload.kind)).or_insert(index);
            }
        }
        found.into_values().collect()
    }

    /// A policy for each workload with evidence.
    pub(super) fn workloads(&mut self) -> Vec<Draft> {
        let mut needed: BTreeMap<usize, Vec<(Direction, &'a Party, &'a Conns, &'a Proof)>> = BTreeMap::new();
        for (from, to, conns, proof) in self.evidence.iter() {
            if let Some(index) = self.subject(from) {
                needed.entry(index).or_default().push((Direction::Egress, to, conns, proof));
            }
            if let Some(index) = self.subject(to) {
                needed.entry(index).or_default().push((Direction::Ingress, from, conns, proof));
            }
        }
        let mut drafts = Vec::new();
        for index in self.subjects() {
            if let Some(needs) = needed.remove(&index) {
                drafts.push(self.workload(index, &needs));
            }
        }
        drafts
    }

    /// The workload that a party is, the first of those with its title.
    fn subject(&self, party: &Party) -> Option<usize> {
        let Party::Workload(index) = party else { return None };
        let own = self.input.workloads.get(*index)?;
        self.first.get(&(own.namespace.as_str(), own.name.as_str(), own.kind.as_str())).copied()
    }

    fn workload(&mut self, index: usize, needs: &[(Direction, &Party, &Conns, &Proof)]) -> Draft {
        let Some(workload) = self.input.workloads.get(index) else { return Draft::default() };
        let title = workload.title();
        let chosen = self.chosen.get(index).cloned().unwrap_or_default();
        let mut head = vec![title.clone()];
        if chosen.labels.is_empty() {
            head.push("It has no labels, so this selects every pod of the namespace.".to_owned());
            self.notes.push(format!("{title} has no labels: its policy selects every pod of its namespace"));
        } else if !chosen.also.is_empty() {
            head.push(format!("Its labels also select {}.", chosen.also.join(", ")));
            self.notes.push(format!(
                "no label tells {title} from {}: its policy is for both",
                chosen.also.join(", ")
            ));
        }
        for key in &chosen.unstable {
            self.notes.push(format!("{title} is selected by {key}, which may change with a release"));
        }
        let mut sides: [BTreeMap<Conns, Gathered>; 2] = [BTreeMap::new(), BTreeMap::new()];
        let mut probes = 0;
        for &(direction, party, conns, proof) in needs {
            if direction == Direction::Ingress && matches!(party, Party::OwnNode(_)) {
                probes += proof.count;
                continue;
            }
            let Some(conns) = expressible(conns) else {
                self.notes
                    .push(format!("{title}: ICMP ({}) is nothing that NetworkPolicy can speak of", proof.at));
                continue;
            };
            if direction == Direction::Egress && self.is_dns(party, &conns) {
                continue;
            }
            let Some((peers, ranges)) = self.peers(&workload.namespace, direction, party, proof, &title)
            else {
                continue;
            };
            // Each peer is once in a policy where that is possible: its connections are gathered first.
            let side = &mut sides[direction as usize];
            let gathered = side.entry(conns).or_default();
            gathered.peers.extend(peers);
            gathered.ranges.extend(ranges);
            gathered.comments.push(comment(&party.title(self.input), proof));
        }
        if probes > 0 {
            head.push(format!(
                "Probes and other traffic from the pod's own node ({}) need no rule: every plugin lets it in.",
                flows(probes)
            ));
        }
        let [ingress, egress] = sides.map(|side| self.rules(side));
        let mut egress = egress;
        egress.insert(0, dns_rule());
        Draft {
            namespace: workload.namespace.clone(),
            name: policy_name(workload),
            workload: Some(index),
            head,
            selector: chosen.labels,
            ingress,
            egress,
        }
    }

    /// Rules of one direction: peers with the same connections are together.
    fn rules(&self, side: BTreeMap<Conns, Gathered>) -> Vec<DraftRule> {
        let mut by_peer: BTreeMap<DraftPeer, Conns> = BTreeMap::new();
        let mut rules: BTreeMap<Conns, (BTreeSet<DraftPeer>, Vec<String>)> = BTreeMap::new();
        for (conns, gathered) in &side {
            for peer in &gathered.peers {
                let known = by_peer.entry(peer.clone()).or_default();
                *known = known.union(conns);
            }
        }
        for (conns, gathered) in side {
            let ranges: Vec<(IpAddr, IpAddr)> = gathered.ranges.into_iter().collect();
            for block in blocks(&ranges, &self.options.aggregate) {
                rules.entry(conns.clone()).or_default().0.insert(DraftPeer::Block(block));
            }
            // The comments go where the first peer goes.
            let home =
                gathered.peers.iter().next().and_then(|peer| by_peer.get(peer)).unwrap_or(&conns).clone();
            let home = if ranges.is_empty() { home } else { conns };
            rules.entry(home).or_default().1.extend(gathered.comments);
        }
        for (peer, conns) in by_peer {
            rules.entry(conns).or_default().0.insert(peer);
        }
        rules
            .into_iter()
            .filter(|(_, (peers, _))| !peers.is_empty())
            .map(|(conns, (peers, comments))| DraftRule {
                comments,
                peers: peers.into_iter().collect(),
                conns,
            })
            .collect()
    }

    /// How a party is named in a policy. `None`, with a gap, if it cannot be.
    pub(super) fn peers(
        &mut self,
        own: &str,
        direction: Direction,
        party: &Party,
        proof: &Proof,
        title: &str,
    ) -> Option<Named> {
        let way = if direction == Direction::Ingress { "from" } else { "to" };
        let mut gap = |reason: String| {
            let at = if proof.setting.is_empty() {
                proof.at.clone()
            } else {
                format!("{} ({})", proof.at, proof.setting)
            };
            self.gaps.push(Gap { workload: title.to_owned(), at, reason });
        };
        match party {
            Party::Workload(index) => {
                let workload = self.input.workloads.get(*index)?;
                if is_host(workload) {
                    let addresses: Vec<IpAddr> = workload.pods.iter().flat_map(host_addresses).collect();
                    if addresses.is_empty() {
                        gap(format!(
                            "{way} {}: it runs in the network of its node, and that address is not in the input",
                            workload.title()
                        ));
                        return None;
                    }
                    return Some((Vec::new(), addresses.into_iter().map(|one| (one, one)).collect()));
                }
                let chosen = self.chosen.get(*index).cloned().unwrap_or_default();
                let namespace = (workload.namespace != own).then(|| workload.namespace.clone());
                Some((vec![DraftPeer::Pods { namespace, labels: chosen.labels }], Vec::new()))
            }
            Party::Address(_) | Party::Range(..) => Some((Vec::new(), party.addresses())),
            Party::Node { .. } | Party::OwnNode(_) => {
                let addresses = party.addresses();
                if addresses.is_empty() {
                    gap(format!("{way} {}: its address is not known", party.title(self.input)));
                    return None;
                }
                Some((Vec::new(), addresses))
            }
            Party::Name(name) => {
                gap(format!("{way} {name}: NetworkPolicy knows only addresses"));
                None
            }
            Party::Controller => {
                gap("from the ingress controller, which is not known; name it with --ingress-controller"
                    .to_owned());
                None
            }
        }
    }

    /// Whether the rule for DNS covers it already.
    pub(super) fn is_dns(&self, party: &Party, conns: &Conns) -> bool {
        if !dns_conns().includes(conns) {
            return false;
        }
        match party {
            Party::Workload(index) => {
                self.input.workloads.get(*index).is_some_and(|workload| is_dns_workload(workload))
            }
            Party::Address(address) => address.to_string() == DNS_CACHE,
            _ => false,
        }
    }
}

/// Whether these are the pods that the rule for DNS selects.
pub(super) fn is_dns_workload(workload: &Workload) -> bool {
    let labelled = |pod: &crate::input::PodFacts| {
        pod.labels.iter().any(|(key, value)| (key.as_str(), value.as_str()) == DNS_LABEL)
    };
    workload.namespace == DNS_NAMESPACE && !workload.pods.is_empty() && workload.pods.iter().all(labelled)
}

/// UDP and TCP 53.
pub(super) fn dns_conns() -> Conns {
    Conns::one(Protocol::Udp, 53).union(&Conns::one(Protocol::Tcp, 53))
}

/// The rule that every policy for egress has.
pub(super) fn dns_rule() -> DraftRule {
    let labels = vec![(DNS_LABEL.0.into(), DNS_LABEL.1.into())];
    let mut peers = vec![DraftPeer::Pods { namespace: Some(DNS_NAMESPACE.into()), labels }];
    if let Ok(cache) = Cidr::parse(&format!("{DNS_CACHE}/32")) {
        peers.push(DraftPeer::Block(cache));
    }
    DraftRule { comments: vec!["DNS, and its cache on the node.".to_owned()], peers, conns: dns_conns() }
}

/// Whether all pods are in their node's network, where no policy selects them.
pub(super) fn is_host(workload: &Workload) -> bool {
    !workload.pods.is_empty() && workload.pods.iter().all(|pod| pod.host_network)
}

/// The addresses of a pod in its node's network.
pub(super) fn host_addresses(pod: &crate::input::PodFacts) -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = pod.addresses.iter().chain(&pod.host_addresses).copied().collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The connections without those that NetworkPolicy has no word for; none if nothing is left.
pub(super) fn expressible(conns: &Conns) -> Option<Conns> {
    if conns.is_all() {
        return Some(conns.clone());
    }
    let kept = conns.difference(&Conns::other_protocols());
    (!kept.is_empty()).then_some(kept)
}

/// A line that says who, and why.
pub(super) fn comment(title: &str, proof: &Proof) -> String {
    let names = match proof.names.as_slice() {
        [] => String::new(),
        names => {
            format!(" ({})", names.iter().take(3).map(CompactString::as_str).collect::<Vec<_>>().join(", "))
        }
    };
    match proof.confidence {
        Confidence::Observed => {
            let span = match (proof.first, proof.last) {
                (Some(first), Some(last)) if first != last => format!(", {first} to {last}"),
                (Some(first), _) => format!(", {first}"),
                _ => String::new(),
            };
            format!("{title}{names}: {} ({}{span})", proof.at, flows(proof.count))
        }
        sure => format!("{title}{names}: {} ({}, confidence {})", proof.at, proof.setting, sure.name()),
    }
}

/// The name of a workload's policy: its own and its kind's, so that two kinds of one name do not meet.
pub(super) fn policy_name(workload: &Workload) -> CompactString {
    let text = format!("{}-{}", workload.name, workload.kind).to_ascii_lowercase();
    let name: String = text
        .chars()
        .map(
            |letter| {
                if letter.is_ascii_alphanumeric() || letter == '-' || letter == '.' { letter } else { '-' }
            },
        )
        .collect();
    let name: String = name.chars().take(253).collect();
    name.trim_matches(['-', '.']).into()
}
