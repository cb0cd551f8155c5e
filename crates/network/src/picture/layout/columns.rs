//! Which column each box stands in, and which column of its box each card.

use super::geometry::count;
use super::rank::{Arc, balanced, ranks};
use super::scene::{Place, Scene, Side};
use std::collections::BTreeMap;

/// Room that a column of boxes needs beside its cards, and a column of cards inside a box.
const AROUND_BOX: f64 = 84.0;
const AROUND_CARD: f64 = 26.0;
/// A column taller than this is better split, if there is room beside it.
const TALL: f64 = 820.0;
/// Above so many cards the number of columns is weighed.
const LARGE: usize = 12;
/// More columns than this in one box are hard to follow.
const MOST_INSIDE: usize = 5;

/// Assigns columns so that the picture is about as wide as the budget.
pub(super) fn assign(scene: &mut Scene, budget: f64) {
    if scene.frames.is_empty() {
        return;
    }
    let mut widths: Vec<f64> = scene.cards.iter().map(|card| card.width).collect();
    widths.sort_by(f64::total_cmp);
    // Most columns will not have the widest card.
    let usual = widths.get(widths.len() * 3 / 4).copied().unwrap_or(0.0);
    let most = (budget / (usual + AROUND_CARD + AROUND_BOX)).floor().max(1.0);
    let mut most_columns = 1;
    while f64::from(most_columns + 1) <= most {
        most_columns += 1;
    }
    let most_columns = usize::try_from(most_columns).unwrap_or(1);
    let wanted: Vec<usize> = (0..scene.frames.len()).map(|frame| wanted_inside(scene, frame)).collect();
    // Few columns of wide boxes show the flow inside of them; many columns of narrow ones may be lower.
    let fewest = if scene.cards.len() > LARGE { 1 } else { most_columns };
    // With many boxes, what is outside may also stand above and below them.
    let ways: &[bool] = if scene.frames.len() > 8 { &[false, true] } else { &[false] };
    let mut plans: Vec<Plan> = (fewest..=most_columns)
        .flat_map(|columns| ways.iter().map(move |&stacked| (columns, stacked)))
        .map(|(columns, stacked)| frame_columns(scene, columns, stacked, &wanted))
        .map(|columns| Plan::new(scene, columns, &wanted, budget))
        .collect();
    let lowest = plans.iter().map(|plan| plan.height).fold(f64::MAX, f64::min);
    let Some(chosen) = plans.iter().position(|plan| plan.height <= lowest * 1.2) else { return };
    let Plan { columns, inside, .. } = plans.swap_remove(chosen);
    for (column, frames) in columns.iter().enumerate() {
        for &frame in frames {
            // Above or below others, what is outside stays narrow: its lines leave at both sides.
            let stacked = frames.len() > 1 && scene.frames[frame].side != Side::Inner;
            split(scene, frame, if stacked { 1 } else { wanted[frame].min(inside[column]) });
        }
    }
    scene.columns = columns;
}

/// One way to divide the boxes.
struct Plan {
    columns: Vec<Vec<usize>>,
    /// The columns of cards in the widest box of each column.
    inside: Vec<usize>,
    /// An estimate.
    height: f64,
}

impl Plan {
    /// Widens boxes, those of the tallest column first, while there is room.
    fn new(scene: &Scene, columns: Vec<Vec<usize>>, wanted: &[usize], budget: f64) -> Self {
        let mut inside = vec![1_usize; columns.len()];
        let card: Vec<f64> = columns
            .iter()
            .map(|frames| {
                let cards = frames.iter().flat_map(|&frame| scene.frames[frame].columns.concat());
                cards.map(|card| scene.cards[card].width).fold(96.0, f64::max)
            })
            .collect();
        let width = |inside: &[usize]| -> f64 {
            let widths = inside.iter().zip(&card);
            widths.map(|(&columns, card)| count(columns) * (card + AROUND_CARD) + AROUND_BOX).sum()
        };
        let tall = |column: usize, inside: usize| -> f64 {
            columns[column].iter().map(|&frame| frame_height(scene, frame, inside.min(wanted[frame]))).sum()
        };
        loop {
            let candidate = (0..columns.len())
                .filter(|&column| columns[column].iter().any(|&frame| wanted[frame] > inside[column]))
                .filter(|&column| {
                    let mut wider = inside.clone();
                    wider[column] += 1;
                    width(&wider) <= budget
                })
                .map(|column| (tall(column, inside[column]), column))
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            let Some((_, column)) = candidate else { break };
            inside[column] += 1;
        }
        let height = (0..columns.len()).map(|column| tall(column, inside[column])).fold(0.0, f64::max);
        Self { columns, inside, height }
    }
}

/// The height of some boxes with their cards in one column.
fn height(scene: &Scene, frames: &[usize]) -> f64 {
    frames.iter().map(|&frame| frame_height(scene, frame, 1)).sum()
}

/// The height of a box with its cards in so many columns.
fn frame_height(scene: &Scene, frame: usize, columns: usize) -> f64 {
    let frame = &scene.frames[frame];
    let cards: f64 = frame.columns.iter().flatten().map(|&card| scene.cards[card].height + 12.0).sum();
    frame.header + cards / count(columns.max(1)) + 30.0
}

