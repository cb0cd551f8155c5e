//! Policies as an nftables ruleset, for the `forward` hook of a router that every pod hangs on.
//!
//! It is made straight from the policies and the addresses of the pods, with label selection of its own and
//! without the engine: two ways from the same policies, so that a kernel which runs this ruleset can be
//! compared with what the engine computed.
//!
//! How a policy becomes rules:
//!
//! - `forward` lets replies and a pod's connections to itself through, then jumps into the chain of the
//!   source's egress, then into that of the destination's ingress. What both come back from is accepted.
//! - A chain is one stage of one pod and direction. Allow returns to `forward`, Deny goes to `refuse`, Pass
//!   goes to the chain of the next stage. A stage that isolates ends in `refuse`, any other in the next.
//!   Chains follow each other by `goto`, so that `return` always leads back to `forward`.
//! - Peers are sets of addresses, whatever they were described by. An address block means pods too, as the
//!   upstream profile reads it.
//! - Named ports are looked up in the pods: in the pod itself on the way in, in every destination on the
//!   way out.
//!
//! Rules that are not certain are left out, and so are domain names: the engine says `unknown` for what
//! hangs on the first, and there is no address for the second.

mod chains;
mod ports;
mod select;

use std::fmt::Write as _;

use self::chains::Chains;
use self::select::Cluster;
use crate::input::Input;
use crate::policy::Direction;

/// The name of the table.
pub const TABLE: &str = "ironhull";

/// Makes the ruleset, in the syntax of `nft -f`. Pods without an address are not in it.
pub fn compile(input: &Input) -> String {
    let cluster = Cluster::of(input);
    let mut chains = Chains::default();
    let entries: Vec<(Direction, Vec<(String, usize)>)> = [Direction::Egress, Direction::Ingress]
        .into_iter()
        .map(|direction| (direction, entries(&cluster, &mut chains, direction)))
        .collect();
    let mut text = format!("table inet {TABLE} {{\n");
    chains.write(&mut text);
    text.push_str("  chain forward {\n    type filter hook forward priority 0; policy accept;\n");
    text.push_str("    ct state established,related accept\n");
    for (keyword, addresses) in cluster.addresses_by_family() {
        if !addresses.is_empty() {
            let own: Vec<String> = addresses.iter().map(|address| format!("{address} . {address}")).collect();
            let _ = writeln!(text, "    {keyword} saddr . {keyword} daddr {{ {} }} accept", own.join(", "));
        }
    }
    for (direction, entries) in &entries {
        let side = if *direction == Direction::Egress { "saddr" } else { "daddr" };
        for keyword in ["ip", "ip6"] {
            let family: Vec<String> = entries
                .iter()
                .filter(|(address, _)| address.contains(':') == (keyword == "ip6"))
                .map(|(address, chain)| format!("{address} : jump c{chain}"))
                .collect();
            if !family.is_empty() {
                let _ = writeln!(text, "    {keyword} {side} vmap {{ {} }}", family.join(", "));
            }
        }
    }
    text.push_str("  }\n}\n");
    text
}

/// The addresses of the pods that something selects, with the chain where each begins.
fn entries(cluster: &Cluster<'_>, chains: &mut Chains, direction: Direction) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for pod in &cluster.pods {
        if pod.addresses.is_empty() {
            continue;
        }
        if let Some(chain) = chains.of_pod(cluster, pod, direction) {
            found.extend(pod.addresses.iter().map(|address| (address.to_string(), chain)));
        }
    }
    found
}
