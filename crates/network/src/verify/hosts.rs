//! Who takes part: pods and nodes with addresses, and addresses outside of the cluster.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::points;
use crate::input::{Input, Workload};

/// A host that takes part.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// `shop/web[Deployment]#2`, `203.0.113.7`.
    pub title: String,
    /// What it is.
    pub kind: HostKind,
    /// Its IPv4 address.
    pub v4: Option<Ipv4Addr>,
    /// Its IPv6 address.
    pub v6: Option<Ipv6Addr>,
}

/// What a host is.
#[derive(Clone, Debug, PartialEq)]
pub enum HostKind {
    /// A pod: the place of its workload in the input, and its place there.
    Pod {
        /// The workload.
        workload: usize,
        /// The pod.
        pod: usize,
    },
    /// A node, by name.
    Node(String),
    /// Something outside of the cluster.
    Outside,
}

/// An input in which every pod has addresses, and the hosts that these make.
#[derive(Clone, Debug)]
pub struct Addressed {
    /// The input. A workload that may run several pods has at least two.
    pub input: Input,
    /// Its pods and nodes.
    pub hosts: Vec<Host>,
}

/// At most so many addresses of each family outside of the cluster.
const MOST_OUTSIDE: usize = 16;

/// Gives addresses to pods and nodes. One that is known is kept where a host can have it.
pub fn addressed(input: &Input, left_out: &mut Vec<String>) -> Addressed {
    let mut input = input.clone();
    one_of_each_name(&mut input, left_out);
    let mut pool = Pool::default();
    for address in input.workloads.iter().flat_map(|one| &one.pods).flat_map(|pod| &pod.addresses) {
        pool.reserved.insert(*address);
    }
    for address in input.nodes.iter().flat_map(|node| &node.addresses) {
        pool.reserved.insert(*address);
    }
    let mut hosts = Vec::new();
    let mut host_network = 0;
    for (place, workload) in input.workloads.iter_mut().enumerate() {
        let workload = Arc::make_mut(workload);
        add_replica(workload);
        let title = workload.title();
        let many = workload.pods.len() > 1;
        for (index, pod) in workload.pods.iter_mut().enumerate() {
            if pod.host_network {
                host_network += 1;
                pod.addresses.clear();
                continue;
            }
            let (v4, v6) = pool.settle(&mut pod.addresses, false);
            hosts.push(Host {
                title: if many { format!("{title}#{}", index + 1) } else { title.clone() },
                kind: HostKind::Pod { workload: place, pod: index },
                v4,
                v6,
            });
        }
    }
    if host_network > 0 {
        left_out.push(format!(
            "{host_network} pods with hostNetwork: they are their node, and have no network of their own"
        ));
    }
    for node in &mut input.nodes {
        let (v4, v6) = pool.settle(&mut node.addresses, true);
        hosts.push(Host {
            title: format!("{}[Node]", node.name),
            kind: HostKind::Node(node.name.to_string()),
            v4,
            v6,
        });
    }
    Addressed { input, hosts }
}

/// Of workloads with the same name and kind the last one counts, as if they were applied in order.
fn one_of_each_name(input: &mut Input, left_out: &mut Vec<String>) {
    let before = input.workloads.len();
    let mut seen = FxHashSet::default();
    input.workloads.reverse();
    input.workloads.retain(|workload| seen.insert(workload.title()));
    input.workloads.reverse();
    if input.workloads.len() < before {
        left_out.push(format!(
            "{} workloads that a later one of the same name replaces",
            before - input.workloads.len()
        ));
    }
}

/// A workload that may run several pods is tried with two: its pods talk to each other too.
fn add_replica(workload: &mut Workload) {
    if workload.many
        && let [only] = workload.pods.as_slice()
    {
        let mut second = only.clone();
        second.addresses.clear();
        workload.pods.push(second);
    }
}

/// Addresses to give away.
#[derive(Default)]
struct Pool {
    reserved: FxHashSet<IpAddr>,
    used: FxHashSet<IpAddr>,
    given: u32,
}

