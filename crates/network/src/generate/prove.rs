//! The proof: what was written is read back, and every flow is asked.

use core::net::IpAddr;
use std::collections::BTreeMap;
use std::sync::Arc;

use ironhull_manifest::{Limits, read_owned};
use ironhull_value::{Interner, Value};
use ironhull_world::{Catalog, objects_of};
use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};

use super::blocks::of_range;
use super::draft::{DNS_CACHE, dns_conns, is_dns_workload, is_host};
use super::evidence::{Confidence, Evidence};
use super::{Allowed, Coverage, Generated, Options};
use crate::algebra::{AddressSet, Conns};
use crate::ends::{EndKind, ShownEnd};
use crate::engine::{Network, Solver};
use crate::entry::Entries;
use crate::flows::{FlowFile, Outcome, Party, Resolved};
use crate::input::{Input, Workload};
use crate::list::list;
use crate::policy::{Context, Policy, ReadPolicies, read_object};
use crate::simulate::{Mode, simulate, with_policies};

/// Why generated policies are withheld.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The text is not the YAML that it should be.
    #[error(
        "the generated policy {0} does not read back: {1}. This is a fault of ironhull; nothing was written"
    )]
    NotRead(String, String),
}

pub(super) fn prove(
    resolved: &Resolved,
    files: &[FlowFile],
    evidence: &Evidence,
    options: &Options,
    generated: &mut Generated,
) -> Result<(), ProofError> {
    let policies = read_back(generated)?;
    let judged = Resolved {
        flows: resolved
            .flows
            .iter()
            .filter(|flow| {
                flow.outcome != Outcome::Denied && super::draft::expressible(&flow.conns).is_some()
            })
            .map(|flow| {
                let mut flow = flow.clone();
                if !flow.conns.is_all() {
                    flow.conns = flow.conns.difference(&Conns::other_protocols());
                }
                flow
            })
            .collect(),
        ..resolved.clone()
    };
    let simulation = simulate(&judged, files, &policies, Mode::Add, options.profile);
    generated.proven = simulation.counts.allowed;
    generated.broken = simulation.breaks;
    generated.not_judged = simulation.not_judged;
    allowed(resolved, &policies, evidence, options, generated);
    coverage(resolved, evidence, options, generated);
    Ok(())
}

/// The policies as any other program will read them.
fn read_back(generated: &Generated) -> Result<Vec<Arc<Policy>>, ProofError> {
    let mut read = ReadPolicies::default();
    for written in &generated.policies {
        let name = format!("{}/{}.yaml", written.namespace, written.name);
        let wrong = |reason: String| ProofError::NotRead(name.clone(), reason);
        let parsed = read_owned(
            name.clone(),
            written.text.clone().into_bytes(),
            &Limits::default(),
            &mut Interner::new(),
        );
        if let Some(diagnostic) = parsed.diagnostics.first() {
            return Err(wrong(diagnostic.message.clone()));
        }
        let [document] = <[_; 1]>::try_from(parsed.documents)
            .map_err(|found| wrong(format!("{} documents", found.len())))?;
        let loaded = objects_of(&Arc::new(document), None, "", &Catalog::new());
        if let Some(malformed) = loaded.malformed.first() {
            return Err(wrong(malformed.reason.to_string()));
        }
        let before = read.policies.len();
        for object in loaded.objects {
            read_object(&Arc::new(object), &Context::default(), &mut read);
        }
        if let Some(problem) = read.problems.first() {
            return Err(wrong(problem.message.clone()));
        }
        let policy = read.policies.get(before).filter(|_| read.policies.len() == before + 1);
        match policy {
            Some(policy) if policy.name == written.name && policy.namespace == written.namespace => {}
            _ => return Err(wrong("it is not the one policy that was written".to_owned())),
        }
    }
    Ok(read.policies)
}

/// What there is evidence for, to be taken from what is allowed.
struct Needed {
    pairs: FxHashMap<(usize, usize), Conns>,
    /// By workload and by whether it is the source.
    outside: FxHashMap<(usize, bool), Vec<(AddressSet, Conns)>>,
}

