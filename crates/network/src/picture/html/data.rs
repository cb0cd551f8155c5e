//! The connections for the page's script: folded as they are drawn, so that a cluster in which everybody
//! talks to everybody does not take a line for each pair.

use crate::picture::escape::push_json;
use crate::picture::fold::{Direction, Drawing, End, Set};
use crate::picture::graph::Cluster;
use crate::picture::model::EdgeMark;
use std::fmt::Write as _;

/// All members of one side may connect to all members of the other.
pub(super) struct Block {
    pub(super) from: Part,
    pub(super) to: Part,
    pub(super) key: u32,
    /// 1: not between two things outside; 2: each only to itself.
    pub(super) flags: u8,
}

/// One side of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Node(u32),
    Item(usize),
    Group(usize),
    Set(Set),
}

/// The blocks of a drawing without shares.
pub(super) fn blocks(drawing: &Drawing) -> Vec<Block> {
    let part = |end: End| match end {
        End::Item(item) => match drawing.items[item].members.as_slice() {
            [node] => Part::Node(*node),
            _ => Part::Item(item),
        },
        End::Group(group) => Part::Group(group),
    };
    let mut blocks = Vec::new();
    let mut push = |from: Part, to: Part, key: u32, flags: u8| blocks.push(Block { from, to, key, flags });
    for line in &drawing.lines {
        for &key in &line.keys {
            push(part(line.from), part(line.to), key, 0);
            if line.both {
                push(part(line.to), part(line.from), key, 0);
            }
        }
    }
    for &(group, key) in &drawing.inside {
        push(Part::Group(group), Part::Group(group), key, 0);
    }
    for (index, item) in drawing.items.iter().enumerate() {
        let own = part(End::Item(index));
        for (key, _) in &item.inside {
            push(own, own, *key, 0);
        }
        for (key, _) in &item.own {
            push(own, own, *key, 2);
        }
    }
    if let Some(key) = drawing.sets.key {
        push(Part::Set(Set::Senders), Part::Set(Set::Receivers), key, 1);
    }
    for tag in &drawing.tags {
        if Some(tag.key) == drawing.sets.key && tag.set != Set::Everyone {
            let whole = match tag.direction {
                Direction::In => drawing.sets.members(Set::Receivers),
                Direction::Out => drawing.sets.members(Set::Senders),
            };
            // Part of the block above.
            if drawing.members(tag.on).iter().all(|node| whole.binary_search(node).is_ok()) {
                continue;
            }
        }
        match tag.direction {
            Direction::In => push(Part::Set(tag.set), part(tag.on), tag.key, 1),
            Direction::Out => push(part(tag.on), Part::Set(tag.set), tag.key, 1),
        }
    }
    blocks
}

/// The members of a side.
pub(super) fn members<'a>(drawing: &'a Drawing, part: &'a Part) -> &'a [u32] {
    match part {
        Part::Node(node) => std::slice::from_ref(node),
        Part::Item(item) => drawing.members(End::Item(*item)),
        Part::Group(group) => drawing.members(End::Group(*group)),
        Part::Set(set) => drawing.sets.members(*set),
    }
}

/// What a side is called.
pub(super) fn name(drawing: &Drawing, part: Part) -> String {
    let graph = drawing.graph;
    let of = |cluster: &Cluster, label: &str| {
        if cluster.outside { label.to_owned() } else { format!("{}/{label}", cluster.name) }
    };
    match part {
        Part::Node(node) => {
            let member = &graph.nodes[node as usize];
            of(&graph.groups[member.group], &member.node.label)
        }
        Part::Item(item) => {
            let item = &drawing.items[item];
            of(&graph.groups[item.group], &format!("{} workloads", item.members.len()))
        }
        Part::Group(group) => format!("every workload of {}", graph.groups[group].name),
        Part::Set(Set::Everyone) => format!("every workload ({})", drawing.sets.everyone.len()),
        Part::Set(Set::Senders) => format!("all that are open out ({})", drawing.sets.senders.len()),
        Part::Set(Set::Receivers) => format!("all that are open in ({})", drawing.sets.receivers.len()),
    }
}

/// Writes everything as JSON that may stand in a `script` element.
pub(super) fn json(out: &mut String, drawing: &Drawing, blocks: &[Block]) {
    let graph = drawing.graph;
    out.push_str("{\"groups\":[");
    separated(out, &graph.groups, |out, group| {
        out.push_str("{\"n\":");
        push_json(out, group.name);
        let _ = write!(out, ",\"o\":{},\"m\":", u8::from(group.outside));
        numbers(out, &group.members);
        out.push('}');
    });
    out.push_str("],\n\"nodes\":[");
    separated(out, &graph.nodes, |out, member| {
        let node = member.node.as_ref();
        for (name, text) in [("{\"i\":", &node.id), (",\"l\":", &node.label), (",\"k\":", &node.kind)] {
            out.push_str(name);
            push_json(out, text);
        }
        let open = u8::from(node.unprotected.ingress) + 2 * u8::from(node.unprotected.egress);
        let _ = write!(out, ",\"g\":{},\"u\":{open},\"d\":[", member.group);
        separated(out, &node.detail, |out, line| push_json(out, line));
        out.push_str("]}");
    });
    out.push_str("],\n\"marks\":[");
    separated(out, &EdgeMark::ALL, |out, mark| push_json(out, graph.word(*mark)));
    out.push_str("],\n\"keys\":[");
    separated(out, &graph.keys, |out, key| {
        out.push_str("{\"l\":");
        push_json(out, key.label);
        let _ = write!(out, ",\"m\":{}}}", key.mark as u8);
    });
    let mut lists: Vec<Part> = Vec::new();
    let mut side = |part: Part| -> String {
        if let Part::Node(node) = part {
            return node.to_string();
        }
        let position = lists.iter().position(|&list| list == part).unwrap_or_else(|| {
            lists.push(part);
            lists.len() - 1
        });
        format!("-{}", position + 1)
    };
    out.push_str("],\n\"blocks\":[");
    separated(out, blocks, |out, block| {
        let (from, to) = (side(block.from), side(block.to));
        let _ = write!(out, "{{\"a\":{from},\"b\":{to},\"k\":{},\"f\":{}}}", block.key, block.flags);
    });
    out.push_str("],\n\"lists\":[");
    separated(out, &lists, |out, list| {
        out.push_str("{\"n\":");
        push_json(out, &name(drawing, *list));
        out.push_str(",\"nodes\":");
        numbers(out, members(drawing, list));
        out.push('}');
    });
    out.push_str("],\n\"details\":[");
    let mut details: Vec<_> = graph.details.iter().collect();
    details.sort_by_key(|(link, _)| **link);
    separated(out, &details, |out, (link, lines)| {
        let _ = write!(out, "[{},{},{},[", link.from, link.to, link.key);
        separated(out, lines, |out, line| push_json(out, line));
        out.push_str("]]");
    });
    out.push_str("]}");
}

fn numbers(out: &mut String, of: &[u32]) {
    out.push('[');
    separated(out, of, |out, number| {
        let _ = write!(out, "{number}");
    });
    out.push(']');
}

fn separated<T>(out: &mut String, of: &[T], mut write: impl FnMut(&mut String, &T)) {
    for (index, one) in of.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, one);
    }
}
