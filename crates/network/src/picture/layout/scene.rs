//! What is to be placed: boxes, cards with their rows of text, and bundles of lines.

use super::words::{kinds, names, plural, sign, subtitle};
use crate::picture::fold::{Direction, Drawing, End, Set, Share};
use crate::picture::model::{EdgeMark, NodeClass};
use crate::picture::text;
use std::collections::BTreeMap;

/// The parts of a picture. Positions come later.
pub(in crate::picture) struct Scene {
    pub(in crate::picture) cards: Vec<Card>,
    pub(in crate::picture) frames: Vec<Frame>,
    pub(in crate::picture) bundles: Vec<Bundle>,
    /// The frames of each column, from top to bottom.
    pub(in crate::picture) columns: Vec<Vec<usize>>,
}

/// One drawn item. Things outside that both send and receive have two: one at each side.
pub(in crate::picture) struct Card {
    pub(in crate::picture) item: usize,
    pub(in crate::picture) frame: usize,
    pub(in crate::picture) title: String,
    pub(in crate::picture) subtitle: String,
    /// The names of some members, if there are several.
    pub(in crate::picture) names: Vec<String>,
    pub(in crate::picture) rows: Vec<Row>,
    pub(in crate::picture) open_in: bool,
    pub(in crate::picture) open_out: bool,
    pub(in crate::picture) width: f64,
    pub(in crate::picture) height: f64,
}

/// The box of a namespace, or the frame around things outside.
pub(in crate::picture) struct Frame {
    pub(in crate::picture) group: usize,
    pub(in crate::picture) side: Side,
    pub(in crate::picture) title: String,
    pub(in crate::picture) rows: Vec<Row>,
    /// All members talk to each other.
    pub(in crate::picture) all_inside: bool,
    pub(in crate::picture) open_in: bool,
    pub(in crate::picture) open_out: bool,
    pub(in crate::picture) header: f64,
    /// The cards of each column of the box, from top to bottom.
    pub(in crate::picture) columns: Vec<Vec<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::picture) enum Side {
    Left,
    Inner,
    Right,
}

/// A line of text on a card or box.
pub(in crate::picture) struct Row {
    pub(in crate::picture) text: String,
    pub(in crate::picture) mark: EdgeMark,
    pub(in crate::picture) kind: RowKind,
    /// The row's middle, from the top of its card or box.
    pub(in crate::picture) y: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::picture) enum RowKind {
    /// Lines of this bundle end here.
    Port(usize),
    /// Said in words instead of drawn.
    Said,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::picture) enum Place {
    Card(usize),
    Frame(usize),
}

/// Lines that say the same and end at the same place. They may share a trunk.
pub(in crate::picture) struct Bundle {
    pub(in crate::picture) to: Place,
    pub(in crate::picture) sources: Vec<Place>,
    pub(in crate::picture) keys: Vec<u32>,
    pub(in crate::picture) mark: EdgeMark,
    pub(in crate::picture) both: bool,
    pub(in crate::picture) share: Share,
    /// From the top of the target, see [`Row::y`].
    pub(in crate::picture) port: f64,
}

pub(in crate::picture) const ROW: f64 = 15.0;
pub(in crate::picture) const TITLE: f64 = 13.0;
pub(in crate::picture) const SMALL: f64 = 11.0;
/// The middle of a card's title, where its lines leave.
pub(in crate::picture) const LEAVE: f64 = 15.0;
/// The same for a box.
pub(in crate::picture) const FRAME_LEAVE: f64 = 14.0;
const FRAME_HEADER: f64 = 27.0;
const NARROWEST_CARD: f64 = 96.0;

impl Scene {
    pub(in crate::picture) fn new(drawing: &Drawing, widest_card: f64) -> Self {
        let mut scene =
            Self { cards: Vec::new(), frames: Vec::new(), bundles: Vec::new(), columns: Vec::new() };
        let placed = scene.place(drawing);
        scene.bundle(drawing, &placed);
        scene.write(drawing, &placed, widest_card);
        scene
    }

    /// The frame of a place.
    pub(in crate::picture) fn frame_of(&self, place: Place) -> usize {
        match place {
            Place::Card(card) => self.cards[card].frame,
            Place::Frame(frame) => frame,
        }
    }