impl Pool {
    /// Leaves one address of each family: the own ones where they can be used, else new ones.
    fn settle(&mut self, addresses: &mut Vec<IpAddr>, node: bool) -> (Option<Ipv4Addr>, Option<Ipv6Addr>) {
        let known: Vec<IpAddr> = std::mem::take(addresses);
        for v4 in [true, false] {
            let own = known
                .iter()
                .copied()
                .find(|one| one.is_ipv4() == v4 && points::is_usable(*one) && !self.used.contains(one));
            let address = own.unwrap_or_else(|| self.next(v4, node));
            self.used.insert(address);
            addresses.push(address);
        }
        let v4 = addresses.iter().find_map(|one| if let IpAddr::V4(one) = one { Some(*one) } else { None });
        let v6 = addresses.iter().find_map(|one| if let IpAddr::V6(one) = one { Some(*one) } else { None });
        (v4, v6)
    }

    fn next(&mut self, v4: bool, node: bool) -> IpAddr {
        loop {
            self.given += 1;
            let given = self.given % 0xffff;
            let address: IpAddr = match (v4, node) {
                (true, false) => Ipv4Addr::from_bits(Ipv4Addr::new(10, 244, 0, 0).to_bits() + given).into(),
                (true, true) => Ipv4Addr::from_bits(Ipv4Addr::new(172, 31, 0, 0).to_bits() + given).into(),
                (false, false) => Ipv6Addr::from_bits(
                    Ipv6Addr::new(0xfd00, 0x10, 0x244, 0, 0, 0, 0, 0).to_bits() + u128::from(given),
                )
                .into(),
                (false, true) => Ipv6Addr::from_bits(
                    Ipv6Addr::new(0xfd00, 0x172, 0x31, 0, 0, 0, 0, 0).to_bits() + u128::from(given),
                )
                .into(),
            };
            // Far more addresses than a machine has room for namespaces.
            if !self.used.contains(&address) && !self.reserved.contains(&address) || self.given > 0xf_ffff {
                return address;
            }
        }
    }
}

/// Keeps at most so many pods.
pub(super) fn limit(hosts: &mut Vec<Host>, most: Option<usize>, left_out: &mut Vec<String>) {
    let Some(most) = most else { return };
    let pods = hosts.iter().filter(|host| matches!(host.kind, HostKind::Pod { .. })).count();
    if pods > most {
        let mut seen = 0;
        hosts.retain(|host| {
            let pod = matches!(host.kind, HostKind::Pod { .. });
            seen += usize::from(pod);
            !pod || seen <= most
        });
        left_out.push(format!("{} of {pods} pods: the limit is {most}", pods - most));
    }
}

/// Hosts outside of the cluster: one that no policy is likely to mean, and the addresses on both sides of
/// every boundary that a policy draws.
pub(super) fn outside(input: &Input, left_out: &mut Vec<String>) -> Vec<Host> {
    let (mut v4, mut v6) = points::boundaries(input);
    v4.insert(0, Ipv4Addr::new(203, 0, 113, 7));
    v6.insert(0, Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7));
    let taken: FxHashSet<IpAddr> = input
        .workloads
        .iter()
        .flat_map(|one| &one.pods)
        .flat_map(|pod| &pod.addresses)
        .chain(input.nodes.iter().flat_map(|node| &node.addresses))
        .copied()
        .collect();
    let mut seen = FxHashSet::default();
    let mut free =
        |address: IpAddr| points::is_usable(address) && !taken.contains(&address) && seen.insert(address);
    v4.retain(|address| free((*address).into()));
    v6.retain(|address| free((*address).into()));
    let cut = v4.len().saturating_sub(MOST_OUTSIDE) + v6.len().saturating_sub(MOST_OUTSIDE);
    if cut > 0 {
        left_out
            .push(format!("{cut} addresses outside of the cluster that lie at boundaries of address blocks"));
    }
    v4.truncate(MOST_OUTSIDE);
    v6.truncate(MOST_OUTSIDE);
    (0..v4.len().max(v6.len()))
        .map(|index| {
            let (v4, v6) = (v4.get(index).copied(), v6.get(index).copied());
            let names: Vec<String> =
                v4.map(|one| one.to_string()).into_iter().chain(v6.map(|one| one.to_string())).collect();
            Host { title: names.join(" or "), kind: HostKind::Outside, v4, v6 }
        })
        .collect()
}

/// The same cluster with addresses of one family only.
pub fn of_family(input: &Input, v4: bool) -> Input {
    let mut input = input.clone();
    for pod in input.workloads.iter_mut().flat_map(|workload| &mut Arc::make_mut(workload).pods) {
        pod.addresses.retain(|address| address.is_ipv4() == v4);
    }
    for node in &mut input.nodes {
        node.addresses.retain(|address| address.is_ipv4() == v4);
    }
    input
}
