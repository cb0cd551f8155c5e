//! A blast radius as something to draw.

use std::collections::BTreeMap;

use super::{Blast, Reached};
use crate::picture::{Edge, EdgeMark, Group, Mark, Node, NodeClass, Picture};

/// The workloads of both directions with a shortest way to each, and the doors that lead in.
pub fn picture(blast: &Blast) -> Picture {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut edges = Vec::new();
    for (list, towards_start) in [(&blast.reaches, false), (&blast.reached_by, true)] {
        for one in list {
            add(&mut groups, one, towards_start);
            let Some(before) = one.via.and_then(|place| list.get(place as usize)) else { continue };
            let (from, to) = if towards_start { (one, before) } else { (before, one) };
            edges.push(Edge {
                from: from.title.clone(),
                to: to.title.clone(),
                label: one.conns.to_string(),
                mark: if one.certain { EdgeMark::Path } else { EdgeMark::Unknown },
                detail: Vec::new(),
            });
        }
    }
    let mut outside = Group { name: "Outside".to_owned(), outside: true, nodes: Vec::new() };
    for entry in &blast.entries {
        let Some(behind) = blast.reached_by.get(entry.workload as usize) else { continue };
        if !outside.nodes.iter().any(|node| node.id == entry.object) {
            outside.nodes.push(Node {
                id: entry.object.clone(),
                label: entry.object.clone(),
                kind: entry.kind.to_owned(),
                class: NodeClass::Ingress,
                mark: Mark::EntryPoint,
                detail: vec![entry.place.clone()],
                ..Node::default()
            });
        }
        edges.push(Edge {
            from: entry.object.clone(),
            to: behind.title.clone(),
            label: entry.conns.to_string(),
            mark: EdgeMark::Path,
            detail: Vec::new(),
        });
    }
    for one in &blast.outside {
        outside.nodes.push(Node {
            id: one.title.clone(),
            label: one.title.clone(),
            class: NodeClass::Addresses,
            ..Node::default()
        });
        edges.push(Edge {
            from: blast.reaches.first().map_or_else(|| blast.start.clone(), |start| start.title.clone()),
            to: one.title.clone(),
            label: one.conns.to_string(),
            mark: EdgeMark::Path,
            detail: Vec::new(),
        });
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    if !outside.nodes.is_empty() {
        groups.push(outside);
    }
    Picture {
        title: format!("Blast radius of {}", blast.start),
        subtitle: format!(
            "reaches {} and is reached by {} of {} other workloads",
            blast.reaches.iter().filter(|one| one.hops > 0).count(),
            blast.reached_by.iter().filter(|one| one.hops > 0).count(),
            blast.workloads
        ),
        notes: vec!["Each workload is drawn with one shortest way to it; there may be others.".to_owned()],
        groups,
        edges,
    }
}

fn add(groups: &mut BTreeMap<String, Group>, one: &Reached, towards_start: bool) {
    let group = groups
        .entry(one.namespace.clone())
        .or_insert_with(|| Group { name: one.namespace.clone(), ..Group::default() });
    if group.nodes.iter().any(|node| node.id == one.title) {
        return;
    }
    let (name, kind) = one
        .title
        .split_once('[')
        .map_or((one.title.as_str(), ""), |(name, kind)| (name, kind.split(']').next().unwrap_or(kind)));
    group.nodes.push(Node {
        id: one.title.clone(),
        label: name.split_once('/').map_or(name, |(_, name)| name).to_owned(),
        kind: kind.to_owned(),
        mark: match (one.hops, towards_start) {
            (0, _) => Mark::Focus,
            (hops, false) => Mark::Reached(hops),
            (_, true) => Mark::None,
        },
        ..Node::default()
    });
}
