//! Single packets, as `oracles/network` evaluates them.

use ironhull_network::algebra::{Conns, Protocol};
use ironhull_value::Value;

use super::Oracle;

/// One packet: pods as `namespace/name`, addresses as they are.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    from: String,
    to: String,
    protocol: Protocol,
    port: u16,
}

impl Packet {
    /// A packet at both ends of every range.
    pub(super) fn at_edges(from: &str, to: &str, conns: &Conns) -> Vec<Self> {
        let mut found = Vec::new();
        for protocol in Protocol::ALL {
            for &(low, high) in conns.ports(protocol).ranges() {
                let ports = if low == high { vec![low] } else { vec![low, high] };
                let packet = |port| Self { from: from.to_owned(), to: to.to_owned(), protocol, port };
                found.extend(ports.into_iter().map(packet));
            }
        }
        found
    }

    pub(super) fn is_in(&self, conns: &Conns) -> bool {
        conns.contains(self.protocol, self.port)
    }

    fn text(&self) -> String {
        let Self { from, to, protocol, port } = self;
        format!(r#"{{"src":"{from}","dst":"{to}","protocol":"{protocol}","port":"{port}"}}"#)
    }

    /// Which of them pass, or how the evaluation ended.
    pub(super) fn ask(oracle: &mut Oracle, objects: &str, packets: &[Self]) -> Result<Vec<bool>, String> {
        if packets.is_empty() {
            return Ok(Vec::new());
        }
        let texts: Vec<String> = packets.iter().map(Self::text).collect();
        let request = format!(r#"{{"id":0,"objects":{objects},"packets":[{}]}}"#, texts.join(","));
        let reply = oracle.ask(&request);
        if let Some(error) = reply.dig_str(&["error"]) {
            return Err(error.to_owned());
        }
        let allowed: Vec<bool> = reply.dig_items(&["allowed"]).iter().filter_map(Value::as_bool).collect();
        if allowed.len() == packets.len() { Ok(allowed) } else { Err(format!("{reply:?}")) }
    }
}
