//! Fewer lines that say the same.
//!
//! In this order: connections that everyone in a named set has become a tag on the other end ([`sets`]);
//! workloads of one namespace with the same neighbours become one card ([`twins`]); connections that all
//! members of a namespace have become one line from or to its box, and those that all members have among
//! each other become a mark of the box ([`lift`]).
//!
//! Nothing here may add or lose a connection: [`Drawing::expand`] undoes all of it, and the tests compare.

#[cfg(test)]
mod expand;
mod lift;
mod quotient;
mod sets;
mod twins;

use super::graph::Graph;
use super::model::{EdgeMark, Fold};
pub(super) use sets::{Set, Sets};

/// What is drawn: cards, lines between cards and boxes, and what is written on them.
pub(super) struct Drawing<'g> {
    pub(super) graph: &'g Graph<'g>,
    pub(super) items: Vec<Item>,
    pub(super) lines: Vec<Line>,
    /// Connections among all members of a group: group, key.
    pub(super) inside: Vec<(usize, u32)>,
    pub(super) tags: Vec<Tag>,
    pub(super) sets: Sets,
    /// True when cards stand for whole groups and lines for some of their members.
    pub(super) collapsed: bool,
    /// Even between whole groups there are too many lines to draw them.
    pub(super) lines_left_out: bool,
}

/// One card: a node, or several that cannot be told apart by their connections.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) group: usize,
    pub(super) members: Vec<u32>,
    /// Connections of every member to every other: key, and the share of pairs if not all.
    pub(super) inside: Vec<(u32, Share)>,
    /// Connections of every member to itself, with the share of members if not all.
    pub(super) own: Vec<(u32, Share)>,
    /// Stands for all of its group.
    pub(super) whole: bool,
}

/// How many of how many, if not all.
pub(super) type Share = Option<(usize, usize)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum End {
    Item(usize),
    Group(usize),
}

/// Every member of `from` to every member of `to`, unless there is a share.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) from: End,
    pub(super) to: End,
    /// All of one mark.
    pub(super) keys: Vec<u32>,
    /// The same in the other direction.
    pub(super) both: bool,
    pub(super) share: Share,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Direction {
    /// The set connects to the end.
    In,
    /// The end connects to the set.
    Out,
}

/// A connection between one end and a whole set, written on the end instead of drawn.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) on: End,
    pub(super) direction: Direction,
    pub(super) set: Set,
    pub(super) key: u32,
    pub(super) share: Share,
}

/// How much is merged; each level does what the one before does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Nothing,
    Boxes,
    Twins,
    Sets,
}

/// Above this many lines nobody can follow one; namespaces are drawn as one card each instead.
const MOST_LINES: usize = 900;
/// Above this many edges "never merge" is not obeyed.
const MOST_EDGES_UNFOLDED: usize = 900;

/// Merges as far as asked, or as far as it takes.
pub(super) fn fold<'g>(graph: &'g Graph<'g>, how: Fold) -> Drawing<'g> {
    let nothing_collapsed = vec![false; graph.groups.len()];
    let drawing = match how {
        Fold::Never if graph.edges.len() <= MOST_EDGES_UNFOLDED => {
            at_level(graph, Level::Nothing, &nothing_collapsed)
        }
        Fold::Always => at_level(graph, Level::Sets, &nothing_collapsed),
        Fold::Auto | Fold::Never => {
            let boxes = at_level(graph, Level::Boxes, &nothing_collapsed);
            if boxes.lines.len() <= 24 && boxes.items.len() <= 40 {
                return boxes;
            }
            let twins = at_level(graph, Level::Twins, &nothing_collapsed);
            if twins.lines.len() <= 32 && twins.items.len() <= 60 {
                return twins;
            }
            at_level(graph, Level::Sets, &nothing_collapsed)
        }
    };
    if drawing.lines.len() > MOST_LINES {
        return collapse(graph, &vec![true; graph.groups.len()]);
    }
    drawing
}

/// Draws some groups as one card each. Lines at such a card may stand for some of its members; they then
/// have a share.
pub(super) fn collapse<'g>(graph: &'g Graph<'g>, which: &[bool]) -> Drawing<'g> {
    let mut drawing = at_level(graph, Level::Sets, which);
    drawing.collapsed = true;
    if drawing.lines.len() > MOST_LINES {
        drawing.lines.clear();
        drawing.lines_left_out = true;
    }
    drawing
}

/// Without shares, for tables: every connection can be told.
pub(super) fn exact<'g>(graph: &'g Graph<'g>, unfolded: bool) -> Drawing<'g> {
    let level =
        if unfolded && graph.edges.len() <= MOST_EDGES_UNFOLDED { Level::Nothing } else { Level::Sets };
    at_level(graph, level, &vec![false; graph.groups.len()])
}

fn at_level<'g>(graph: &'g Graph<'g>, level: Level, collapsed: &[bool]) -> Drawing<'g> {
    let mut rest = graph.edges.clone();
    let (sets, tags) = if level >= Level::Sets { sets::take(graph, &mut rest) } else { Default::default() };
    let partition = if level >= Level::Twins {
        twins::partition(graph, &rest, &tags, collapsed)
    } else {
        twins::singles(graph)
    };
    let mut quotient = quotient::Quotient::new(graph, &rest, &tags, partition, collapsed);
    let mut drawing = Drawing {
        graph,
        items: Vec::new(),
        lines: Vec::new(),
        inside: Vec::new(),
        tags: Vec::new(),
        sets,
        collapsed: false,
        lines_left_out: false,
    };
    if level >= Level::Boxes {
        lift::lift(&mut drawing, &mut quotient, collapsed);
    }
    quotient.finish(&mut drawing);
    lift::join(&mut drawing, level > Level::Nothing);
    drawing
}

impl Drawing<'_> {
    /// The mark that all keys of a line share.
    pub(super) fn mark(&self, keys: &[u32]) -> EdgeMark {
        keys.first()
            .and_then(|&key| self.graph.keys.get(key as usize))
            .map(|key| key.mark)
            .unwrap_or_default()
    }

    /// The ports of some keys, for one line of text.
    pub(super) fn label(&self, keys: &[u32]) -> String {
        let labels: Vec<&str> =
            keys.iter().filter_map(|&key| self.graph.keys.get(key as usize)).map(|key| key.label).collect();
        labels.join("; ")
    }

    /// The nodes of an end.
    pub(super) fn members(&self, end: End) -> &[u32] {
        match end {
            End::Item(item) => self.items.get(item).map_or(&[], |item| &item.members),
            End::Group(group) => self.graph.groups.get(group).map_or(&[], |group| &group.members),
        }
    }
}