    /// Makes frames and cards.
    fn place(&mut self, drawing: &Drawing) -> Placed {
        let (mut sends, mut receives) = (vec![false; drawing.items.len()], vec![false; drawing.items.len()]);
        let ways = || {
            drawing.lines.iter().flat_map(|line| {
                [(line.from, line.to), (line.to, line.from)].into_iter().take(1 + usize::from(line.both))
            })
        };
        for (from, _) in ways() {
            if let End::Item(item) = from {
                sends[item] = true;
            }
        }
        for (from, to) in ways() {
            if let End::Item(item) = to
                && !(is_outside(drawing, from) && is_outside(drawing, to) && sends[item])
            {
                receives[item] = true;
            }
        }
        let mut placed = Placed {
            sender: vec![0; drawing.items.len()],
            receiver: vec![0; drawing.items.len()],
            frame: vec![0; drawing.graph.groups.len()],
        };
        for (group, cluster) in drawing.graph.groups.iter().enumerate() {
            let items = drawing.items.iter().enumerate().filter(|(_, item)| item.group == group);
            if cluster.outside {
                let (mut left, mut right) = (Vec::new(), Vec::new());
                for (item, content) in items {
                    let incoming_kind = content.members.first().is_some_and(|&node| {
                        matches!(
                            drawing.graph.nodes[node as usize].node.class,
                            NodeClass::Name | NodeClass::Host
                        )
                    });
                    if sends[item] || (!receives[item] && !incoming_kind) {
                        left.push(item);
                    }
                    if receives[item] || (!sends[item] && incoming_kind) {
                        right.push(item);
                    }
                }
                for (side, items) in [(Side::Left, left), (Side::Right, right)] {
                    if !items.is_empty() {
                        self.frame(drawing, group, side, &items, &mut placed);
                    }
                }
            } else {
                let items: Vec<usize> = items.map(|(item, _)| item).collect();
                self.frame(drawing, group, Side::Inner, &items, &mut placed);
            }
        }
        placed
    }

    fn frame(&mut self, drawing: &Drawing, group: usize, side: Side, items: &[usize], placed: &mut Placed) {
        let frame = self.frames.len();
        placed.frame[group] = frame;
        let mut cards = Vec::with_capacity(items.len());
        for &item in items {
            let card = self.cards.len();
            if side != Side::Right {
                placed.sender[item] = card;
            }
            if side != Side::Left {
                placed.receiver[item] = card;
            }
            // Until the other side's card comes, if it does.
            if side == Side::Left {
                placed.receiver[item] = card;
            }
            cards.push(card);
            self.cards.push(Card {
                item,
                frame,
                title: String::new(),
                subtitle: String::new(),
                names: Vec::new(),
                rows: Vec::new(),
                open_in: false,
                open_out: false,
                width: 0.0,
                height: 0.0,
            });
        }
        self.frames.push(Frame {
            group,
            side,
            title: drawing.graph.groups[group].name.to_owned(),
            rows: Vec::new(),
            all_inside: false,
            open_in: false,
            open_out: false,
            header: FRAME_HEADER,
            columns: vec![cards],
        });
    }

    /// Groups lines by what they say and where they end.
    fn bundle(&mut self, drawing: &Drawing, placed: &Placed) {
        let mut by_target: BTreeMap<BundleKey, usize> = BTreeMap::new();
        for line in &drawing.lines {
            let from = placed.sender(line.from);
            // From the internet to the ingress controller: both stand at the left, where requests come in.
            let to = match line.to {
                End::Item(item) if is_outside(drawing, line.from) && is_outside(drawing, line.to) => {
                    let left = placed.sender[item];
                    let stands_left = self.frames[self.cards[left].frame].side == Side::Left;
                    Place::Card(if stands_left { left } else { placed.receiver[item] })
                }
                to => placed.receiver(to),
            };
            // Two heads belong to one pair.
            let alone = line.both.then_some(from);
            let entry = (to, line.keys.as_slice(), alone, line.share.is_some());
            let bundle = *by_target.entry(entry).or_insert(self.bundles.len());
            if bundle == self.bundles.len() {
                self.bundles.push(Bundle {
                    to,
                    sources: Vec::new(),
                    keys: line.keys.clone(),
                    mark: drawing.mark(&line.keys),
                    both: line.both,
                    share: line.share,
                    port: 0.0,
                });
            }
            self.bundles[bundle].sources.push(from);
        }
    }

