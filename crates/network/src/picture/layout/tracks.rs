//! Room for lines: every line of a channel or gap gets a track of its own, and channels and gaps grow to
//! hold their tracks.

use super::Wire;
use super::geometry::{Geometry, Room, count};
use super::grid::{Grid, Kind, Vertex};
use super::route::Routes;
use super::scene::{Place, Scene};
use std::collections::BTreeMap;

/// Distance of tracks, less where there are many.
const PITCH: f64 = 7.0;

/// Gives every line its tracks. `tight`: the most that the tracks of one channel may take before they move
/// closer together. Gives the final coordinates and the points of every line.
pub(super) fn spread(scene: &Scene, grid: &Grid, routes: &Routes, tight: f64) -> (Geometry, Vec<Wire>) {
    let mut room = Room::least(scene);
    let gaps = gap_tracks(scene, grid, routes, &mut room);
    let upright = Geometry::new(scene, &room);
    let heights = Heights { scene, grid, geometry: &upright, gaps: &gaps };
    let runs = runs(grid, routes, &heights);
    let tracks = channel_tracks(grid, &runs, &mut room, tight);
    let geometry = Geometry::new(scene, &room);
    let mut wires = Vec::new();
    for (bundle, ways) in routes.iter().enumerate() {
        for (way, &source) in ways.iter().zip(&scene.bundles[bundle].sources) {
            let points = points(scene, grid, &geometry, &heights, &tracks, bundle, source, way);
            if points.len() > 1 {
                wires.push(Wire { bundle, source, points });
            }
        }
    }
    (geometry, wires)
}

/// The track of each bundle in each gap, and the number of tracks.
type GapTracks = BTreeMap<(usize, usize), (usize, usize)>;

fn gap_tracks(scene: &Scene, grid: &Grid, routes: &Routes, room: &mut Room) -> GapTracks {
    let mut uses: BTreeMap<usize, BTreeMap<usize, (usize, usize)>> = BTreeMap::new();
    for (bundle, ways) in routes.iter().enumerate() {
        for pair in ways.iter().flat_map(|way| way.windows(2)) {
            let (a, b) = (&grid.vertices[pair[0]], &grid.vertices[pair[1]]);
            if a.horizontal == b.horizontal
                && matches!(grid.horizontals[a.horizontal].kind, Kind::OuterGap(..) | Kind::InnerGap(..))
            {
                let (low, high) =
                    (a.on_horizontal.min(b.on_horizontal), a.on_horizontal.max(b.on_horizontal));
                let entry = uses.entry(a.horizontal).or_default().entry(bundle).or_insert((low, high));
                *entry = (entry.0.min(low), entry.1.max(high));
            }
        }
    }
    let mut tracks = GapTracks::new();
    for (horizontal, users) in uses {
        let mut users: Vec<(usize, (usize, usize))> = users.into_iter().collect();
        // Lines that end higher run higher.
        users.sort_by(|a, b| {
            let y = |bundle: usize| grid.vertices[grid.horizontals[grid.ports[bundle][0]].vertices[0]].y;
            y(a.0).total_cmp(&y(b.0)).then(a.0.cmp(&b.0))
        });
        let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut chosen = Vec::new();
        for (bundle, (low, high)) in users {
            let free = taken.iter().position(|track| track.iter().all(|&(l, h)| h < low || high < l));
            let track = free.unwrap_or(taken.len());
            if track == taken.len() {
                taken.push(Vec::new());
            }
            taken[track].push((low, high));
            chosen.push((bundle, track));
        }
        let all = taken.len();
        for (bundle, track) in chosen {
            tracks.insert((horizontal, bundle), (track, all));
        }
        let need = 10.0 + pitch(all, GAP_ROOM) * count(all.saturating_sub(1));
        let gap = match grid.horizontals[horizontal].kind {
            Kind::OuterGap(column, position) => &mut room.outer_gap[column][position],
            Kind::InnerGap(frame, column, position) => &mut room.inner_gap[frame][column][position],
            Kind::LeftStub | Kind::RightStub => continue,
        };
        *gap = gap.max(need);
    }
    debug_assert!(scene.bundles.len() == routes.len());
    tracks
}

fn pitch(tracks: usize, room: f64) -> f64 {
    (room / count(tracks.max(1))).clamp(2.5, PITCH)
}

