//! Connections to pods that do not exist: the names of their ports stand for numbers that nobody knows yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use compact_str::CompactString;

use crate::algebra::{Conns, PortSet, Protocol};
use crate::policy::{PortMatch, Ports};

/// A set of connections in which ports can have names.
///
/// It behaves as the connection sets of netpol-analyzer do, whose answers it has to repeat: a name is a port
/// of its own, different from every number, and of the intersection of two sets the names of the first are
/// kept (`pkg/netpol/internal/common/connectionset.go`, `portset.go`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedConns {
    all: bool,
    /// By protocol; `None` is whichever the pod gives the name.
    parts: BTreeMap<Option<Protocol>, Part>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    ports: PortSet,
    names: BTreeSet<CompactString>,
    /// Names that were taken away.
    except: BTreeSet<CompactString>,
}

impl Part {
    fn all() -> Self {
        Self { ports: PortSet::all(), ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        self.ports.is_empty() && self.names.is_empty()
    }

    fn is_all(&self) -> bool {
        self.ports.is_all() && self.names.is_empty() && self.except.is_empty()
    }

    fn add(&mut self, other: &Self) {
        self.ports = self.ports.union(&other.ports);
        for name in &other.names {
            self.names.insert(name.clone());
            self.except.remove(name);
        }
        for name in &other.except {
            if !self.names.contains(name) {
                self.except.insert(name.clone());
            }
        }
    }
}

/// The ports that a pod declares: name, protocol, number.
pub(super) type Declared<'a> = &'a [(CompactString, Protocol, u16)];

impl NamedConns {
    /// Every connection.
    pub fn all() -> Self {
        Self { all: true, parts: BTreeMap::new() }
    }

    /// No connection.
    pub fn none() -> Self {
        Self::default()
    }

    /// One port.
    pub fn one(protocol: Protocol, port: u16) -> Self {
        let mut conns = Self::none();
        conns.insert(Some(protocol), Part { ports: PortSet::one(port), ..Part::default() });
        conns
    }

    /// The ports of a rule. Without a destination names stay names.
    pub(super) fn of_rule(ports: &Ports, to: Option<Declared<'_>>, first_only: bool) -> Self {
        let of = |items: &[PortMatch]| {
            let mut conns = Self::none();
            for item in items {
                conns.insert_match(item, to, first_only);
            }
            conns
        };
        let mut conns = ports.only.as_deref().map_or_else(Self::all, of);
        conns.subtract(&of(&ports.except));
        conns
    }

    fn insert_match(&mut self, item: &PortMatch, to: Option<Declared<'_>>, first_only: bool) {
        match (item, to) {
            (PortMatch::Numbers(conns), _) => self.insert_numbers(conns),
            (PortMatch::Named { protocol, name }, None) => {
                self.insert(*protocol, Part { names: BTreeSet::from([name.clone()]), ..Part::default() });
            }
            (PortMatch::Named { protocol, name }, Some(declared)) => {
                let fits = |own: Protocol| protocol.is_none_or(|wanted| wanted == own);
                let mut named = declared.iter().filter(|(own, _, _)| own == name);
                let found = if first_only {
                    named.next().filter(|(_, own, _)| fits(*own))
                } else {
                    named.find(|(_, own, _)| fits(*own))
                };
                if let Some(&(_, protocol, number)) = found {
                    self.insert_numbers(&Conns::one(protocol, number));
                }
            }
        }
    }

