//! A list of connections as `list -o json` writes it, read back.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ironhull_network::algebra::{Conns, PortSet, Protocol};

use crate::worlds;

/// An end: a workload by namespace and name, or addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Workload(String),
    Addresses(u32, u32),
}

impl End {
    /// `a/web[Deployment]`, `10.0.0.0-10.0.0.255[External]`, `10.0.0.1`.
    fn read(title: &str) -> Self {
        let name = title.split_once('[').map_or(title, |(name, _)| name);
        let (first, last) = name.split_once('-').unwrap_or((name, name));
        match (first.parse::<Ipv4Addr>(), last.parse::<Ipv4Addr>()) {
            (Ok(first), Ok(last)) => Self::Addresses(first.to_bits(), last.to_bits()),
            _ => Self::Workload(name.to_owned()),
        }
    }

    /// For a packet: the first of the addresses.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Workload(name) => name.clone(),
            Self::Addresses(first, _) => Ipv4Addr::from_bits(*first).to_string(),
        }
    }

    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Addresses(first, last), Self::Addresses(address, _)) => {
                first <= address && address <= last
            }
            _ => self == other,
        }
    }
}

/// The rows of a list.
#[derive(Debug)]
pub(super) struct Listed(Vec<(End, End, Conns)>);

impl Listed {
    pub(super) fn read(text: &str) -> Self {
        let value = worlds::value(text);
        let rows = value.as_array().expect("a list of connections").iter().map(|row| {
            let text = |field: &str| row.dig_str(&[field]).unwrap_or_else(|| panic!("no {field}: {row:?}"));
            (End::read(text("src")), End::read(text("dst")), conns(text("conn")))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort();
        Self(rows)
    }

    /// The rows, sorted. Releases differ in whether `[External]` stands behind addresses.
    pub(super) fn rows(&self) -> &[(End, End, Conns)] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Every pair of ends that stands in either list, addresses by the first of each range of both.
    pub(super) fn pairs_with(&self, other: &Self) -> BTreeSet<(End, End)> {
        let all: Vec<_> = self.0.iter().chain(&other.0).collect();
        let single = |end: &End| match end {
            End::Addresses(first, _) => End::Addresses(*first, *first),
            workload @ End::Workload(_) => workload.clone(),
        };
        let ends: BTreeSet<End> = all.iter().flat_map(|(from, to, _)| [single(from), single(to)]).collect();
        let is_inside = |end: &End| matches!(end, End::Workload(_));
        let pairs = ends.iter().flat_map(|from| ends.iter().map(move |to| (from.clone(), to.clone())));
        pairs.filter(|(from, to)| from != to && (is_inside(from) || is_inside(to))).collect()
    }

    /// What the list allows; `to` and `from` are single addresses where they are addresses.
    pub(super) fn allowed(&self, from: &End, to: &End) -> Conns {
        let mut rows = self.0.iter().filter(|(own, other, _)| own.covers(from) && other.covers(to));
        let found = rows.next().map(|(_, _, conns)| conns.clone()).unwrap_or_default();
        assert!(rows.next().is_none(), "two rows for {from:?} => {to:?}");
        found
    }
}

/// `All Connections`, `SCTP 1-65535,TCP 80,443`.
fn conns(text: &str) -> Conns {
    let mut found = Conns::none();
    if text == "All Connections" {
        return Conns::all();
    }
    let mut protocol = None;
    for part in text.split(',').filter(|_| text != "No Connections") {
        let ports = part.split_once(' ').map_or(part, |(name, ports)| {
            protocol = Protocol::of(name);
            ports
        });
        let (low, high) = ports.split_once('-').unwrap_or((ports, ports));
        let port = |text: &str| text.parse::<u16>().unwrap_or_else(|error| panic!("{text}: {error}"));
        let protocol = protocol.unwrap_or_else(|| panic!("no protocol in {text:?}"));
        found = found.union(&Conns::of(protocol, PortSet::range(port(low), port(high))));
    }
    found
}