    /// Writes titles and rows, and measures.
    fn write(&mut self, drawing: &Drawing, placed: &Placed, widest_card: f64) {
        let mut rows: Vec<Vec<Row>> = self.cards.iter().map(|_| Vec::new()).collect();
        let mut frame_rows: Vec<Vec<Row>> = self.frames.iter().map(|_| Vec::new()).collect();
        for (index, bundle) in self.bundles.iter().enumerate() {
            let some = if bundle.share.is_some() { "some: " } else { "" };
            let row = Row {
                text: format!("{}{some}{}", sign(bundle.mark), drawing.label(&bundle.keys)),
                mark: bundle.mark,
                kind: RowKind::Port(index),
                y: 0.0,
            };
            match bundle.to {
                Place::Card(card) => rows[card].push(row),
                Place::Frame(frame) => frame_rows[frame].push(row),
            }
        }
        for tag in &drawing.tags {
            let plain_open =
                Some(tag.key) == drawing.sets.key && tag.set != Set::Everyone && tag.share.is_none();
            let place = match tag.direction {
                Direction::In => placed.receiver(tag.on),
                Direction::Out => placed.sender(tag.on),
            };
            if plain_open {
                let incoming = tag.direction == Direction::In;
                match place {
                    Place::Card(card) if incoming => self.cards[card].open_in = true,
                    Place::Card(card) => self.cards[card].open_out = true,
                    Place::Frame(frame) if incoming => self.frames[frame].open_in = true,
                    Place::Frame(frame) => self.frames[frame].open_out = true,
                }
                continue;
            }
            let which = match (tag.direction, tag.set) {
                (Direction::In, Set::Everyone) => "from every workload",
                (Direction::Out, Set::Everyone) => "to every workload",
                (_, Set::Senders) => "from all open out",
                (_, Set::Receivers) => "to all open in",
            };
            let some = if tag.share.is_some() { "some: " } else { "" };
            let row = said(drawing, &[tag.key], &format!("{some}{which}: "));
            match place {
                Place::Card(card) => rows[card].push(row),
                Place::Frame(frame) => frame_rows[frame].push(row),
            }
        }
        for &(group, key) in &drawing.inside {
            let frame = placed.frame[group];
            self.frames[frame].all_inside = true;
            frame_rows[frame].push(said(drawing, &[key], "all talk to all inside: "));
        }
        for (card, mut rows) in rows.into_iter().enumerate() {
            let item = &drawing.items[self.cards[card].item];
            for (keys, all, some) in [
                (&item.inside, "with each other: ", "some with each other: "),
                (&item.own, "with itself: ", "some with themselves: "),
            ] {
                for (words, whole) in [(all, true), (some, false)] {
                    let keys = keys.iter().filter(|(_, share)| share.is_none() == whole).map(|(key, _)| *key);
                    rows.extend(by_mark(drawing, keys).iter().map(|keys| said(drawing, keys, words)));
                }
            }
            self.card(drawing, card, rows, widest_card);
        }
        for frame in &mut self.frames {
            let mut cards = frame.columns.iter().flatten().map(|&card| &self.cards[card]);
            let open = cards.all(|card| card.open_in && card.open_out);
            let stack = frame.columns.concat();
            let complete = |card: &usize| {
                let item = &drawing.items[self.cards[*card].item];
                item.members.len() > 1 && item.inside.iter().any(|(_, share)| share.is_none())
            };
            frame.all_inside |= open || (stack.len() == 1 && stack.iter().all(complete));
        }
        for (frame, mut rows) in frame_rows.into_iter().enumerate() {
            for (index, row) in rows.iter_mut().enumerate() {
                row.y = FRAME_HEADER + ROW * (f64::from(u32::try_from(index).unwrap_or(0)) + 0.5);
                if let RowKind::Port(bundle) = row.kind {
                    self.bundles[bundle].port = row.y;
                }
            }
            let count = f64::from(u32::try_from(rows.len()).unwrap_or(0));
            self.frames[frame].header = FRAME_HEADER + ROW * count;
            self.frames[frame].rows = rows;
        }
    }