impl Needed {
    fn of(input: &Input, evidence: &Evidence) -> Self {
        let mut new = Self { pairs: FxHashMap::default(), outside: FxHashMap::default() };
        let host = |index: usize| input.workloads.get(index).is_some_and(|workload| is_host(workload));
        for (from, to, conns, _) in evidence.iter() {
            match (from, to) {
                (Party::Workload(from), Party::Workload(to)) if !host(*from) && !host(*to) => {
                    new.pair(*from, *to, conns);
                }
                (Party::Workload(own), other) if !host(*own) => new.address(input, *own, true, other, conns),
                (other, Party::Workload(own)) => new.address(input, *own, false, other, conns),
                _ => {}
            }
        }
        let all = input.workloads.iter().enumerate();
        let dns: Vec<usize> =
            all.filter(|(_, workload)| is_dns_workload(workload)).map(|(index, _)| index).collect();
        for (index, _) in input.workloads.iter().enumerate().filter(|(_, workload)| !is_host(workload)) {
            for &dns in &dns {
                new.pair(index, dns, &dns_conns());
            }
            if let Ok(cache) = DNS_CACHE.parse::<IpAddr>() {
                new.address(input, index, true, &Party::Address(cache), &dns_conns());
            }
        }
        new
    }

    fn pair(&mut self, from: usize, to: usize, conns: &Conns) {
        let known = self.pairs.entry((from, to)).or_default();
        *known = known.union(conns);
    }

    fn address(&mut self, input: &Input, own: usize, source: bool, other: &Party, conns: &Conns) {
        let ranges = match other {
            Party::Workload(index) => {
                let pods =
                    input.workloads.get(*index).map(|workload| workload.pods.as_slice()).unwrap_or_default();
                pods.iter().flat_map(super::draft::host_addresses).map(|one| (one, one)).collect()
            }
            other => other.addresses(),
        };
        let set = ranges
            .into_iter()
            .fold(AddressSet::none(), |set, (first, last)| set.union(&of_range(first, last)));
        let known = self.outside.entry((own, source)).or_default();
        match known.iter_mut().find(|(_, own)| own == conns) {
            Some((own, _)) => *own = own.union(&set),
            None => known.push((set, conns.clone())),
        }
    }

    fn towards(&self, own: usize, source: bool, range: &AddressSet) -> Conns {
        let Some(known) = self.outside.get(&(own, source)) else { return Conns::none() };
        let mut found = Conns::none();
        for (_, conns) in known {
            let with = known.iter().filter(|(_, own)| own.includes(conns));
            let all = with.fold(AddressSet::none(), |all, (set, _)| all.union(set));
            if all.includes(range) {
                found = found.union(conns);
            }
        }
        found
    }
}

/// What the policies allow, with evidence and beyond it, between ends of which one has a generated policy.
/// Present NetworkPolicies are left out: this is about the new ones. Policies of other kinds stay.
fn allowed(
    resolved: &Resolved,
    policies: &[Arc<Policy>],
    evidence: &Evidence,
    options: &Options,
    generated: &mut Generated,
) {
    let mut base = resolved.input.clone();
    base.policies.retain(|policy| policy.kind != "NetworkPolicy");
    let input = with_policies(&base, policies, Mode::Add);
    let network = Network::new(&input, options.profile);
    let mut solver = Solver::default();
    let needed = Needed::of(&input, evidence);
    let places: FxHashMap<String, usize> =
        input.workloads.iter().enumerate().rev().map(|(index, workload)| (workload.title(), index)).collect();
    let place = |end: &ShownEnd| {
        let entry = end.workload().and_then(|id| network.workload(id))?;
        places.get(&entry.workload.title()).copied()
    };
    let mut covered = vec![false; network.class_bound()];
    let own: FxHashSet<*const Policy> = policies.iter().map(Arc::as_ptr).collect();
    for (id, _) in network.policies().filter(|(_, policy)| own.contains(&Arc::as_ptr(policy))) {
        for &class in network.selected(id) {
            if let Some(slot) = covered.get_mut(class as usize) {
                *slot = true;
            }
        }
    }
    let is_covered =
        |end: &ShownEnd| end.class.and_then(|class| covered.get(class as usize)).copied().unwrap_or(false);
    let list_options = crate::list::Options { own: true, ..crate::list::Options::default() };
    let listed = list(&network, &mut solver, &Entries::default(), &list_options);
    let row = |from: &ShownEnd, to: &ShownEnd, conns: &Conns| Allowed {
        from: from.title.clone(),
        to: to.title.clone(),
        connections: conns.to_string(),
    };
    for connection in &listed.connections {
        let (Some(from), Some(to)) =
            (listed.ends.get(connection.from as usize), listed.ends.get(connection.to as usize))
        else {
            continue;
        };
        if !is_covered(from) && !is_covered(to) {
            continue;
        }
        let known = match (place(from), place(to)) {
            (Some(from), Some(to)) => needed.pairs.get(&(from, to)).cloned().unwrap_or_default(),
            (Some(own), None) => {
                range_of(&network, to).map(|range| needed.towards(own, true, &range)).unwrap_or_default()
            }
            (None, Some(own)) => {
                range_of(&network, from).map(|range| needed.towards(own, false, &range)).unwrap_or_default()
            }
            (None, None) => continue,
        };
        let all = &solver.verdict(connection.verdict).allowed;
        let (used, rest) = (all.intersection(&known), all.difference(&known));
        if !used.is_empty() {
            generated.needed.push(row(from, to, &used));
        }
        if !rest.is_empty() {
            generated.excess.push(row(from, to, &rest));
        }
    }
    for rows in [&mut generated.needed, &mut generated.excess] {
        rows.sort_unstable();
        rows.dedup();
    }
}