/// The most that the tracks of one gap may take.
const GAP_ROOM: f64 = 90.0;

/// The final height of every horizontal, which for gaps depends on the bundle.
struct Heights<'a> {
    scene: &'a Scene,
    grid: &'a Grid,
    geometry: &'a Geometry,
    gaps: &'a GapTracks,
}

impl Heights<'_> {
    fn of(&self, vertex: &Vertex, bundle: usize, source: Place) -> f64 {
        let span = match self.grid.horizontals[vertex.horizontal].kind {
            Kind::OuterGap(column, position) => self.geometry.outer_gap[column][position],
            Kind::InnerGap(frame, column, position) => self.geometry.inner_gap[frame][column][position],
            Kind::LeftStub | Kind::RightStub => {
                let own = self.grid.ports[bundle].contains(&vertex.horizontal);
                return if own {
                    self.geometry.port(&self.scene.bundles[bundle])
                } else {
                    self.geometry.leave(source)
                };
            }
        };
        let (track, all) = self.gaps.get(&(vertex.horizontal, bundle)).copied().unwrap_or((0, 1));
        span.start
            + span.length / 2.0
            + (count(track) - count(all.saturating_sub(1)) / 2.0) * pitch(all, GAP_ROOM)
    }
}

/// A stretch of a bundle in one channel.
struct Run {
    bundle: usize,
    low: f64,
    high: f64,
    /// Heights at which it goes on to the left and to the right.
    left: Vec<f64>,
    right: Vec<f64>,
}

/// The runs of each channel.
fn runs(grid: &Grid, routes: &Routes, heights: &Heights) -> Vec<Vec<Run>> {
    let mut found: Vec<Vec<Run>> = grid.channels.iter().map(|_| Vec::new()).collect();
    for (bundle, ways) in routes.iter().enumerate() {
        for (way, &source) in ways.iter().zip(&heights.scene.bundles[bundle].sources) {
            for (start, end) in stretches(grid, way) {
                let (first, last) = (&grid.vertices[way[start]], &grid.vertices[way[end]]);
                let (a, b) = (heights.of(first, bundle, source), heights.of(last, bundle, source));
                let mut run =
                    Run { bundle, low: a.min(b), high: a.max(b), left: Vec::new(), right: Vec::new() };
                let arrives = start.checked_sub(1).and_then(|at| way.get(at)).copied();
                for (vertex, y, other) in [(first, a, arrives), (last, b, way.get(end + 1).copied())] {
                    if goes_left(grid, vertex, other) { run.left.push(y) } else { run.right.push(y) }
                }
                found[first.channel].push(run);
            }
        }
    }
    for runs in &mut found {
        runs.sort_by(|a, b| a.bundle.cmp(&b.bundle).then(a.low.total_cmp(&b.low)));
        let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
        for run in runs.drain(..) {
            match joined.last_mut() {
                Some(last) if last.bundle == run.bundle && run.low <= last.high + 0.5 => {
                    last.high = last.high.max(run.high);
                    last.left.extend(run.left);
                    last.right.extend(run.right);
                }
                _ => joined.push(run),
            }
        }
        *runs = joined;
    }
    found
}

/// Does the line go on to the left from a vertex? At its end it goes on to its card.
fn goes_left(grid: &Grid, vertex: &Vertex, other: Option<usize>) -> bool {
    match other {
        Some(other) => grid.vertices[other].on_horizontal < vertex.on_horizontal,
        None => grid.horizontals[vertex.horizontal].kind == Kind::RightStub,
    }
}

/// The stretches of a way that run in a channel: positions of the first and the last vertex.
fn stretches(grid: &Grid, way: &[usize]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + 1 < way.len() {
        let mut end = at;
        while end + 1 < way.len() && grid.vertices[way[end + 1]].channel == grid.vertices[way[at]].channel {
            end += 1;
        }
        if end > at {
            found.push((at, end));
        }
        at = end.max(at + 1);
    }
    found
}

/// Where each run lies: offset from the channel's left side.
struct ChannelTracks {
    /// For each channel: bundle, low, high, offset.
    runs: Vec<Vec<(usize, f64, f64, f64)>>,
}

