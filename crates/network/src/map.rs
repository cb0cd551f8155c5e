//! A list of connections as something to draw.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ends::{EndKind, ShownEnd};
use crate::engine::{Network, Solver, VerdictId};
use crate::entry::{DoorKind, Entries};
use crate::list::{List, Options, is_called};
use crate::picture::sketch::addresses;
use crate::picture::{Edge, EdgeMark, Group, Mark, Node, NodeClass, Picture, Unprotected};
use crate::place;
use crate::policy::Direction;

/// Namespaces as boxes, workloads, everything that is allowed between them, and what leads in from outside.
///
/// With a focus only what has a connection in the list is drawn.
pub fn map(
    network: &Network,
    solver: &mut Solver,
    entries: &Entries,
    list: &List,
    options: &Options,
) -> Picture {
    let mut picture = Picture { title: "Who can talk to whom".to_owned(), ..Picture::default() };
    let connected: FxHashSet<u32> = list.connections.iter().flat_map(|one| [one.from, one.to]).collect();
    let focused = !options.focus.is_empty() || options.connection.is_some();
    let mut groups: Vec<Group> = Vec::new();
    let mut outside = Group { name: "Outside".to_owned(), outside: true, nodes: Vec::new() };
    let (mut workloads, mut open) = (0, 0);
    for (place, end) in (0u32..).zip(&list.ends) {
        let shown = connected.contains(&place);
        if !shown && (focused || end.workload().is_none()) {
            continue;
        }
        let mut node = node(network, solver, entries, end);
        if options.focus.iter().any(|name| is_called(network, end, name)) {
            node.mark = Mark::Focus;
        }
        let Some(class) = end.class.filter(|_| end.workload().is_some()) else {
            outside.nodes.push(node);
            continue;
        };
        workloads += 1;
        open += usize::from(node.unprotected.ingress || node.unprotected.egress);
        let namespace = network.namespace_of(class);
        match groups.iter_mut().find(|group| group.name == namespace) {
            Some(group) => group.nodes.push(node),
            None => groups.push(Group { name: namespace.to_owned(), outside: false, nodes: vec![node] }),
        }
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    picture.edges = edges(solver, list);
    doors(entries, list, &mut outside, &mut picture.edges);
    let namespaces = groups.len();
    if !outside.nodes.is_empty() {
        groups.push(outside);
    }
    picture.groups = groups;
    picture.subtitle = format!(
        "{workloads} workloads in {namespaces} namespaces, {open} of them unprotected in a direction, {} policies",
        network.policies().count()
    );
    if let Some((protocol, port)) = list.connection {
        picture.title = format!("Who can talk to whom on {protocol} {port}");
    }
    picture.notes.push(format!(
        "Read as {} does: {}.",
        network.profile(),
        network.profile().assumptions().join("; ")
    ));
    picture
}

fn node(network: &Network, solver: &mut Solver, entries: &Entries, end: &ShownEnd) -> Node {
    let mut node = Node { id: end.title.clone(), label: end.title.clone(), ..Node::default() };
    match &end.kind {
        EndKind::Workload(id) => {
            let entry = network.workload(*id);
            node.class = NodeClass::Workload;
            if let Some(entry) = entry {
                node.kind = entry.workload.kind.to_string();
                // A variant has what sets it apart behind its title.
                let variant = end.title.strip_prefix(&entry.workload.title()).unwrap_or_default();
                node.label = format!("{}{variant}", entry.workload.name);
                node.detail.extend(
                    entry.workload.object.as_ref().map(|object| place(object, &ironhull_value::Path::root())),
                );
            }
            if let Some(class) = end.class {
                let mut is_open = |direction| {
                    let row = solver.row(network, class, direction);
                    let policies = row.policies.iter().filter_map(|id| network.policy(*id));
                    node.detail.extend(policies.map(|policy| {
                        format!("{}: {} {}", direction.name(), policy.kind, policy.full_name())
                    }));
                    row.policies.is_empty()
                };
                let (ingress, egress) = (is_open(Direction::Ingress), is_open(Direction::Egress));
                node.unprotected = Unprotected { ingress, egress };
            }
            node.detail.extend(
                entries
                    .doors_of(*id)
                    .map(|door| format!("opened by {} {}: {}", door.kind, door.object.key, door.conns)),
            );
        }
        EndKind::Controller => {
            node.class = NodeClass::Ingress;
            "ingress controller".clone_into(&mut node.label);
            node.mark = Mark::EntryPoint;
            let mut objects: Vec<String> = entries
                .doors()
                .iter()
                .filter(|door| door.kind.has_controller())
                .map(|door| door.object.key.to_string())
                .collect();
            objects.sort_unstable();
            objects.dedup();
            node.detail = objects;
        }
        EndKind::Node => node.class = NodeClass::Host,
        EndKind::Addresses(first, last) => {
            (node.class, node.label) = addresses(*first, *last);
        }
        EndKind::Name(name) => {
            node.class = NodeClass::Name;
            node.label = name.to_string();
        }
    }
    node
}

fn edges(solver: &Solver, list: &List) -> Vec<Edge> {
    // Verdicts are few: their texts are made once.
    let mut texts: FxHashMap<VerdictId, (String, bool)> = FxHashMap::default();
    list.connections
        .iter()
        .filter_map(|one| {
            let (label, unknown) = texts.entry(one.verdict).or_insert_with(|| {
                let verdict = solver.verdict(one.verdict);
                if verdict.allowed.is_empty() {
                    (format!("{} (not known)", verdict.unknown), true)
                } else {
                    (verdict.allowed.to_string(), false)
                }
            });
            Some(Edge {
                from: list.ends.get(one.from as usize)?.title.clone(),
                to: list.ends.get(one.to as usize)?.title.clone(),
                label: label.clone(),
                mark: if *unknown { EdgeMark::Unknown } else { EdgeMark::Normal },
                detail: Vec::new(),
            })
        })
        .collect()
}

/// Doors without a controller: their clients reach the pods themselves.
fn doors(entries: &Entries, list: &List, outside: &mut Group, edges: &mut Vec<Edge>) {
    for door in entries.doors().iter().filter(|door| !door.kind.has_controller()) {
        let behind = list.ends.iter().filter(|end| end.workload() == Some(door.workload));
        let id = format!("{} of {}", door.kind, door.object.key);
        let mut leads_somewhere = false;
        for end in behind {
            leads_somewhere = true;
            edges.push(Edge {
                from: id.clone(),
                to: end.title.clone(),
                label: door.conns.to_string(),
                mark: EdgeMark::Normal,
                detail: vec![
                    "what the Service opens; the policies' word is the line from the addresses".to_owned(),
                ],
            });
        }
        if leads_somewhere && !outside.nodes.iter().any(|node| node.id == id) {
            let kind = match door.kind {
                DoorKind::NodePort => "NodePort",
                DoorKind::LoadBalancer => "LoadBalancer",
                _ => "externalIPs",
            };
            outside.nodes.push(Node {
                label: door.object.key.to_string(),
                id,
                kind: kind.to_owned(),
                class: NodeClass::Ingress,
                mark: Mark::EntryPoint,
                detail: vec![place(&door.object, &door.path)],
                ..Node::default()
            });
        }
    }
}