fn range_of(network: &Network, end: &ShownEnd) -> Option<AddressSet> {
    match &end.kind {
        EndKind::Addresses(first, last) => Some(of_range(*first, *last)),
        EndKind::Node | EndKind::Workload(_) => {
            let class = network.class(end.class?)?;
            Some(
                class
                    .addresses()
                    .iter()
                    .fold(AddressSet::none(), |set, one| set.union(&of_range(*one, *one))),
            )
        }
        EndKind::Controller | EndKind::Name(_) => None,
    }
}

/// A line of the coverage, with the first and last time and the workload.
type Row<'w> = (Coverage, Option<Timestamp>, Option<Timestamp>, &'w Workload);

/// What is known of each workload, and of which nothing is.
fn coverage(resolved: &Resolved, evidence: &Evidence, options: &Options, generated: &mut Generated) {
    let input = &resolved.input;
    let mut rows: BTreeMap<String, Row<'_>> = BTreeMap::new();
    let wanted = |workload: &Workload| {
        options.namespaces.is_empty() || options.namespaces.contains(&workload.namespace)
    };
    let of_workload: FxHashMap<&str, &super::Written> =
        generated.policies.iter().map(|policy| (policy.workload.as_str(), policy)).collect();
    for workload in input.workloads.iter().take(resolved.known).filter(|workload| wanted(workload)) {
        let policy = of_workload.get(workload.title().as_str());
        let row = Coverage {
            workload: workload.title(),
            policy: policy.map(|policy| format!("{}/{}", policy.namespace, policy.name)).unwrap_or_default(),
            ..Coverage::default()
        };
        rows.entry(workload.title()).or_insert((row, None, None, workload));
    }
    for (from, to, _, proof) in evidence.iter() {
        let mut ends = vec![from, to];
        ends.dedup();
        for end in ends {
            let Some((row, first, last, _)) = rows.get_mut(&end.title(input)) else { continue };
            if proof.confidence == Confidence::Observed {
                row.flows += proof.count;
            } else {
                row.addresses += proof.count;
            }
            *first = [*first, proof.first].into_iter().flatten().min();
            *last = (*last).max(proof.last);
        }
    }
    let times: Vec<Timestamp> = resolved.flows.iter().filter_map(|flow| flow.time).collect();
    let window = times.iter().min().zip(times.iter().max());
    for (title, (mut row, first, last, workload)) in rows {
        row.first = first.map(|time| time.to_string());
        row.last = last.map(|time| time.to_string());
        let schedule =
            workload.object.as_ref().and_then(|object| object.value.dig_str(&["spec", "schedule"]));
        let host = is_host(workload);
        row.note = if host {
            "in the network of its node, where no NetworkPolicy selects it".to_owned()
        } else if row.flows == 0 && window.is_some() && matches!(workload.kind.as_str(), "CronJob" | "Job") {
            let when = schedule.map(|schedule| format!(" (schedule {schedule:?})")).unwrap_or_default();
            let (from, to) = window.map(|(from, to)| (from.to_string(), to.to_string())).unwrap_or_default();
            format!("it may not have run{when} while flows were seen, {from} to {to}")
        } else {
            String::new()
        };
        if !host && row.flows == 0 && row.addresses == 0 && runs(workload) {
            generated.without_evidence.push(title);
        }
        generated.coverage.push(row);
    }
}

/// Whether a workload is meant to have pods at all.
fn runs(workload: &Workload) -> bool {
    let count = workload
        .object
        .as_ref()
        .and_then(|object| object.value.dig(&["spec", "replicas"]))
        .and_then(Value::as_i64);
    count != Some(0)
}