fn channel_tracks(grid: &Grid, runs: &[Vec<Run>], room: &mut Room, tight: f64) -> ChannelTracks {
    let mut found = ChannelTracks { runs: Vec::with_capacity(runs.len()) };
    for (channel, runs) in grid.channels.iter().zip(runs) {
        let order = ordered(runs);
        let mut tracks: Vec<usize> = vec![0; runs.len()];
        for (position, &run) in order.iter().enumerate() {
            tracks[run] = order[..position]
                .iter()
                .filter(|&&other| {
                    runs[other].low < runs[run].high + 6.0 && runs[run].low < runs[other].high + 6.0
                })
                .map(|&other| tracks[other] + 1)
                .max()
                .unwrap_or(0);
        }
        let all = tracks.iter().max().map_or(0, |&most| most + 1);
        let width = pitch(all, tight) * count(all.saturating_sub(1));
        // An arrow head and a bend on each side.
        let (side, least) = match channel.frame {
            Some(frame) => (10.0, &mut room.inner[frame][channel.index]),
            None => (12.0, &mut room.outer[channel.index]),
        };
        if all > 0 {
            *least = least.max(width + 2.0 * side);
        }
        let start = (*least - width) / 2.0;
        found.runs.push(
            runs.iter()
                .zip(&tracks)
                .map(|(run, &track)| {
                    (run.bundle, run.low, run.high, start + count(track) * pitch(all, tight))
                })
                .collect(),
        );
    }
    found
}

/// The runs of a channel from left to right, so that they cross little: neighbours change places as long
/// as it helps.
fn ordered(runs: &[Run]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by(|&a, &b| {
        (runs[a].high - runs[a].low).total_cmp(&(runs[b].high - runs[b].low)).reverse().then(a.cmp(&b))
    });
    for _ in 0..runs.len().min(40) {
        let mut changed = false;
        for at in 1..order.len() {
            let (a, b) = (&runs[order[at - 1]], &runs[order[at]]);
            if crossings(b, a) < crossings(a, b) {
                order.swap(at - 1, at);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    order
}

/// What it costs if one run lies to the left of another. Lines upon each other are worse than crossings.
fn crossings(left: &Run, right: &Run) -> usize {
    let across = |ys: &[f64], run: &Run| ys.iter().filter(|&&y| run.low < y && y < run.high).count();
    let upon = left.right.iter().filter(|&&a| right.left.iter().any(|&b| (a - b).abs() < 5.0)).count();
    across(&left.right, right) + across(&right.left, left) + 10 * upon
}

#[expect(clippy::too_many_arguments, reason = "the parts of the layout that a line's points come from")]
fn points(
    scene: &Scene,
    grid: &Grid,
    geometry: &Geometry,
    heights: &Heights,
    tracks: &ChannelTracks,
    bundle: usize,
    source: Place,
    way: &[usize],
) -> Vec<(f64, f64)> {
    let (Some(&first), Some(&last)) = (way.first(), way.last()) else { return Vec::new() };
    let mut points = vec![(
        end_x(geometry, grid, scene.bundles[bundle].to, first),
        heights.of(&grid.vertices[first], bundle, source),
    )];
    for (start, end) in stretches(grid, way) {
        for at in [start, end] {
            let vertex = &grid.vertices[way[at]];
            let y = heights.of(vertex, bundle, source);
            let channel = &grid.channels[vertex.channel];
            let span = match channel.frame {
                Some(frame) => geometry.inner[frame][channel.index],
                None => geometry.outer[channel.index],
            };
            let offset = tracks.runs[vertex.channel]
                .iter()
                .find(|(of, low, high, _)| *of == bundle && *low <= y + 0.01 && y <= *high + 0.01)
                .map_or(span.length / 2.0, |run| run.3);
            points.push((span.start + offset, y));
        }
    }
    points.push((end_x(geometry, grid, source, last), heights.of(&grid.vertices[last], bundle, source)));
    points
}

/// The side of a card or box at which a line ends.
fn end_x(geometry: &Geometry, grid: &Grid, place: Place, vertex: usize) -> f64 {
    let rect = match place {
        Place::Card(card) => geometry.cards[card],
        Place::Frame(frame) => geometry.frames[frame],
    };
    match grid.horizontals[grid.vertices[vertex].horizontal].kind {
        Kind::RightStub => rect.x + rect.w,
        _ => rect.x,
    }
}
