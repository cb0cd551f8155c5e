//! The order of boxes in their column and of cards in theirs, so that lines are short and cross little.
//!
//! Barycentres: everything moves to the mean height of what it is connected to, again and again; the best
//! of all rounds is kept.

use super::geometry::Geometry;
use super::scene::{Place, Scene};

const ROUNDS: usize = 10;

pub(super) fn arrange(scene: &mut Scene) {
    let mut best: Option<(f64, Order)> = None;
    for round in 0..ROUNDS {
        let geometry = Geometry::nominal(scene);
        let cost = cost(scene, &geometry);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, Order::of(scene)));
        }
        let wishes = wishes(scene, &geometry, round % 2 == 1);
        reorder(scene, &geometry, &wishes);
    }
    if let Some((_, order)) = best {
        order.restore(scene);
    }
}

struct Order {
    columns: Vec<Vec<usize>>,
    inside: Vec<Vec<Vec<usize>>>,
}

impl Order {
    fn of(scene: &Scene) -> Self {
        Self {
            columns: scene.columns.clone(),
            inside: scene.frames.iter().map(|frame| frame.columns.clone()).collect(),
        }
    }

    fn restore(self, scene: &mut Scene) {
        scene.columns = self.columns;
        for (frame, columns) in scene.frames.iter_mut().zip(self.inside) {
            frame.columns = columns;
        }
    }
}

/// Crossings as far as they are cheap to count, and heights to overcome.
fn cost(scene: &Scene, geometry: &Geometry) -> f64 {
    let mut spans: Vec<(f64, f64, f64, f64)> = Vec::new();
    let mut sum = 0.0;
    for bundle in &scene.bundles {
        let to = (x(geometry, bundle.to), geometry.port(bundle));
        for &source in &bundle.sources {
            let from = (x(geometry, source), geometry.leave(source));
            sum += (from.1 - to.1).abs();
            spans.push(if from.0 <= to.0 {
                (from.0, from.1, to.0, to.1)
            } else {
                (to.0, to.1, from.0, from.1)
            });
        }
    }
    if spans.len() <= 400 {
        for (index, a) in spans.iter().enumerate() {
            for b in spans.iter().skip(index + 1) {
                let same_columns = (a.0 - b.0).abs() < 1.0 && (a.2 - b.2).abs() < 1.0;
                if same_columns && (a.1 - b.1) * (a.3 - b.3) < 0.0 {
                    sum += 60.0;
                }
            }
        }
    }
    sum
}

fn x(geometry: &Geometry, place: Place) -> f64 {
    match place {
        Place::Card(card) => geometry.cards[card].x,
        Place::Frame(frame) => geometry.frames[frame].x,
    }
}

/// The mean height that each card and frame wants, if it has lines. `inner_first`: lines inside of boxes
/// count more.
fn wishes(scene: &Scene, geometry: &Geometry, inner_first: bool) -> (Vec<Option<f64>>, Vec<Option<f64>>) {
    let mut cards = vec![(0.0, 0.0); scene.cards.len()];
    let mut frames = vec![(0.0, 0.0); scene.frames.len()];
    for bundle in &scene.bundles {
        for &source in &bundle.sources {
            let (from, to) = (geometry.leave(source), geometry.port(bundle));
            let inner = scene.frame_of(source) == scene.frame_of(bundle.to);
            let weight = if inner && inner_first { 3.0 } else { 1.0 };
            for (place, wish) in [(source, to), (bundle.to, from)] {
                if let Place::Card(card) = place {
                    cards[card].0 += wish * weight;
                    cards[card].1 += weight;
                }
                if !inner {
                    let frame = scene.frame_of(place);
                    frames[frame].0 += wish;
                    frames[frame].1 += 1.0;
                }
            }
        }
    }
    let mean = |(sum, weight): (f64, f64)| (weight > 0.0).then(|| sum / weight);
    (cards.into_iter().map(mean).collect(), frames.into_iter().map(mean).collect())
}

fn reorder(scene: &mut Scene, geometry: &Geometry, wishes: &(Vec<Option<f64>>, Vec<Option<f64>>)) {
    // What nothing is connected to goes to the bottom, in its given order.
    let (cards, frames) = wishes;
    for column in &mut scene.columns {
        if column.len() > 1
            && column.iter().any(|&frame| scene.frames[frame].side != super::Side::Inner)
            && single_column(geometry)
        {
            continue;
        }
        column.sort_by(|&a, &b| {
            frames[a].unwrap_or(f64::MAX).total_cmp(&frames[b].unwrap_or(f64::MAX)).then(a.cmp(&b))
        });
    }
    for frame in &mut scene.frames {
        for column in &mut frame.columns {
            column.sort_by(|&a, &b| {
                cards[a].unwrap_or(f64::MAX).total_cmp(&cards[b].unwrap_or(f64::MAX)).then(a.cmp(&b))
            });
        }
    }
}

/// In a picture of one column, what is outside stays at the top and at the bottom.
fn single_column(geometry: &Geometry) -> bool {
    geometry.outer.len() <= 3
}
