//! A small network: a namespace for every host, and one for the router between them all.
//!
//! Every host has a wire of its own to the router, and no other neighbour, so that every packet between two
//! hosts passes the router's `forward` hook, where the ruleset is. Addresses stand alone (`/32`, `/128`), so
//! that any address will do. Who has which hardware address is written down beforehand: nobody has to ask.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use crate::client::Agent;
use crate::janitor::Janitor;
use crate::needs::missing;
use crate::{Error, Outcome, Probe, Prober, Transport, tools};

/// A host to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name in probes.
    pub name: String,
    /// Its IPv4 address.
    pub v4: Option<Ipv4Addr>,
    /// Its IPv6 address.
    pub v6: Option<Ipv6Addr>,
}

/// How to start agents and janitors: a program whose hidden commands call [`crate::run_agent`] and
/// [`crate::run_janitor`].
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub executable: PathBuf,
    /// The words for an agent.
    pub agent: Vec<String>,
    /// The words for a janitor; the prefix of the namespaces follows.
    pub janitor: Vec<String>,
}

/// The router's address towards hosts: link-local, so that it is nobody else's.
const ROUTER_V4: &str = "169.254.254.1";
const ROUTER_V6: &str = "fe80::1";

/// How long a probe waits, in milliseconds. The ruleset answers what it denies, so that this is rare.
const PATIENCE: u64 = 1_500;

/// The network while it stands. It is gone when this is dropped, and also when the process dies.
pub struct Lab {
    // In the order in which they have to go: agents, then the namespaces.
    agents: HashMap<String, Agent>,
    router: String,
    no_v6: bool,
    _janitor: Janitor,
}

impl Lab {
    /// Builds it, with nothing in the way of any packet yet, and with servers for all these ports on every
    /// host.
    pub fn build(hosts: &[Host], ports: &[u16], program: &Program) -> Result<Self, Error> {
        static LABS: AtomicU32 = AtomicU32::new(0);
        if let Some(missing) = missing() {
            return Err(missing);
        }
        tools::sweep();
        let prefix = tools::prefix(LABS.fetch_add(1, Ordering::Relaxed));
        let janitor = Janitor::hire(program, &prefix)?;
        let router = format!("{prefix}router");
        let no_v6 = !Path::new("/proc/net/if_inet6").exists();
        let mut lab = Self { agents: HashMap::new(), router: router.clone(), no_v6, _janitor: janitor };
        let namespaces: Vec<String> = (0..hosts.len()).map(|number| format!("{prefix}{number}")).collect();
        let all = std::iter::once(&router).chain(&namespaces);
        tools::run(
            &["ip", "-batch", "-"],
            &all.map(|name| format!("netns add {name}\n")).collect::<String>(),
        )?;
        lab.wire(hosts, &namespaces)?;
        lab.settings(program)?;
        for (host, namespace) in hosts.iter().zip(&namespaces) {
            let mut agent = Agent::start(program, &host.name, namespace)?;
            let wanted = ports.iter().flat_map(|port| {
                [Transport::Tcp, Transport::Udp].map(|transport| format!("serve {} {port}", transport.word()))
            });
            agent.order(&wanted.collect::<Vec<_>>())?;
            if lab.agents.insert(host.name.clone(), agent).is_some() {
                return Err(Error::Host(host.name.clone(), "there is another of this name"));
            }
        }
        Ok(lab)
    }

    /// Whether the machine has no IPv6: hosts then have no IPv6 address.
    pub fn lacks_v6(&self) -> bool {
        self.no_v6
    }

    /// Puts a ruleset into the router, in place of the one that is there.
    pub fn load(&mut self, ruleset: &str) -> Result<(), Error> {
        let text = format!("flush ruleset\n{ruleset}");
        tools::run(&["ip", "netns", "exec", &self.router, "nft", "-f", "-"], &text).map(drop)
    }

