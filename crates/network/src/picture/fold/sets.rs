//! Connections between one end and a named set of many.
//!
//! Where nothing is restricted, everybody may talk to everybody, which is n² lines that say one thing.
//! The largest such block (senders × receivers, one key) is found, and each member is tagged as open. The
//! two sides of the block, and the set of all workloads, then also serve for "from every workload: UDP 53".

use super::Direction;
use crate::picture::graph::{Graph, Link};
use rustc_hash::{FxHashMap, FxHashSet};

/// A set that tags speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::picture) enum Set {
    /// Everything that lives in a namespace.
    Everyone,
    /// The senders of the open block.
    Senders,
    /// Its receivers.
    Receivers,
}

/// The members of the sets. A set that is not used is empty.
#[derive(Debug, Clone, Default)]
pub(in crate::picture) struct Sets {
    pub(in crate::picture) everyone: Vec<u32>,
    pub(in crate::picture) senders: Vec<u32>,
    pub(in crate::picture) receivers: Vec<u32>,
    /// What the senders may do with the receivers.
    pub(in crate::picture) key: Option<u32>,
}

impl Sets {
    pub(in crate::picture) fn members(&self, set: Set) -> &[u32] {
        match set {
            Set::Everyone => &self.everyone,
            Set::Senders => &self.senders,
            Set::Receivers => &self.receivers,
        }
    }
}

/// A tag on one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NodeTag {
    pub(super) node: u32,
    pub(super) direction: Direction,
    pub(super) set: Set,
    pub(super) key: u32,
}

/// A set of fewer is quicker drawn than explained.
const SMALLEST: usize = 4;

/// Finds the sets and takes the connections that tags now stand for out of `rest`.
pub(super) fn take(graph: &Graph, rest: &mut Vec<Link>) -> (Sets, Vec<NodeTag>) {
    let mut sets = Sets::default();
    let mut tags = Vec::new();
    if let Some((key, senders, receivers)) = open_block(graph, rest) {
        tags.extend(receivers.iter().map(|&node| NodeTag {
            node,
            direction: Direction::In,
            set: Set::Senders,
            key,
        }));
        tags.extend(senders.iter().map(|&node| NodeTag {
            node,
            direction: Direction::Out,
            set: Set::Receivers,
            key,
        }));
        let (from, to) = (membership(graph, &senders), membership(graph, &receivers));
        rest.retain(|link| {
            link.key != key
                || !from[link.from as usize]
                || !to[link.to as usize]
                || !applies(graph, link.from, link.to)
        });
        sets = Sets { everyone: Vec::new(), senders, receivers, key: Some(key) };
    }
    let everyone: Vec<u32> = (0..graph.nodes.len())
        .map(crate::picture::graph::number)
        .filter(|&node| !graph.is_outside(node))
        .collect();
    for (set, members) in [
        (Set::Everyone, everyone.clone()),
        (Set::Senders, sets.senders.clone()),
        (Set::Receivers, sets.receivers.clone()),
    ] {
        let directions: &[Direction] = match set {
            Set::Everyone => &[Direction::In, Direction::Out],
            Set::Senders => &[Direction::In],
            Set::Receivers => &[Direction::Out],
        };
        for &direction in directions {
            stars(graph, rest, set, &members, direction, &mut tags);
        }
    }
    if tags.iter().any(|tag| tag.set == Set::Everyone) {
        sets.everyone = everyone;
    }
    tags.sort_unstable();
    (sets, tags)
}

/// Does "all of a set" speak of this pair? Not of a node and itself, and not of two things outside of the
/// cluster, whose connections nobody here decides.
pub(super) fn applies(graph: &Graph, from: u32, to: u32) -> bool {
    from != to && !(graph.is_outside(from) && graph.is_outside(to))
}

fn membership(graph: &Graph, nodes: &[u32]) -> Vec<bool> {
    let mut is = vec![false; graph.nodes.len()];
    for &node in nodes {
        is[node as usize] = true;
    }
    is
}

