//! A set of connections: protocols with their ports.

use std::fmt;

use super::PortSet;

/// A protocol that policies name ports for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// SCTP.
    Sctp,
    /// TCP, the default everywhere.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// All of them, in the order of their names, which is the order of every output.
    pub const ALL: [Self; 3] = [Self::Sctp, Self::Tcp, Self::Udp];

    /// As it is written in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sctp => "SCTP",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }

    /// The protocol of this name, exactly as the API writes it.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of connections from one end to another.
///
/// Traffic that is neither TCP, UDP nor SCTP (ICMP above all) is one more member, `other`: a rule without
/// ports covers it, a rule with ports never does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Conns {
    ports: [PortSet; 3],
    other: bool,
}

impl Conns {
    /// No connection.
    pub fn none() -> Self {
        Self::default()
    }

    /// Every connection.
    pub fn all() -> Self {
        Self { ports: [PortSet::all(), PortSet::all(), PortSet::all()], other: true }
    }

    /// Only traffic of other protocols.
    pub fn other_protocols() -> Self {
        Self { other: true, ..Self::default() }
    }

    /// The ports of one protocol.
    pub fn of(protocol: Protocol, ports: PortSet) -> Self {
        let mut conns = Self::none();
        conns.ports[protocol as usize] = ports;
        conns
    }

    /// One port of one protocol.
    pub fn one(protocol: Protocol, port: u16) -> Self {
        Self::of(protocol, PortSet::one(port))
    }

    /// The ports of a protocol.
    pub fn ports(&self, protocol: Protocol) -> &PortSet {
        &self.ports[protocol as usize]
    }

    /// Whether traffic of other protocols is in it.
    pub fn has_other(&self) -> bool {
        self.other
    }

    /// The same, with traffic of other protocols exactly if every port is in it: for readings that know no
    /// other protocols.
    #[must_use]
    pub fn without_opinion_on_other(mut self) -> Self {
        self.other = self.ports.iter().all(PortSet::is_all);
        self
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        !self.other && self.ports.iter().all(PortSet::is_empty)
    }

    /// Whether everything is in it.
    pub fn is_all(&self) -> bool {
        self.other && self.ports.iter().all(PortSet::is_all)
    }

    /// Whether this port is in it.
    pub fn contains(&self, protocol: Protocol, port: u16) -> bool {
        self.ports(protocol).contains(port)
    }

    /// Whether everything of `wanted` is in it.
    pub fn includes(&self, wanted: &Self) -> bool {
        (self.other || !wanted.other)
            && self.ports.iter().zip(&wanted.ports).all(|(own, wanted)| own.includes(wanted))
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.combine(other, PortSet::union, |a, b| a || b)
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, PortSet::intersection, |a, b| a && b)
    }

    /// What is in this and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.combine(other, PortSet::difference, |a, b| a && !b)
    }

    fn combine(
        &self,
        other: &Self,
        ports: fn(&PortSet, &PortSet) -> PortSet,
        rest: fn(bool, bool) -> bool,
    ) -> Self {
        let [sctp, tcp, udp] = &self.ports;
        let [other_sctp, other_tcp, other_udp] = &other.ports;
        Self {
            ports: [ports(sctp, other_sctp), ports(tcp, other_tcp), ports(udp, other_udp)],
            other: rest(self.other, other.other),
        }
    }
}

impl fmt::Display for Conns {
    /// `All Connections`, `No Connections`, or `SCTP 1-65535,TCP 80,443`: the form of netpol-analyzer. Where
    /// only a part is allowed and other protocols are in it, `ICMP` stands first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("All Connections");
        }
        if self.is_empty() {
            return f.write_str("No Connections");
        }
        let mut first = true;
        if self.other {
            f.write_str("ICMP")?;
            first = false;
        }
        for protocol in Protocol::ALL {
            let ports = self.ports(protocol);
            if ports.is_empty() {
                continue;
            }
            if !first {
                f.write_str(",")?;
            }
            first = false;
            write!(f, "{protocol} {ports}")?;
        }
        Ok(())
    }
}
