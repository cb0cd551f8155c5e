//! What a pattern is made of.

/// A part of a pattern. Characters are numbers, because Go takes surrogates for characters.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Empty,
    Literal {
        character: u32,
        fold: bool,
    },
    /// Any character, or any but a newline.
    Any {
        newline: bool,
    },
    Class(Class),
    Look(Look),
    /// A group that captures; the name may be empty.
    Capture(Box<Node>),
    Repeat {
        node: Box<Node>,
        least: u32,
        most: Option<u32>,
        greedy: bool,
    },
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
}

/// An assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    Word,
    NotWord,
}

/// A set of characters.
#[derive(Clone, Debug, Default)]
pub(super) struct Class {
    pub(super) ranges: Vec<(u32, u32)>,
    /// Properties by name, as `\p{…}` or `\P{…}`.
    pub(super) properties: Vec<String>,
    pub(super) negated: bool,
    pub(super) fold: bool,
}

/// The last character.
pub(super) const LAST: u32 = 0x10_ffff;

impl Class {
    /// The ranges in order without overlaps, negated if the class is; without properties.
    pub(super) fn plain(&self) -> Vec<(u32, u32)> {
        let ranges = normal(self.ranges.clone());
        if self.negated { complement(&ranges) } else { ranges }
    }
}

/// In order, without overlaps or gaps of nothing.
pub(super) fn normal(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match merged.last_mut() {
            Some((_, end)) if low <= end.saturating_add(1) => *end = high.max(*end),
            _ => merged.push((low, high)),
        }
    }
    merged
}

/// All other characters, of ranges in order.
pub(super) fn complement(ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut others = Vec::with_capacity(ranges.len().saturating_add(1));
    let mut next = 0;
    for (low, high) in ranges {
        if *low > next {
            others.push((next, low.saturating_sub(1)));
        }
        next = high.saturating_add(1);
    }
    if next <= LAST {
        others.push((next, LAST));
    }
    others
}
