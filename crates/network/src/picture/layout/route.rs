//! Which channels each line takes: shortest ways with few bends.
//!
//! One search for each bundle, outward from its target, finds the ways of all its sources; they form a
//! tree, so lines that say the same run into one trunk.

use super::geometry::Geometry;
use super::grid::{Grid, Kind};
use super::scene::{Place, Scene};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// For each bundle and each of its sources: the vertices from the target to the source.
pub(super) type Routes = Vec<Vec<Vec<usize>>>;

/// A bend costs as much as so many pixels.
const BEND: i64 = 34;
/// Against the direction of reading: into a right side or out of a left one.
const AGAINST: i64 = 22;
/// For each line that already takes a gap, and for each in a channel.
const CROWD_GAP: i64 = 5;
const CROWD_CHANNEL: i64 = 2;

pub(super) fn route(scene: &Scene, grid: &Grid, geometry: &Geometry) -> Routes {
    let mut search = Search {
        grid,
        cost: vec![i64::MAX; grid.vertices.len() * 2],
        parent: vec![usize::MAX; grid.vertices.len() * 2],
        touched: Vec::new(),
        gap_use: vec![0; grid.horizontals.len()],
        channel_use: vec![0; grid.channels.len()],
        allowed: vec![false; scene.frames.len()],
        own: vec![false; grid.horizontals.len()],
    };
    // Short bundles first: they have the fewest choices.
    let mut order: Vec<(i64, usize)> = scene
        .bundles
        .iter()
        .enumerate()
        .map(|(index, bundle)| {
            let to = geometry.port(bundle);
            let way =
                bundle.sources.iter().map(|&source| (geometry.leave(source) - to).abs()).fold(0.0, f64::max);
            (pixels(way), index)
        })
        .collect();
    order.sort_unstable();
    let mut routes: Routes = vec![Vec::new(); scene.bundles.len()];
    for (_, bundle) in order {
        routes[bundle] = search.bundle(scene, bundle);
    }
    routes
}

struct Search<'a> {
    grid: &'a Grid,
    /// By vertex and by how it was reached: 2 × vertex, + 1 if horizontally.
    cost: Vec<i64>,
    parent: Vec<usize>,
    touched: Vec<usize>,
    gap_use: Vec<i64>,
    channel_use: Vec<i64>,
    /// Frames whose inside may be used.
    allowed: Vec<bool>,
    /// Short ways of the bundle's own ends.
    own: Vec<bool>,
}