    fn insert_numbers(&mut self, conns: &Conns) {
        for protocol in Protocol::ALL {
            let ports = conns.ports(protocol);
            if !ports.is_empty() {
                self.insert(Some(protocol), Part { ports: ports.clone(), ..Part::default() });
            }
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers make the part for it")]
    fn insert(&mut self, protocol: Option<Protocol>, part: Part) {
        self.parts.entry(protocol).or_default().add(&part);
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        !self.all && self.parts.values().all(Part::is_empty)
    }

    /// Whether everything is in it.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// Whether this port is in it, by its number.
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        self.all || self.parts.get(&Some(protocol)).is_some_and(|part| part.ports.contains(port))
    }

    /// Everything that is said by number.
    pub fn numbers(&self) -> Conns {
        if self.all {
            return Conns::all();
        }
        self.parts.iter().fold(Conns::none(), |conns, (protocol, part)| match protocol {
            Some(protocol) => conns.union(&Conns::of(*protocol, part.ports.clone())),
            None => conns,
        })
    }

    /// Writes every protocol out.
    fn spread(&mut self) {
        for protocol in Protocol::ALL {
            let part = || if self.all { Part::all() } else { Part::default() };
            let part = part();
            self.parts.entry(Some(protocol)).or_insert(part);
        }
    }

    fn notice_all(&mut self) {
        let full = |protocol: Protocol| self.parts.get(&Some(protocol)).is_some_and(Part::is_all);
        self.all = self.all || Protocol::ALL.into_iter().all(full);
    }

    pub(super) fn add(&mut self, other: &Self) {
        if self.parts.is_empty() && other.parts.is_empty() {
            self.all |= other.all;
            return;
        }
        if other.is_empty() {
            return;
        }
        let mut other = other.clone();
        other.spread();
        self.spread();
        for (protocol, part) in &other.parts {
            self.insert(*protocol, part.clone());
        }
        self.notice_all();
    }

    pub(super) fn subtract(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        if other.all && other.parts.is_empty() {
            *self = Self::none();
            return;
        }
        self.spread();
        self.all = false;
        for (protocol, part) in &mut self.parts {
            let Some(other) = other.parts.get(protocol) else { continue };
            part.ports = part.ports.difference(&other.ports);
            for name in &other.names {
                part.names.remove(name);
                part.except.insert(name.clone());
            }
        }
    }

    pub(super) fn meet(&mut self, other: &Self) {
        if self.parts.is_empty() && other.parts.is_empty() {
            self.all &= other.all;
            return;
        }
        let mut other = other.clone();
        other.spread();
        self.spread();
        self.all = false;
        for (protocol, part) in &mut self.parts {
            let ports = other.parts.get(protocol).map(|other| &other.ports);
            part.ports = ports.map(|ports| part.ports.intersection(ports)).unwrap_or_default();
        }
        self.notice_all();
    }

    /// Puts the numbers in that a pod gives the names. The protocol is the rule's, where it has one.
    pub(super) fn resolve(&mut self, declared: Declared<'_>) {
        let named: Vec<(Option<Protocol>, CompactString)> = self
            .parts
            .iter()
            .flat_map(|(protocol, part)| part.names.iter().map(|name| (*protocol, name.clone())))
            .collect();
        for (protocol, name) in named {
            let Some(&(_, own, number)) = declared.iter().find(|(own, _, _)| *own == name) else { continue };
            let number = Part { ports: PortSet::one(number), ..Part::default() };
            match protocol {
                None => {
                    self.insert(Some(own), number);
                    self.parts.remove(&None);
                }
                Some(protocol) => {
                    self.insert(Some(protocol), number);
                    if let Some(part) = self.parts.get_mut(&Some(protocol)) {
                        part.names.remove(&name);
                    }
                }
            }
        }
    }

    fn bare(&self) -> Self {
        if self.all {
            return Self::all();
        }
        let parts = self.parts.iter().filter(|(_, part)| !part.is_empty());
        Self { all: false, parts: parts.map(|(protocol, part)| (*protocol, part.clone())).collect() }
    }

    /// Whether both are the same, empty protocols aside.
    pub fn same(&self, other: &Self) -> bool {
        self.bare() == other.bare()
    }
}

impl fmt::Display for NamedConns {
    /// `All Connections`, `No Connections`, or `TCP 80,http`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.all {
            return f.write_str("All Connections");
        }
        if self.is_empty() {
            return f.write_str("No Connections");
        }
        let mut texts: Vec<String> = Vec::new();
        for (protocol, part) in self.parts.iter().filter(|(_, part)| !part.is_empty()) {
            let mut ports = part.ports.to_string();
            for name in &part.names {
                if !ports.is_empty() {
                    ports.push(',');
                }
                ports.push_str(name);
            }
            texts.push(format!("{} {ports}", protocol.map_or("", Protocol::name)));
        }
        texts.sort();
        f.write_str(&texts.join(","))
    }
}