    fn wire(&self, hosts: &[Host], namespaces: &[String]) -> Result<(), Error> {
        let mut router = format!("link set lo up\naddress add {ROUTER_V4}/32 dev lo\n");
        if !self.no_v6 {
            // Whom answers about IPv6 come from.
            router.push_str("address add fd69:6879::1/128 dev lo nodad\n");
        }
        for (number, (host, namespace)) in hosts.iter().zip(namespaces).enumerate() {
            let (near, far) = (hardware(number, 1), hardware(number, 2));
            let _ = writeln!(
                router,
                "link add v{number} address {near} type veth peer name eth0 address {far} netns {namespace}"
            );
            let _ = writeln!(router, "link set v{number} up");
            for (address, _) in self.addresses(host) {
                let _ = writeln!(router, "neighbor add {address} lladdr {far} dev v{number} nud permanent");
                let _ = writeln!(router, "route add {address} dev v{number}");
            }
        }
        tools::run(&["ip", "-n", &self.router, "-batch", "-"], &router)?;
        for (number, (host, namespace)) in hosts.iter().zip(namespaces).enumerate() {
            let near = hardware(number, 1);
            let mut text = "link set lo up\nlink set eth0 up\n".to_owned();
            for (address, gateway) in self.addresses(host) {
                let no_dad = if address.is_ipv6() { " nodad" } else { "" };
                let length = if address.is_ipv6() { 128 } else { 32 };
                let _ = writeln!(text, "address add {address}/{length} dev eth0{no_dad}");
                let _ = writeln!(text, "neighbor add {gateway} lladdr {near} dev eth0 nud permanent");
                if address.is_ipv4() {
                    let _ = writeln!(text, "route add {gateway} dev eth0 scope link");
                }
                let _ = writeln!(text, "route add default via {gateway} dev eth0");
            }
            tools::run(&["ip", "-n", namespace, "-batch", "-"], &text)?;
        }
        Ok(())
    }

    /// The addresses that a host can have here, each with the router's.
    fn addresses(&self, host: &Host) -> Vec<(IpAddr, &'static str)> {
        let v4 = host.v4.map(|address| (address.into(), ROUTER_V4));
        let v6 = host.v6.filter(|_| !self.no_v6).map(|address| (address.into(), ROUTER_V6));
        v4.into_iter().chain(v6).collect()
    }

    fn settings(&self, program: &Program) -> Result<(), Error> {
        let mut agent = Agent::start(program, "router", &self.router)?;
        let set =
            |settings: &[&str]| -> Vec<String> { settings.iter().map(|one| format!("set {one}")).collect() };
        agent.order(&set(&["net/ipv4/ip_forward 1"]))?;
        if !self.no_v6 {
            agent.order(&set(&["net/ipv6/conf/all/forwarding 1"]))?;
        }
        // So that thousands of refusals are answered at once, and connections are forgotten soon. Not every
        // kernel has all of them.
        agent.suggest(&set(&[
            "net/ipv4/conf/all/rp_filter 0",
            "net/ipv4/icmp_ratelimit 0",
            "net/ipv4/icmp_ratemask 0",
            "net/ipv6/icmp/ratelimit 0",
            "net/ipv6/icmp/ratemask 2",
            "net/netfilter/nf_conntrack_tcp_timeout_time_wait 1",
            "net/netfilter/nf_conntrack_tcp_timeout_close 1",
            "net/netfilter/nf_conntrack_udp_timeout 5",
            "net/netfilter/nf_conntrack_udp_timeout_stream 5",
        ]))
    }
}

/// A hardware address of the private sort.
fn hardware(number: usize, side: u8) -> String {
    format!("02:00:{:02x}:{:02x}:00:{side:02x}", number >> 8 & 0xff, number & 0xff)
}

impl Prober for Lab {
    fn probe_all(&mut self, probes: &[Probe]) -> Result<Vec<Outcome>, Error> {
        let mut by_host: HashMap<&str, Vec<(usize, &Probe)>> = HashMap::new();
        for (id, probe) in probes.iter().enumerate() {
            if !self.agents.contains_key(&probe.from) {
                return Err(Error::NoHost(probe.from.clone()));
            }
            by_host.entry(&probe.from).or_default().push((id, probe));
        }
        let by_host = &by_host;
        let answered = thread::scope(|scope| {
            let running: Vec<_> = self
                .agents
                .iter_mut()
                .filter_map(|(host, agent)| {
                    let own = by_host.get(host.as_str())?;
                    Some(scope.spawn(move || agent.probe(own, PATIENCE)))
                })
                .collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|_| {
                    Err(Error::Agent { host: "all".to_owned(), message: "a thread died".to_owned() })
                })
            };
            running.into_iter().map(join).collect::<Result<Vec<_>, Error>>()
        })?;
        let mut outcomes = vec![Outcome::TimedOut; probes.len()];
        for (id, outcome) in answered.into_iter().flatten() {
            if let Some(slot) = outcomes.get_mut(id) {
                *slot = outcome;
            }
        }
        Ok(outcomes)
    }
}