impl Search<'_> {
    fn bundle(&mut self, scene: &Scene, index: usize) -> Vec<Vec<usize>> {
        let bundle = &scene.bundles[index];
        let mut ends: Vec<Place> = bundle.sources.clone();
        ends.push(bundle.to);
        let mut own: Vec<usize> = self.grid.ports[index].to_vec();
        for source in &bundle.sources {
            own.extend(self.grid.leaves.get(source).into_iter().flatten());
        }
        for &end in &ends {
            // A line to a box ends at its border.
            if let Place::Card(card) = end {
                self.allowed[scene.cards[card].frame] = true;
            }
        }
        for &horizontal in &own {
            self.own[horizontal] = true;
        }
        let ways = self.search(bundle.to, &bundle.sources, index);
        for &end in &ends {
            self.allowed[scene.frame_of(end)] = false;
        }
        for &horizontal in &own {
            self.own[horizontal] = false;
        }
        self.count(&ways);
        ways
    }

    fn search(&mut self, _to: Place, sources: &[Place], bundle: usize) -> Vec<Vec<usize>> {
        for state in self.touched.drain(..) {
            self.cost[state] = i64::MAX;
            self.parent[state] = usize::MAX;
        }
        let mut heap: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
        for (side, &stub) in self.grid.ports[bundle].iter().enumerate() {
            let start = self.card_end(stub) * 2 + 1;
            let cost = if side == 0 { 0 } else { AGAINST };
            self.reach(start, cost, usize::MAX, &mut heap);
        }
        // Where each source's lines leave, still to be reached.
        let mut open: Vec<usize> = Vec::new();
        for source in sources {
            for &stub in self.grid.leaves.get(source).into_iter().flatten() {
                open.push(self.card_end(stub));
            }
        }
        open.sort_unstable();
        open.dedup();
        let mut is_open = open.len() * 2;
        while let Some(Reverse((cost, state))) = heap.pop() {
            if cost > self.cost[state] {
                continue;
            }
            if open.binary_search(&(state / 2)).is_ok() {
                is_open -= 1;
                if is_open == 0 {
                    break;
                }
            }
            self.expand(state, cost, &mut heap);
        }
        sources.iter().map(|source| self.way(*source)).collect()
    }

    fn expand(&mut self, state: usize, cost: i64, heap: &mut BinaryHeap<Reverse<(i64, usize)>>) {
        let (index, horizontally) = (state / 2, state % 2 == 1);
        let vertex = &self.grid.vertices[index];
        let channel = &self.grid.channels[vertex.channel];
        let turn = if horizontally { BEND + CROWD_CHANNEL * self.channel_use[vertex.channel] } else { 0 };
        let before = vertex.in_channel.checked_sub(1).and_then(|at| channel.vertices.get(at));
        let after = channel.vertices.get(vertex.in_channel + 1);
        for &next in before.into_iter().chain(after) {
            let way = pixels((self.grid.vertices[next].y - vertex.y).abs());
            self.reach(next * 2, cost + turn + way, state, heap);
        }
        let horizontal = &self.grid.horizontals[vertex.horizontal];
        let (crowd, usable) = match horizontal.kind {
            Kind::OuterGap(..) => (CROWD_GAP * self.gap_use[vertex.horizontal], true),
            Kind::InnerGap(frame, ..) => {
                (CROWD_GAP * self.gap_use[vertex.horizontal] + 8, self.allowed[frame])
            }
            Kind::LeftStub | Kind::RightStub => (0, self.own[vertex.horizontal]),
        };
        if !usable {
            return;
        }
        let turn = if horizontally { 0 } else { BEND };
        let before = vertex.on_horizontal.checked_sub(1).and_then(|at| horizontal.vertices.get(at));
        let after = horizontal.vertices.get(vertex.on_horizontal + 1);
        for &next in before.into_iter().chain(after) {
            let inside = self.grid.channels[self.grid.vertices[next].channel].frame;
            if inside.is_some_and(|frame| !self.allowed[frame]) {
                continue;
            }
            let way = pixels((self.grid.vertices[next].x - vertex.x).abs());
            self.reach(next * 2 + 1, cost + turn + crowd + way, state, heap);
        }
    }

    fn reach(&mut self, state: usize, cost: i64, from: usize, heap: &mut BinaryHeap<Reverse<(i64, usize)>>) {
        if cost < self.cost[state] {
            self.cost[state] = cost;
            self.parent[state] = from;
            self.touched.push(state);
            heap.push(Reverse((cost, state)));
        }
    }

    /// The vertex of a short way that is next to its card or box.
    fn card_end(&self, stub: usize) -> usize {
        let horizontal = &self.grid.horizontals[stub];
        let end = match horizontal.kind {
            Kind::LeftStub => horizontal.vertices.last(),
            _ => horizontal.vertices.first(),
        };
        // Every short way has a vertex.
        end.copied().unwrap_or(0)
    }

    fn way(&self, source: Place) -> Vec<usize> {
        let mut best: Option<(i64, usize)> = None;
        for (side, &stub) in self.grid.leaves.get(&source).into_iter().flatten().enumerate() {
            let end = self.card_end(stub) * 2;
            for (state, extra) in [(end, BEND), (end + 1, 0)] {
                let against = if side == 0 { AGAINST } else { 0 };
                let cost = self.cost[state].saturating_add(extra + against);
                if self.cost[state] < i64::MAX && best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, state));
                }
            }
        }
        let mut way = Vec::new();
        let mut state = best.map_or(usize::MAX, |(_, state)| state);
        while state != usize::MAX {
            way.push(state / 2);
            state = self.parent[state];
        }
        way.reverse();
        way
    }

    fn count(&mut self, ways: &[Vec<usize>]) {
        let mut channels: Vec<usize> = Vec::new();
        let mut gaps: Vec<usize> = Vec::new();
        for way in ways {
            for pair in way.windows(2) {
                let (a, b) = (&self.grid.vertices[pair[0]], &self.grid.vertices[pair[1]]);
                if a.horizontal == b.horizontal { gaps.push(a.horizontal) } else { channels.push(a.channel) }
            }
        }
        for (list, uses) in [(&mut channels, &mut self.channel_use), (&mut gaps, &mut self.gap_use)] {
            list.sort_unstable();
            list.dedup();
            for &used in list.iter() {
                uses[used] += 1;
            }
        }
    }
}

/// Whole pixels, so that sums do not depend on their order.
fn pixels(length: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a drawing is far smaller than 2^63 pixels")]
    let whole = length.round() as i64;
    whole
}
