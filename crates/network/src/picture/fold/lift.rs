//! From cards to boxes: what all members of a namespace share is drawn once, at its box.

use super::quotient::Quotient;
use super::sets::NodeTag;
use super::{Direction, Drawing, End, Line, Share, Tag};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Moves complete blocks of connections from items to groups.
pub(super) fn lift(drawing: &mut Drawing, quotient: &mut Quotient, collapsed: &[bool]) {
    let graph = drawing.graph;
    let mut sizes = vec![0_usize; graph.groups.len()];
    for item in &quotient.items {
        sizes[item.group] += 1;
    }
    let can: Vec<bool> = graph
        .groups
        .iter()
        .enumerate()
        .map(|(group, cluster)| {
            !cluster.outside
                && cluster.members.len() > 1
                && sizes[group] > 1
                && !collapsed.get(group).copied().unwrap_or(false)
        })
        .collect();
    inside(drawing, quotient, &sizes, &can);
    between(drawing, quotient, &sizes, &can);
    tags(drawing, quotient, &sizes, &can);
}

/// Every member with every other.
fn inside(drawing: &mut Drawing, quotient: &mut Quotient, sizes: &[usize], can: &[bool]) {
    let mut pairs: BTreeMap<(usize, u32), usize> = BTreeMap::new();
    for (&(from, to, key), share) in &quotient.between {
        let group = quotient.items[from].group;
        if group == quotient.items[to].group && share.is_none() {
            *pairs.entry((group, key)).or_default() += 1;
        }
    }
    let mut stacks: BTreeMap<(usize, u32), usize> = BTreeMap::new();
    let mut need = vec![0_usize; sizes.len()];
    for item in &quotient.items {
        if item.members.len() > 1 {
            need[item.group] += 1;
            for (key, share) in &item.inside {
                if share.is_none() {
                    *stacks.entry((item.group, *key)).or_default() += 1;
                }
            }
        }
    }
    let mut lifted: FxHashSet<(usize, u32)> = FxHashSet::default();
    for ((group, key), count) in pairs {
        let complete = count == sizes[group] * (sizes[group] - 1)
            && stacks.get(&(group, key)).copied().unwrap_or(0) == need[group];
        // Two that talk to each other are one line with two heads: no shorter as a mark.
        if can[group] && complete && drawing.graph.groups[group].members.len() > 2 {
            drawing.inside.push((group, key));
            lifted.insert((group, key));
        }
    }
    let items = &quotient.items;
    quotient.between.retain(|&(from, to, key), _| {
        items[from].group != items[to].group || !lifted.contains(&(items[from].group, key))
    });
    for item in &mut quotient.items {
        let group = item.group;
        item.inside.retain(|(key, _)| !lifted.contains(&(group, *key)));
    }
}

/// All of a group to or from something outside of it.
fn between(drawing: &mut Drawing, quotient: &mut Quotient, sizes: &[usize], can: &[bool]) {
    let group_of: Vec<usize> = quotient.items.iter().map(|item| item.group).collect();
    let mut counts: FxHashMap<(End, End, u32), usize> = FxHashMap::default();
    for (&(from, to, key), share) in &quotient.between {
        let (g, h) = (group_of[from], group_of[to]);
        if g == h || share.is_some() {
            continue;
        }
        if can[g] {
            *counts.entry((End::Group(g), End::Item(to), key)).or_default() += 1;
        }
        if can[h] {
            *counts.entry((End::Item(from), End::Group(h), key)).or_default() += 1;
        }
        if can[g] && can[h] {
            *counts.entry((End::Group(g), End::Group(h), key)).or_default() += 1;
        }
    }
    let size = |end: End| if let End::Group(group) = end { sizes[group] } else { 1 };
    let mut complete: Vec<(usize, End, End, u32)> = counts
        .into_iter()
        .filter(|&((from, to, _), count)| count == size(from) * size(to))
        .map(|((from, to, key), count)| (count, from, to, key))
        .collect();
    // The largest first; what a larger block already shows is not shown again.
    complete.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2, a.3).cmp(&(b.1, b.2, b.3))));
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); sizes.len()];
    for (item, &group) in group_of.iter().enumerate() {
        members[group].push(item);
    }
    let of = |end: End| match end {
        End::Item(item) => vec![item],
        End::Group(group) => members[group].clone(),
    };
    for (_, from, to, key) in complete {
        let mut fresh = 0;
        for &a in &of(from) {
            for &b in &of(to) {
                fresh += usize::from(quotient.between.contains_key(&(a, b, key)));
            }
        }
        if fresh < 2 {
            continue;
        }
        for &a in &of(from) {
            for &b in &of(to) {
                quotient.between.remove(&(a, b, key));
            }
        }
        drawing.lines.push(Line { from, to, keys: vec![key], both: false, share: None });
    }
}

