//! The channels that lines may run in, as a graph.
//!
//! Vertical channels lie between columns of boxes and between columns of cards. Horizontals cross them:
//! gaps between boxes or cards, and the short ways from a card's side. A vertex is where a horizontal
//! meets a channel.

use super::geometry::Geometry;
use super::scene::{Place, Scene};
use std::collections::BTreeMap;

pub(super) struct Grid {
    pub(super) channels: Vec<Channel>,
    pub(super) horizontals: Vec<Horizontal>,
    pub(super) vertices: Vec<Vertex>,
    /// The horizontal on which a place's lines leave to the left and to the right.
    pub(super) leaves: BTreeMap<Place, [usize; 2]>,
    /// The same for where a bundle's lines arrive.
    pub(super) ports: Vec<[usize; 2]>,
}

pub(super) struct Channel {
    /// The frame that it lies in, if any.
    pub(super) frame: Option<usize>,
    /// The column of boxes or of cards that it lies before.
    pub(super) index: usize,
    /// Its vertices from top to bottom.
    pub(super) vertices: Vec<usize>,
}

pub(super) struct Horizontal {
    pub(super) kind: Kind,
    /// Its vertices from left to right.
    pub(super) vertices: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Column, position.
    OuterGap(usize, usize),
    /// Frame, column, position.
    InnerGap(usize, usize, usize),
    /// From a card or box to its left.
    LeftStub,
    /// From a card or box to its right.
    RightStub,
}

pub(super) struct Vertex {
    pub(super) horizontal: usize,
    pub(super) channel: usize,
    /// Position in the channel and on the horizontal.
    pub(super) in_channel: usize,
    pub(super) on_horizontal: usize,
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Grid {
    pub(super) fn new(scene: &Scene, geometry: &Geometry) -> Self {
        let mut builder = Builder::new(scene, geometry);
        for (column, frames) in scene.columns.iter().enumerate() {
            for position in 0..=frames.len() {
                let span = geometry.outer_gap[column][position];
                let y = span.start + span.length / 2.0;
                builder.horizontal(Kind::OuterGap(column, position), y, &[column, column + 1]);
            }
            for &frame in frames {
                for (inside, cards) in scene.frames[frame].columns.iter().enumerate() {
                    for position in 0..=cards.len() {
                        let span = geometry.inner_gap[frame][inside][position];
                        let y = span.start + span.length / 2.0;
                        let mut chain = builder.left(frame, inside);
                        chain.extend(builder.right(frame, inside));
                        builder.horizontal(Kind::InnerGap(frame, inside, position), y, &chain);
                    }
                }
            }
        }
        for bundle in &scene.bundles {
            for &source in &bundle.sources {
                if !builder.grid.leaves.contains_key(&source) {
                    let stubs = builder.stubs(source, geometry.leave(source));
                    builder.grid.leaves.insert(source, stubs);
                }
            }
            let stubs = builder.stubs(bundle.to, geometry.port(bundle));
            builder.grid.ports.push(stubs);
        }
        builder.finish()
    }
}

struct Builder<'a> {
    scene: &'a Scene,
    geometry: &'a Geometry,
    grid: Grid,
    /// The first channel of each frame.
    first: Vec<usize>,
    column_of_frame: Vec<usize>,
    inside_of_card: Vec<usize>,
}

impl<'a> Builder<'a> {
    fn new(scene: &'a Scene, geometry: &'a Geometry) -> Self {
        let mut channels: Vec<Channel> = (0..=scene.columns.len())
            .map(|index| Channel { frame: None, index, vertices: Vec::new() })
            .collect();
        let mut first = Vec::with_capacity(scene.frames.len());
        let mut inside_of_card = vec![0; scene.cards.len()];
        for (frame, content) in scene.frames.iter().enumerate() {
            first.push(channels.len());
            channels.extend((0..=content.columns.len()).map(|index| Channel {
                frame: Some(frame),
                index,
                vertices: Vec::new(),
            }));
            for (column, cards) in content.columns.iter().enumerate() {
                for &card in cards {
                    inside_of_card[card] = column;
                }
            }
        }
        let mut column_of_frame = vec![0; scene.frames.len()];
        for (column, frames) in scene.columns.iter().enumerate() {
            for &frame in frames {
                column_of_frame[frame] = column;
            }
        }
        let grid = Grid {
            channels,
            horizontals: Vec::new(),
            vertices: Vec::new(),
            leaves: BTreeMap::new(),
            ports: Vec::new(),
        };
        Self { scene, geometry, grid, first, column_of_frame, inside_of_card }
    }

    /// The channels directly left of a column of a frame, from left to right.
    fn left(&self, frame: usize, inside: usize) -> Vec<usize> {
        let outer = (inside == 0).then_some(self.column_of_frame[frame]);
        outer.into_iter().chain([self.first[frame] + inside]).collect()
    }

    /// The same on the right.
    fn right(&self, frame: usize, inside: usize) -> Vec<usize> {
        let last = inside + 1 == self.scene.frames[frame].columns.len();
        let outer = last.then_some(self.column_of_frame[frame] + 1);
        [self.first[frame] + inside + 1].into_iter().chain(outer).collect()
    }

    fn stubs(&mut self, place: Place, y: f64) -> [usize; 2] {
        let (left, right) = match place {
            Place::Card(card) => {
                let (frame, inside) = (self.scene.cards[card].frame, self.inside_of_card[card]);
                (self.left(frame, inside), self.right(frame, inside))
            }
            Place::Frame(frame) => {
                let column = self.column_of_frame[frame];
                (vec![column], vec![column + 1])
            }
        };
        [self.horizontal(Kind::LeftStub, y, &left), self.horizontal(Kind::RightStub, y, &right)]
    }

    fn horizontal(&mut self, kind: Kind, y: f64, chain: &[usize]) -> usize {
        let index = self.grid.horizontals.len();
        let mut vertices = Vec::with_capacity(chain.len());
        for (on_horizontal, &channel) in chain.iter().enumerate() {
            let vertex = self.grid.vertices.len();
            let place = &self.grid.channels[channel];
            let span = match place.frame {
                Some(frame) => self.geometry.inner[frame][place.index],
                None => self.geometry.outer[place.index],
            };
            self.grid.vertices.push(Vertex {
                horizontal: index,
                channel,
                in_channel: 0,
                on_horizontal,
                x: span.start + span.length / 2.0,
                y,
            });
            self.grid.channels[channel].vertices.push(vertex);
            vertices.push(vertex);
        }
        self.grid.horizontals.push(Horizontal { kind, vertices });
        index
    }

    fn finish(mut self) -> Grid {
        for channel in &mut self.grid.channels {
            let vertices = &mut self.grid.vertices;
            channel.vertices.sort_by(|&a, &b| vertices[a].y.total_cmp(&vertices[b].y).then(a.cmp(&b)));
            for (position, &vertex) in channel.vertices.iter().enumerate() {
                vertices[vertex].in_channel = position;
            }
        }
        self.grid
    }
}
