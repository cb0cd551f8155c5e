//! Nodes of one group that cannot be told apart by their connections.
//!
//! Two nodes are twins when swapping them changes nothing: the same edges to and from everybody else, and
//! the same between the two in both directions. Being twins is an equivalence, so a class of twins has
//! either all or none of the edges among its members. Candidates are found by hashing; every class is
//! counted afterwards, and one that is not complete is taken apart, so a collision of hashes cannot draw
//! a connection that does not exist.

use super::Direction;
use super::sets::{NodeTag, Set};
use crate::picture::graph::{Graph, Link};
use crate::picture::model::{Mark, NodeClass, Unprotected};
use rustc_hash::{FxHashMap, FxHashSet};

/// Which item each node belongs to, and how many items there are.
pub(super) struct Partition {
    pub(super) item_of: Vec<usize>,
    pub(super) count: usize,
}

/// Every node by itself.
pub(super) fn singles(graph: &Graph) -> Partition {
    Partition { item_of: (0..graph.nodes.len()).collect(), count: graph.nodes.len() }
}

/// Twins together, and all of a collapsed group together.
pub(super) fn partition(graph: &Graph, links: &[Link], tags: &[NodeTag], collapsed: &[bool]) -> Partition {
    let mut class: Vec<Option<usize>> = vec![None; graph.nodes.len()];
    let mut classes = 0;
    // The members of a collapsed group are one for everybody else, too.
    for (group, cluster) in graph.groups.iter().enumerate() {
        if collapsed.get(group).copied().unwrap_or(false) && !cluster.outside {
            for &node in &cluster.members {
                class[node as usize] = Some(classes);
            }
            classes += 1;
        }
    }
    let fixed = classes;
    for members in candidates(graph, links, tags) {
        let free: Vec<u32> = members.into_iter().filter(|&node| class[node as usize].is_none()).collect();
        if free.len() >= smallest(graph) {
            for node in free {
                class[node as usize] = Some(classes);
            }
            classes += 1;
        }
    }
    loop {
        let broken = incomplete(graph, links, &class, classes, fixed);
        if broken.is_empty() {
            break;
        }
        for slot in &mut class {
            if slot.is_some_and(|class| broken.contains(&class)) {
                *slot = None;
            }
        }
    }
    number(graph, &class, classes)
}

/// Two twins are drawn twice unless the picture is large.
fn smallest(graph: &Graph) -> usize {
    if graph.nodes.len() > 120 { 2 } else { 3 }
}

#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Looks {
    group: usize,
    class: NodeClass,
    unprotected: Unprotected,
    mark: Mark,
    own: Vec<u32>,
    tags: Vec<(Direction, Set, u32)>,
    inner: Option<u32>,
    outgoing: u64,
    incoming: u64,
}

/// Groups of nodes that look like twins, the largest first.
fn candidates(graph: &Graph, links: &[Link], tags: &[NodeTag]) -> Vec<Vec<u32>> {
    let nodes = graph.nodes.len();
    let (mut outgoing, mut incoming) = (vec![0_u64; nodes], vec![0_u64; nodes]);
    let mut own: Vec<Vec<u32>> = vec![Vec::new(); nodes];
    let mut tagged: Vec<Vec<(Direction, Set, u32)>> = vec![Vec::new(); nodes];
    let mut inner: Vec<FxHashSet<u32>> = vec![FxHashSet::default(); nodes];
    for link in links {
        let (from, to) = (link.from as usize, link.to as usize);
        if from == to {
            own[from].push(link.key);
            continue;
        }
        outgoing[from] = outgoing[from].wrapping_add(mix(link.to, link.key));
        incoming[to] = incoming[to].wrapping_add(mix(link.from, link.key));
        if graph.nodes[from].group == graph.nodes[to].group {
            inner[from].insert(link.key);
        }
    }
    for tag in tags {
        tagged[tag.node as usize].push((tag.direction, tag.set, tag.key));
    }
    let mut buckets: FxHashMap<Looks, Vec<u32>> = FxHashMap::default();
    for node in 0..nodes {
        let member = &graph.nodes[node];
        if member.node.mark == Mark::Focus {
            continue;
        }
        let id = crate::picture::graph::number(node);
        let mut kinds: Vec<Option<u32>> = inner[node].iter().copied().map(Some).collect();
        kinds.sort_unstable();
        kinds.insert(0, None);
        for kind in kinds {
            // With the edge to itself added, a member of a complete class sees what its twins see.
            let extra = kind.map_or(0, |key| mix(id, key));
            let looks = Looks {
                group: member.group,
                class: member.node.class,
                unprotected: member.node.unprotected,
                mark: member.node.mark,
                own: own[node].clone(),
                tags: tagged[node].clone(),
                inner: kind,
                outgoing: outgoing[node].wrapping_add(extra),
                incoming: incoming[node].wrapping_add(extra),
            };
            buckets.entry(looks).or_default().push(id);
        }
    }
    let mut found: Vec<Vec<u32>> = buckets.into_values().filter(|members| members.len() > 1).collect();
    found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    found
}

fn mix(node: u32, key: u32) -> u64 {
    // The sums need every bit to depend on every bit of the input.
    let mut x = (u64::from(node) << 32 | u64::from(key)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Classes with an edge to another item, or among themselves, that only some of them have.
fn incomplete(
    graph: &Graph,
    links: &[Link],
    class: &[Option<usize>],
    classes: usize,
    fixed: usize,
) -> FxHashSet<usize> {
    let mut sizes = vec![0_usize; classes];
    for found in class.iter().flatten() {
        sizes[*found] += 1;
    }
    let item = |node: u32| class[node as usize].unwrap_or(classes + node as usize);
    let mut counts: FxHashMap<(usize, usize, u32, bool), usize> = FxHashMap::default();
    for link in links {
        *counts.entry((item(link.from), item(link.to), link.key, link.from == link.to)).or_default() += 1;
    }
    let size = |item: usize| sizes.get(item).copied().unwrap_or(1);
    let mut broken = FxHashSet::default();
    for ((from, to, _, own), count) in counts {
        // A collapsed group may be incomplete: its lines say so. Its partners must then be looked at
        // against its members one by one, which the hash did.
        if from < fixed || to < fixed {
            continue;
        }
        let whole = match (from == to, own) {
            (true, true) => size(from),
            (true, false) => size(from) * (size(from) - 1),
            (false, _) => size(from) * size(to),
        };
        if count != whole {
            broken.extend([from, to].into_iter().filter(|&item| item < classes));
        }
    }
    debug_assert!(graph.nodes.len() == class.len());
    broken
}

/// Items in the order of their first member.
fn number(graph: &Graph, class: &[Option<usize>], classes: usize) -> Partition {
    let mut numbers: Vec<Option<usize>> = vec![None; classes];
    let mut item_of = Vec::with_capacity(graph.nodes.len());
    let mut count = 0;
    for found in class {
        let slot = match found.and_then(|class| numbers.get_mut(class)) {
            Some(slot) => slot,
            None => &mut None,
        };
        let item = *slot.get_or_insert_with(|| {
            count += 1;
            count - 1
        });
        item_of.push(item);
    }
    Partition { item_of, count }
}
