//! Coordinates from sizes: how wide each channel is and how high each gap, and so where everything stands.

use super::Rect;
use super::scene::{Bundle, FRAME_LEAVE, LEAVE, Place, Scene, Side};

/// A drawing higher than this does not fit a screen.
const TALL: f64 = 1200.0;

/// The room that lines get. Indices follow the scene: columns, frames, columns of a frame, cards.
pub(super) struct Room {
    /// Before, between and after the columns.
    pub(super) outer: Vec<f64>,
    /// For each frame: before, between and after its columns.
    pub(super) inner: Vec<Vec<f64>>,
    /// For each column: above each frame and below the last.
    pub(super) outer_gap: Vec<Vec<f64>>,
    /// For each frame and column in it: above each card and below the last.
    pub(super) inner_gap: Vec<Vec<Vec<f64>>>,
}

impl Room {
    /// The least room, the same everywhere.
    pub(super) fn least(scene: &Scene) -> Self {
        let columns = scene.columns.len();
        let mut outer = vec![26.0; columns + 1];
        for edge in [0, columns] {
            outer[edge] = 6.0;
        }
        Self {
            outer,
            inner: scene.frames.iter().map(|frame| vec![12.0; frame.columns.len() + 1]).collect(),
            outer_gap: scene
                .columns
                .iter()
                .map(|column| {
                    let mut gaps = vec![18.0; column.len() + 1];
                    gaps[0] = 4.0;
                    gaps[column.len()] = 4.0;
                    gaps
                })
                .collect(),
            inner_gap: scene
                .frames
                .iter()
                .map(|frame| {
                    frame
                        .columns
                        .iter()
                        .map(|cards| {
                            let mut gaps = vec![10.0; cards.len() + 1];
                            gaps[0] = 3.0;
                            gaps[cards.len()] = 12.0;
                            gaps
                        })
                        .collect()
                })
                .collect(),
        }
    }
}

/// Where everything stands. A span is a start and a length.
pub(super) struct Geometry {
    pub(super) cards: Vec<Rect>,
    pub(super) frames: Vec<Rect>,
    pub(super) outer: Vec<Span>,
    pub(super) inner: Vec<Vec<Span>>,
    pub(super) outer_gap: Vec<Vec<Span>>,
    pub(super) inner_gap: Vec<Vec<Vec<Span>>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) start: f64,
    pub(super) length: f64,
}

impl Geometry {
    /// With the least room.
    pub(super) fn nominal(scene: &Scene) -> Self {
        let mut room = Room::least(scene);
        for outer in &mut room.outer {
            *outer = 40.0;
        }
        Self::new(scene, &room)
    }

    pub(super) fn new(scene: &Scene, room: &Room) -> Self {
        let mut geometry = Self {
            cards: vec![Rect::default(); scene.cards.len()],
            frames: vec![Rect::default(); scene.frames.len()],
            outer: Vec::new(),
            inner: vec![Vec::new(); scene.frames.len()],
            outer_gap: Vec::new(),
            inner_gap: vec![Vec::new(); scene.frames.len()],
            width: 0.0,
            height: 0.0,
        };
        geometry.across(scene, room);
        geometry.down(scene, room);
        geometry
    }

    /// The middle of the title of a place, or of one of its rows.
    pub(super) fn leave(&self, place: Place) -> f64 {
        match place {
            Place::Card(card) => self.cards[card].y + LEAVE,
            Place::Frame(frame) => self.frames[frame].y + FRAME_LEAVE,
        }
    }

    pub(super) fn port(&self, bundle: &Bundle) -> f64 {
        bundle.port
            + match bundle.to {
                Place::Card(card) => self.cards[card].y,
                Place::Frame(frame) => self.frames[frame].y,
            }
    }

