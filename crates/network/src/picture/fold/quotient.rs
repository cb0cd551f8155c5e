//! The graph of items: how many of the connections between the members of two items exist.

use super::sets::NodeTag;
use super::twins::Partition;
use super::{Drawing, End, Item, Line, Share, Tag};
use crate::picture::graph::{Graph, Link};
use std::collections::BTreeMap;

pub(super) struct Quotient {
    pub(super) items: Vec<Item>,
    /// Connections between different items: (from, to, key) → share.
    pub(super) between: BTreeMap<(usize, usize, u32), Share>,
    /// Tags with the share of the item's members.
    pub(super) tags: Vec<(usize, NodeTag, Share)>,
}

impl Quotient {
    pub(super) fn new(
        graph: &Graph,
        links: &[Link],
        tags: &[NodeTag],
        partition: Partition,
        collapsed: &[bool],
    ) -> Self {
        let Partition { item_of, count } = partition;
        let mut items: Vec<Item> = Vec::with_capacity(count);
        for (node, &item) in item_of.iter().enumerate() {
            let group = graph.nodes[node].group;
            if item == items.len() {
                let whole = collapsed.get(group).copied().unwrap_or(false) && !graph.groups[group].outside;
                items.push(Item { group, members: Vec::new(), inside: Vec::new(), own: Vec::new(), whole });
            }
            items[item].members.push(crate::picture::graph::number(node));
        }
        let mut counts: BTreeMap<(usize, usize, u32, bool), usize> = BTreeMap::new();
        let mut last: Option<((usize, usize, u32, bool), usize)> = None;
        for link in links {
            let (from, to) = (item_of[link.from as usize], item_of[link.to as usize]);
            let entry = (from, to, link.key, link.from == link.to);
            match &mut last {
                Some((same, count)) if *same == entry => *count += 1,
                _ => {
                    if let Some((entry, count)) = last.replace((entry, 1)) {
                        *counts.entry(entry).or_default() += count;
                    }
                }
            }
        }
        if let Some((entry, count)) = last {
            *counts.entry(entry).or_default() += count;
        }
        let mut between = BTreeMap::new();
        for ((from, to, key, own), count) in counts {
            let (n, m) = (items[from].members.len(), items[to].members.len());
            let share = |whole: usize| (count != whole).then_some((count, whole));
            match (from == to, own) {
                (true, true) => items[from].own.push((key, share(n))),
                (true, false) => items[from].inside.push((key, share(n * (n - 1)))),
                (false, _) => {
                    between.insert((from, to, key), share(n * m));
                }
            }
        }
        let tags = tags_of_items(&items, &item_of, tags);
        Self { items, between, tags }
    }

    /// What was not lifted becomes a line of its own.
    pub(super) fn finish(self, drawing: &mut Drawing) {
        for ((from, to, key), share) in self.between {
            drawing.lines.push(Line {
                from: End::Item(from),
                to: End::Item(to),
                keys: vec![key],
                both: false,
                share,
            });
        }
        for (item, tag, share) in self.tags {
            drawing.tags.push(Tag {
                on: End::Item(item),
                direction: tag.direction,
                set: tag.set,
                key: tag.key,
                share,
            });
        }
        drawing.items = self.items;
    }
}

fn tags_of_items(items: &[Item], item_of: &[usize], tags: &[NodeTag]) -> Vec<(usize, NodeTag, Share)> {
    let mut found: BTreeMap<(usize, NodeTag), usize> = BTreeMap::new();
    for tag in tags {
        let item = item_of[tag.node as usize];
        *found.entry((item, NodeTag { node: 0, ..*tag })).or_default() += 1;
    }
    found
        .into_iter()
        .map(|((item, tag), count)| {
            let whole = items[item].members.len();
            (item, tag, (count != whole).then_some((count, whole)))
        })
        .collect()
}