    fn card(&mut self, drawing: &Drawing, index: usize, rows: Vec<Row>, widest: f64) {
        let card = &mut self.cards[index];
        let item = &drawing.items[card.item];
        let nodes: Vec<_> =
            item.members.iter().map(|&node| &drawing.graph.nodes[node as usize].node).collect();
        let Some(first) = nodes.first() else { return };
        let mut height = LEAVE + 8.0;
        if nodes.len() == 1 {
            card.title.clone_from(&first.label);
            card.subtitle = subtitle(&first.kind, first.mark);
        } else {
            let joined = |count: usize| -> String {
                nodes.iter().take(count).map(|node| node.label.as_str()).collect::<Vec<_>>().join(", ")
            };
            card.subtitle = subtitle(&kinds(nodes.iter().map(|node| node.kind.as_str())), first.mark);
            if nodes.len() == 2 && text::width(&joined(2), TITLE) * 1.06 + 44.0 <= widest {
                card.title = joined(2);
            } else {
                card.title = format!("{} {}", nodes.len(), plural(first.class));
                card.names =
                    names(&nodes.iter().map(|node| node.label.as_str()).collect::<Vec<_>>(), widest - 26.0);
            }
        }
        if !card.subtitle.is_empty() {
            height += 14.0;
        }
        height += 13.0 * f64::from(u32::try_from(card.names.len()).unwrap_or(0));
        let mut rows: Vec<Row> = rows.into_iter().flat_map(|row| wrapped(row, widest - 20.0)).collect();
        for row in &mut rows {
            row.y = height + ROW / 2.0;
            height += ROW;
            if let RowKind::Port(bundle) = row.kind {
                self.bundles[bundle].port = row.y;
            }
        }
        let texts = rows.iter().map(|row| row.text.as_str()).chain(card.names.iter().map(String::as_str));
        let widest_text = texts
            .chain([card.subtitle.as_str()])
            .map(|line| text::width(line, SMALL))
            .fold(text::width(&card.title, TITLE) * 1.06 + 18.0, f64::max);
        card.width = (widest_text + 26.0).clamp(NARROWEST_CARD, widest);
        card.height = height + 6.0;
        card.rows = rows;
    }
}

/// What lines of one bundle share: target, ports, the only source if there is one, and whether they
/// stand for some only.
type BundleKey<'a> = (Place, &'a [u32], Option<Place>, bool);

/// Which card or frame an item or group has become.
struct Placed {
    sender: Vec<usize>,
    receiver: Vec<usize>,
    frame: Vec<usize>,
}

impl Placed {
    fn sender(&self, end: End) -> Place {
        match end {
            End::Item(item) => Place::Card(self.sender[item]),
            End::Group(group) => Place::Frame(self.frame[group]),
        }
    }

    fn receiver(&self, end: End) -> Place {
        match end {
            End::Item(item) => Place::Card(self.receiver[item]),
            End::Group(group) => Place::Frame(self.frame[group]),
        }
    }
}

fn is_outside(drawing: &Drawing, end: End) -> bool {
    let group = match end {
        End::Item(item) => drawing.items[item].group,
        End::Group(group) => group,
    };
    drawing.graph.groups[group].outside
}

/// What is said in words may take several lines; a port is one line, where its lines end.
fn wrapped(row: Row, width: f64) -> Vec<Row> {
    if row.kind != RowKind::Said {
        return vec![row];
    }
    let lines = text::wrap(&row.text, SMALL, width);
    lines.into_iter().map(|text| Row { text, ..row }).collect()
}

/// Keys of one mark together.
fn by_mark(drawing: &Drawing, keys: impl Iterator<Item = u32>) -> Vec<Vec<u32>> {
    let mut found: BTreeMap<EdgeMark, Vec<u32>> = BTreeMap::new();
    for key in keys {
        found.entry(drawing.mark(&[key])).or_default().push(key);
    }
    found.into_values().collect()
}

fn said(drawing: &Drawing, keys: &[u32], words: &str) -> Row {
    let mark = drawing.mark(keys);
    Row { text: format!("{}{words}{}", sign(mark), drawing.label(keys)), mark, kind: RowKind::Said, y: 0.0 }
}