    fn across(&mut self, scene: &Scene, room: &Room) {
        let mut x = 0.0;
        for (column, frames) in scene.columns.iter().enumerate() {
            self.outer.push(Span { start: x, length: room.outer[column] });
            x += room.outer[column];
            let width = frames
                .iter()
                .map(|&frame| {
                    let widest = scene.frames[frame].columns.iter().flatten();
                    let widest = widest.map(|&card| scene.cards[card].width).fold(96.0, f64::max);
                    let title = crate::picture::text::width(&scene.frames[frame].title, 13.0) + 30.0;
                    let rows = scene.frames[frame].rows.iter();
                    let rows = rows
                        .map(|row| crate::picture::text::width(&row.text, 11.0) + 26.0)
                        .fold(0.0, f64::max);
                    let cards = widest * count(scene.frames[frame].columns.len());
                    (cards + room.inner[frame].iter().sum::<f64>()).max(title.max(rows).min(230.0))
                })
                .fold(0.0, f64::max);
            for &frame in frames {
                self.frames[frame].x = x;
                self.frames[frame].w = width;
                let columns = &scene.frames[frame].columns;
                let card = (width - room.inner[frame].iter().sum::<f64>()) / count(columns.len());
                let mut inside = x;
                for (index, cards) in columns.iter().enumerate() {
                    self.inner[frame].push(Span { start: inside, length: room.inner[frame][index] });
                    inside += room.inner[frame][index];
                    for &index in cards {
                        self.cards[index].x = inside;
                        self.cards[index].w = card;
                    }
                    inside += card;
                }
                let last = room.inner[frame].last().copied().unwrap_or(0.0);
                self.inner[frame].push(Span { start: inside, length: last });
            }
            x += width;
        }
        let last = room.outer.last().copied().unwrap_or(0.0);
        self.outer.push(Span { start: x, length: last });
        self.width = x + last;
    }

    fn down(&mut self, scene: &Scene, room: &Room) {
        for (index, frame) in scene.frames.iter().enumerate() {
            let heights: Vec<f64> = frame
                .columns
                .iter()
                .zip(&room.inner_gap[index])
                .map(|(cards, gaps)| {
                    gaps.iter().sum::<f64>() + cards.iter().map(|&card| scene.cards[card].height).sum::<f64>()
                })
                .collect();
            let tallest = heights.iter().copied().fold(0.0, f64::max);
            self.frames[index].h = frame.header + tallest;
        }
        let totals: Vec<f64> = scene
            .columns
            .iter()
            .zip(&room.outer_gap)
            .map(|(frames, gaps)| {
                gaps.iter().sum::<f64>() + frames.iter().map(|&frame| self.frames[frame].h).sum::<f64>()
            })
            .collect();
        self.height = totals.iter().copied().fold(0.0, f64::max);
        for (column, total) in totals.iter().enumerate() {
            self.stack(scene, room, column, &vec![(self.height - total) / 2.0; scene.columns[column].len()]);
        }
        // Each box close to what it is connected to: alternately by the left and by the right.
        for round in 0..4 {
            for step in 0..scene.columns.len() {
                let column = if round % 2 == 0 { step } else { scene.columns.len() - 1 - step };
                let wishes = self.wishes(scene, room, column);
                self.stack(scene, room, column, &wishes);
            }
        }
        for (index, frame) in scene.frames.iter().enumerate() {
            for (column, cards) in frame.columns.iter().enumerate() {
                let gaps = &room.inner_gap[index][column];
                let mut spans = Vec::with_capacity(gaps.len());
                let mut y = cards
                    .first()
                    .map_or(self.frames[index].y + frame.header, |&card| self.cards[card].y - gaps[0]);
                for (position, &gap) in gaps.iter().enumerate() {
                    spans.push(Span { start: y, length: gap });
                    y += gap + cards.get(position).map_or(0.0, |&card| scene.cards[card].height);
                }
                self.inner_gap[index].push(spans);
            }
        }
        for (column, frames) in scene.columns.iter().enumerate() {
            let gaps = &room.outer_gap[column];
            let mut spans: Vec<Span> = frames
                .iter()
                .zip(gaps)
                .map(|(&frame, &gap)| Span { start: self.frames[frame].y - gap, length: gap })
                .collect();
            let end = frames.last().map_or(0.0, |&frame| self.frames[frame].y + self.frames[frame].h);
            spans.push(Span { start: end, length: gaps.last().copied().unwrap_or(0.0) });
            self.outer_gap.push(spans);
        }
    }

