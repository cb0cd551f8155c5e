//! Labels as numbers, and conditions on them.

use compact_str::CompactString;
use smallvec::SmallVec;

use super::ids::{Hashed, Ids};
use crate::policy::LabelMatch;

/// A text that occurs as a label's key or value, as a number.
pub(crate) type Word = u32;

/// The labels of something: ordered by key.
pub(crate) type Labels = SmallVec<[(Word, Word); 2]>;

/// The texts of all labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    numbers: Ids,
    texts: Vec<CompactString>,
}

impl Words {
    pub(crate) fn intern(&mut self, text: &str) -> Word {
        let hash = Hashed::of(text);
        if let Some(number) = self.numbers.get(hash, |number| self.text(number) == text) {
            return number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.numbers.insert(hash, number);
        number
    }

    pub(crate) fn text(&self, word: Word) -> &str {
        self.texts.get(word as usize).map_or("", CompactString::as_str)
    }

    pub(crate) fn labels<'l>(&mut self, labels: impl Iterator<Item = (&'l str, &'l str)>) -> Labels {
        let mut found: Labels = labels.map(|(key, value)| (self.intern(key), self.intern(value))).collect();
        found.sort_unstable();
        found.dedup_by_key(|(key, _)| *key);
        found
    }
}

/// A [`LabelMatch`] whose texts are numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    All(Box<[Test]>),
    Any(Box<[Test]>),
    Not(Box<Test>),
    Has(Word),
    Is(Word, Word),
    /// The values are ordered, and not just one.
    In(Word, Box<[Word]>),
    /// Those that look into the value's text.
    Text(Word, Box<LabelMatch>),
    Nothing,
}

impl Test {
    pub(crate) fn compile(of: &LabelMatch, words: &mut Words) -> Self {
        match of {
            LabelMatch::All(parts) => {
                Self::All(parts.iter().map(|part| Self::compile(part, words)).collect())
            }
            LabelMatch::Any(parts) => {
                Self::Any(parts.iter().map(|part| Self::compile(part, words)).collect())
            }
            LabelMatch::Not(part) => Self::Not(Box::new(Self::compile(part, words))),
            LabelMatch::Has(key) => Self::Has(words.intern(key)),
            LabelMatch::In(key, values) => {
                let mut values: SmallVec<[Word; 4]> =
                    values.iter().map(|value| words.intern(value)).collect();
                values.sort_unstable();
                let key = words.intern(key);
                if let [value] = *values {
                    Self::Is(key, value)
                } else {
                    Self::In(key, values.as_slice().into())
                }
            }
            LabelMatch::Contains(key, _)
            | LabelMatch::StartsWith(key, _)
            | LabelMatch::EndsWith(key, _)
            | LabelMatch::Above(key, _)
            | LabelMatch::Below(key, _) => Self::Text(words.intern(key), Box::new(of.clone())),
            LabelMatch::Nothing => Self::Nothing,
        }
    }

    pub(crate) fn matches(&self, labels: &[(Word, Word)], words: &Words) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(labels, words)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(labels, words)),
            Self::Not(part) => !part.matches(labels, words),
            Self::Has(key) => value(labels, *key).is_some(),
            Self::Is(key, wanted) => value(labels, *key) == Some(*wanted),
            Self::In(key, values) => {
                value(labels, *key).is_some_and(|value| values.binary_search(&value).is_ok())
            }
            Self::Text(key, of) => {
                value(labels, *key).is_some_and(|value| of.matches(&|_: &str| Some(words.text(value))))
            }
            Self::Nothing => false,
        }
    }

    /// A label and the values that it must have one of, for an index to start from.
    pub(crate) fn required(&self) -> Option<(Word, &[Word])> {
        match self {
            Self::Is(key, value) => Some((*key, std::slice::from_ref(value))),
            Self::In(key, values) => Some((*key, values)),
            Self::All(parts) => {
                parts.iter().filter_map(Self::required).min_by_key(|(_, values)| values.len())
            }
            _ => None,
        }
    }
}

fn value(labels: &[(Word, Word)], key: Word) -> Option<Word> {
    // Labels are few: a scan beats a search.
    labels.iter().find(|(own, _)| *own == key).map(|(_, value)| *value)
}