/// The same tag on every card of a box.
fn tags(drawing: &mut Drawing, quotient: &mut Quotient, sizes: &[usize], can: &[bool]) {
    let mut counts: BTreeMap<(usize, NodeTag), usize> = BTreeMap::new();
    for (item, tag, share) in &quotient.tags {
        if share.is_none() {
            *counts.entry((quotient.items[*item].group, *tag)).or_default() += 1;
        }
    }
    let lifted: FxHashSet<(usize, NodeTag)> = counts
        .into_iter()
        .filter(|&((group, _), count)| can[group] && count == sizes[group])
        .map(|(found, _)| found)
        .collect();
    let items = &quotient.items;
    quotient.tags.retain(|(item, tag, _)| !lifted.contains(&(items[*item].group, *tag)));
    let mut lifted: Vec<(usize, NodeTag)> = lifted.into_iter().collect();
    lifted.sort_unstable();
    for (group, tag) in lifted {
        drawing.tags.push(Tag {
            on: End::Group(group),
            direction: tag.direction,
            set: tag.set,
            key: tag.key,
            share: None,
        });
    }
}

/// Joins lines between the same two ends: several keys of one mark, and the two directions.
pub(super) fn join(drawing: &mut Drawing, both_ways: bool) {
    drawing.lines.sort_by(|a, b| (a.from, a.to, &a.keys).cmp(&(b.from, b.to, &b.keys)));
    let mut joined: Vec<Line> = Vec::with_capacity(drawing.lines.len());
    for line in std::mem::take(&mut drawing.lines) {
        let mark = drawing.mark(&line.keys);
        match joined.iter_mut().rev().take_while(|last| last.from == line.from && last.to == line.to).find(
            |last| {
                drawing.graph.keys[last.keys[0] as usize].mark == mark
                    && last.share.is_some() == line.share.is_some()
            },
        ) {
            Some(last) => {
                last.share = add(last.share, line.share);
                last.keys.extend(line.keys);
            }
            None => joined.push(line),
        }
    }
    if both_ways {
        let mut seen: FxHashMap<(End, End, Vec<u32>), usize> = FxHashMap::default();
        let mut kept: Vec<Line> = Vec::with_capacity(joined.len());
        for line in joined {
            if line.share.is_none() {
                if let Some(&other) = seen.get(&(line.to, line.from, line.keys.clone())) {
                    kept[other].both = true;
                    continue;
                }
                seen.insert((line.from, line.to, line.keys.clone()), kept.len());
            }
            kept.push(line);
        }
        joined = kept;
    }
    drawing.lines = joined;
    drawing.tags.sort_by_key(|tag| (tag.on, tag.direction != Direction::In, tag.set, tag.key));
}

/// Shares of several keys: of the pairs, at least so many have one of them.
fn add(a: Share, b: Share) -> Share {
    match (a, b) {
        (Some((n, whole)), Some((m, _))) => Some((n.max(m), whole)),
        _ => None,
    }
}