fn frame_columns(scene: &Scene, most: usize, stacked: bool, wanted: &[usize]) -> Vec<Vec<usize>> {
    let of = |side: Side| -> Vec<usize> {
        (0..scene.frames.len()).filter(|&frame| scene.frames[frame].side == side).collect()
    };
    let (left, inner, right) = (of(Side::Left), of(Side::Inner), of(Side::Right));
    let own_columns = usize::from(!left.is_empty()) + usize::from(!right.is_empty());
    let mut columns: Vec<Vec<usize>> = Vec::new();
    if (most > own_columns && !stacked) || inner.is_empty() {
        columns.extend((!left.is_empty()).then_some(left));
        columns.extend(inner_columns(
            scene,
            &inner,
            most.saturating_sub(own_columns).max(1),
            wanted,
            (0.0, 0.0),
        ));
        columns.extend((!right.is_empty()).then_some(right));
    } else {
        // No room for columns of their own: above and below the others.
        let ends = (height(scene, &left), height(scene, &right));
        columns = inner_columns(scene, &inner, most.max(1), wanted, ends);
        if let Some(first) = columns.first_mut() {
            first.splice(0..0, left);
        }
        if let Some(last) = columns.last_mut() {
            last.extend(right);
        }
    }
    columns.retain(|column| !column.is_empty());
    columns
}

/// `ends`: what else stands above the first and below the last.
fn inner_columns(
    scene: &Scene,
    inner: &[usize],
    most: usize,
    wanted: &[usize],
    ends: (f64, f64),
) -> Vec<Vec<usize>> {
    let mut local = vec![usize::MAX; scene.frames.len()];
    for (index, &frame) in inner.iter().enumerate() {
        local[frame] = index;
    }
    let mut weights: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for bundle in &scene.bundles {
        let to = local[scene.frame_of(bundle.to)];
        for &source in &bundle.sources {
            let from = local[scene.frame_of(source)];
            if from != usize::MAX && to != usize::MAX && from != to {
                *weights.entry((from, to)).or_default() += 1;
            }
        }
    }
    let arcs: Vec<Arc> = weights.into_iter().map(|((from, to), weight)| (from, to, weight)).collect();
    let ranks = ranks(inner.len(), &arcs);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); ranks.iter().max().map_or(0, |&rank| rank + 1)];
    for (index, &rank) in ranks.iter().enumerate() {
        columns[rank].push(inner[index]);
    }
    let tallest = columns.iter().map(|column| height(scene, column)).fold(0.0, f64::max);
    let total = height(scene, inner);
    let share = total / count(most);
    if columns.len() <= most && (tallest <= TALL || tallest <= share * 1.3) {
        return columns;
    }
    let sequence: Vec<usize> = columns.into_iter().flatten().collect();
    let mut heights: Vec<f64> =
        sequence.iter().map(|&frame| frame_height(scene, frame, wanted[frame])).collect();
    if let Some(first) = heights.first_mut() {
        *first += ends.0;
    }
    if let Some(last) = heights.last_mut() {
        *last += ends.1;
    }
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); sequence.len()];
    for (&frame, column) in sequence.iter().zip(balanced(&heights, most)) {
        columns[column].push(frame);
    }
    columns.retain(|column| !column.is_empty());
    columns
}

/// The ranks of the cards of a frame by the lines inside of it.
fn inside_ranks(scene: &Scene, frame: usize) -> Vec<usize> {
    let cards = &scene.frames[frame].columns.concat();
    let mut local: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, &card) in cards.iter().enumerate() {
        local.insert(card, index);
    }
    let mut arcs: Vec<Arc> = Vec::new();
    for bundle in &scene.bundles {
        let Place::Card(to) = bundle.to else { continue };
        let Some(&to) = local.get(&to) else { continue };
        for source in &bundle.sources {
            if let Place::Card(from) = source
                && let Some(&from) = local.get(from)
            {
                arcs.push((from, to, 1));
            }
        }
    }
    ranks(cards.len(), &arcs)
}

fn wanted_inside(scene: &Scene, frame: usize) -> usize {
    let by_rank = inside_ranks(scene, frame).into_iter().max().map_or(1, |rank| rank + 1);
    if scene.frames[frame].side != Side::Inner {
        return by_rank.min(2);
    }
    let by_height = scene.frames[frame].columns.concat().len().div_ceil(6);
    by_rank.max(by_height).min(MOST_INSIDE)
}

fn split(scene: &mut Scene, frame: usize, parts: usize) {
    let ranks = inside_ranks(scene, frame);
    let cards = scene.frames[frame].columns.concat();
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); cards.len().max(1)];
    let highest = ranks.iter().max().copied().unwrap_or(0);
    let mut by_rank: Vec<(usize, usize)> = ranks.into_iter().zip(cards).collect();
    by_rank.sort_by_key(|&(rank, _)| rank);
    let heights: Vec<f64> = by_rank.iter().map(|&(_, card)| scene.cards[card].height).collect();
    if highest + 1 == parts {
        for (rank, card) in by_rank {
            columns[rank].push(card);
        }
    } else {
        for (&(_, card), column) in by_rank.iter().zip(balanced(&heights, parts)) {
            columns[column].push(card);
        }
    }
    columns.retain(|column| !column.is_empty());
    if columns.is_empty() {
        columns.push(Vec::new());
    }
    scene.frames[frame].columns = columns;
}
