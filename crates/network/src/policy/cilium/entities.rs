//! Entities: ends that Cilium knows by what they are.

use ironhull_value::Path;

use super::Frame;
use super::peers::Peers;
use crate::algebra::{AddressSet, Cidr};
use crate::engine::CONTROLLER_NAMESPACE;
use crate::policy::{LabelMatch, Namespaces, Peer};

/// Entities that were named side by side.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    own: bool,
    others: bool,
}

/// Takes an entity up. The ends that it cannot be resolved to for certain are named.
pub(super) fn read(
    frame: &mut Frame<'_, '_, '_>,
    name: &str,
    path: &Path,
    found: &mut Peers,
    nodes: &mut Nodes,
) {
    let world = |first: core::net::IpAddr| {
        let set = AddressSet::of(&Cidr::new(first, 0));
        Peer::All(vec![Peer::World, Peer::Addresses { set, pods: false }])
    };
    let all_nodes = || Peer::Nodes(LabelMatch::everything());
    let mut open = |what: &str| {
        frame.reader.not_modelled(
            path,
            format!("which ends are the entity {name:?} cannot be told: {what}"),
            "connections that hang on it are shown as unknown",
        );
    };
    match name {
        "all" => found.certain.push(Peer::Everything),
        "world" => found.certain.push(Peer::World),
        "world-ipv4" => found.certain.push(world([0, 0, 0, 0].into())),
        "world-ipv6" => found.certain.push(world([0; 16].into())),
        "cluster" => found.certain.push(Peer::Not(Box::new(Peer::World))),
        "none" => {}
        "host" => nodes.own = true,
        "remote-node" => nodes.others = true,
        "kube-apiserver" => {
            open("the API server runs on nodes or outside of the cluster");
            found.uncertain.extend([all_nodes(), Peer::World]);
        }
        "ingress" => {
            open("it is Cilium's own proxy for Ingress and Gateway");
            let namespaces = Namespaces::One(CONTROLLER_NAMESPACE.into());
            found.uncertain.push(Peer::Pods { namespaces, pods: LabelMatch::everything() });
        }
        "unmanaged" => {
            open("these are pods that Cilium does not look after");
            found.uncertain.push(Peer::all_pods());
        }
        // None of the ends that are shown: what has no labels yet, and Cilium's own probes.
        "init" | "health" => open("no end of the answers is one"),
        _ => {
            frame.reader.invalid(
                path,
                format!("there is no entity {name:?}"),
                "write all, world, world-ipv4, world-ipv6, cluster, host, remote-node, kube-apiserver, init, ingress, unmanaged, health or none",
            );
            found.uncertain.push(Peer::Everything);
        }
    }
}

/// The node that a pod runs on and the other nodes: only both together are known.
pub(super) fn settle(frame: &mut Frame<'_, '_, '_>, nodes: &Nodes, path: &Path, found: &mut Peers) {
    let all_nodes = Peer::Nodes(LabelMatch::everything());
    match (nodes.own, nodes.others) {
        (false, false) => {}
        (true, true) => found.certain.push(all_nodes),
        (own, _) => {
            let which = if own { "host" } else { "remote-node" };
            frame.reader.not_modelled(
                path,
                format!("the entity {which:?} depends on the node that a pod runs on"),
                "name host and remote-node, or cluster, to mean every node",
            );
            found.uncertain.push(all_nodes);
        }
    }
}