/// Tags each node that every member of the set connects to (or that connects to every member).
fn stars(
    graph: &Graph,
    rest: &mut Vec<Link>,
    set: Set,
    members: &[u32],
    direction: Direction,
    tags: &mut Vec<NodeTag>,
) {
    if members.len() < SMALLEST {
        return;
    }
    let is = membership(graph, members);
    let outside_members = members.iter().filter(|&&node| graph.is_outside(node)).count();
    let ends = |link: &Link| match direction {
        Direction::In => (link.to, link.from),
        Direction::Out => (link.from, link.to),
    };
    let mut counts: FxHashMap<(u32, u32), usize> = FxHashMap::default();
    for link in rest.iter() {
        let (node, other) = ends(link);
        if is[other as usize] && applies(graph, link.from, link.to) {
            *counts.entry((node, link.key)).or_default() += 1;
        }
    }
    let found: FxHashSet<(u32, u32)> = counts
        .into_iter()
        .filter(|&((node, _), count)| {
            let exempt =
                if graph.is_outside(node) { outside_members } else { usize::from(is[node as usize]) };
            count >= SMALLEST && count + exempt == members.len()
        })
        .map(|(found, _)| found)
        .collect();
    if found.is_empty() {
        return;
    }
    rest.retain(|link| {
        let (node, other) = ends(link);
        !(found.contains(&(node, link.key)) && is[other as usize] && applies(graph, link.from, link.to))
    });
    tags.extend(found.into_iter().map(|(node, key)| NodeTag { node, direction, set, key }));
}

/// A large block of senders that may all do the same with all receivers. Greedy: the largest is hard to
/// find, and any block is right as long as it is complete.
fn open_block(graph: &Graph, links: &[Link]) -> Option<(u32, Vec<u32>, Vec<u32>)> {
    let mut per_key = vec![0_usize; graph.keys.len()];
    for link in links {
        per_key[link.key as usize] += 1;
    }
    let (key, &count) = per_key.iter().enumerate().max_by_key(|&(key, &count)| (count, usize::MAX - key))?;
    if count < SMALLEST * SMALLEST {
        return None;
    }
    let key = crate::picture::graph::number(key);
    let nodes = graph.nodes.len();
    let words = nodes.div_ceil(64);
    let mut rows = vec![0_u64; nodes * words];
    let mut degree = vec![0_usize; nodes];
    let mut indegree = vec![0_usize; nodes];
    for link in links.iter().filter(|link| link.key == key && link.from != link.to) {
        let (from, to) = (link.from as usize, link.to as usize);
        rows[from * words + to / 64] |= 1 << (to % 64);
        degree[from] += 1;
        indegree[to] += 1;
    }
    // Pairs that "all" does not speak of count as present.
    let mut outside = vec![0_u64; words];
    for node in 0..nodes {
        rows[node * words + node / 64] |= 1 << (node % 64);
        if graph.is_outside(crate::picture::graph::number(node)) {
            outside[node / 64] |= 1 << (node % 64);
        }
    }
    let mut order: Vec<usize> = (0..nodes).filter(|&node| degree[node] >= SMALLEST).collect();
    order.sort_by_key(|&node| (usize::MAX - degree[node], node));
    let mut receivers = vec![0_u64; words];
    for node in (0..nodes).filter(|&node| indegree[node] > 0) {
        receivers[node / 64] |= 1 << (node % 64);
    }
    let mut senders: Vec<usize> = Vec::new();
    let mut size = 0;
    for node in order {
        let is_outside = graph.is_outside(crate::picture::graph::number(node));
        let row = &rows[node * words..(node + 1) * words];
        let next: Vec<u64> = (0..words)
            .map(|word| receivers[word] & (row[word] | if is_outside { outside[word] } else { 0 }))
            .collect();
        let count: usize = next.iter().map(|word| word.count_ones() as usize).sum();
        if (senders.len() + 1) * count >= size {
            senders.push(node);
            receivers = next;
            size = senders.len() * count;
        }
    }
    let is_receiver = |node: usize| receivers[node / 64] >> (node % 64) & 1 == 1;
    let real = |from: usize, to: usize| {
        from != to
            && rows[from * words + to / 64] >> (to % 64) & 1 == 1
            && applies(graph, crate::picture::graph::number(from), crate::picture::graph::number(to))
    };
    // Who is in the block only by exception does not belong to it.
    let to: Vec<usize> = (0..nodes)
        .filter(|&node| is_receiver(node) && senders.iter().any(|&sender| real(sender, node)))
        .collect();
    let mut from: Vec<usize> =
        senders.into_iter().filter(|&node| to.iter().any(|&receiver| real(node, receiver))).collect();
    from.sort_unstable();
    (from.len() >= SMALLEST && to.len() >= SMALLEST).then(|| {
        (
            key,
            from.into_iter().map(crate::picture::graph::number).collect(),
            to.into_iter().map(crate::picture::graph::number).collect(),
        )
    })
}