    /// How far each box of a column wants to stand below the place it would have if the column were
    /// packed from the top.
    fn wishes(&self, scene: &Scene, room: &Room, column: usize) -> Vec<f64> {
        let frames = &scene.columns[column];
        let mut sums = vec![(0.0, 0.0); frames.len()];
        let mut position = vec![usize::MAX; scene.frames.len()];
        for (index, &frame) in frames.iter().enumerate() {
            position[frame] = index;
        }
        for bundle in &scene.bundles {
            let to = scene.frame_of(bundle.to);
            for &source in &bundle.sources {
                let from = scene.frame_of(source);
                if from == to {
                    continue;
                }
                let way = self.port(bundle) - self.leave(source);
                for (frame, way) in [(from, way), (to, -way)] {
                    if let Some((sum, weight)) = sums.get_mut(position[frame]) {
                        *sum += self.frames[frame].y + way;
                        *weight += 1.0;
                    }
                }
            }
        }
        let mut packed = 0.0;
        frames
            .iter()
            .enumerate()
            .map(|(index, &frame)| {
                packed += room.outer_gap[column][index];
                let (sum, weight) = sums[index];
                let mut wish = if weight > 0.0 { sum / weight } else { self.frames[frame].y };
                // Reading begins at the top: where requests come in must be seen without scrolling.
                if scene.frames[frame].side == Side::Left && self.height > TALL {
                    wish = wish.min(TALL / 4.0);
                }
                let wish = wish - packed;
                packed += self.frames[frame].h;
                wish
            })
            .collect()
    }

    /// Stands the boxes of a column as close to their wishes as their order allows: the least squares
    /// under "never above the one before", by pooling neighbours that would overlap.
    fn stack(&mut self, scene: &Scene, room: &Room, column: usize, wishes: &[f64]) {
        let frames = &scene.columns[column];
        let gaps = &room.outer_gap[column];
        let total: f64 =
            gaps.iter().sum::<f64>() + frames.iter().map(|&frame| self.frames[frame].h).sum::<f64>();
        let mut pools: Vec<(f64, f64)> = Vec::with_capacity(wishes.len());
        for &wish in wishes {
            let mut pool = (wish, 1.0);
            while let Some(&(before, weight)) = pools.last() {
                if before <= pool.0 {
                    break;
                }
                pools.pop();
                pool = ((pool.0 * pool.1 + before * weight) / (pool.1 + weight), pool.1 + weight);
            }
            pools.push(pool);
        }
        let slack = (self.height - total).max(0.0);
        let mut shifts = pools.iter().flat_map(|&(wish, weight)| {
            let mut left = weight;
            std::iter::from_fn(move || {
                left -= 1.0;
                (left > -0.5).then_some(wish.clamp(0.0, slack).round())
            })
        });
        let mut y = 0.0;
        for (index, &frame) in frames.iter().enumerate() {
            y += gaps[index];
            let top = y + shifts.next().unwrap_or(0.0);
            y += self.frames[frame].h;
            self.move_frame(scene, room, frame, top);
        }
    }

    fn move_frame(&mut self, scene: &Scene, room: &Room, index: usize, top: f64) {
        let frame = &scene.frames[index];
        self.frames[index].y = top;
        let room_inside = self.frames[index].h - frame.header;
        for (cards, gaps) in frame.columns.iter().zip(&room.inner_gap[index]) {
            let used =
                gaps.iter().sum::<f64>() + cards.iter().map(|&card| scene.cards[card].height).sum::<f64>();
            let mut y = top + frame.header + ((room_inside - used) / 2.0).floor();
            for (&card, gap) in cards.iter().zip(gaps) {
                y += gap;
                self.cards[card].y = y;
                self.cards[card].h = scene.cards[card].height;
                y += scene.cards[card].height;
            }
        }
    }
}

/// A small count as a number of pixels' kind.
pub(super) fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
