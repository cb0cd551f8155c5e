//! Sharing of key texts within one load.

use rustc_hash::FxHashSet;

use crate::Key;

/// Hands out [`Key`]s that share their text. One per reader; not shared between threads, so it needs no
/// lock.
#[derive(Debug, Default)]
pub struct Interner {
    keys: FxHashSet<Key>,
}

impl Interner {
    /// Beyond this many texts nothing new is remembered: a file of a million distinct keys must not make
    /// the table outlive it.
    const LIMIT: usize = 1 << 16;
    /// Longer texts are hardly ever repeated.
    const LONGEST: usize = 128;

    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything when it knows more than so many texts: for a reader that goes on for ever.
    pub fn forget_beyond(&mut self, texts: usize) {
        if self.keys.len() > texts {
            self.keys.clear();
        }
    }

    /// The key with this text.
    pub fn key(&mut self, text: &str) -> Key {
        if let Some(key) = self.keys.get(text) {
            return key.clone();
        }
        let key = Key::new(text);
        if self.keys.len() < Self::LIMIT && text.len() <= Self::LONGEST {
            self.keys.insert(key.clone());
        }
        key
    }
}
