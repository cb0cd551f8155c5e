//! Entries that wait to be named. Upstream: `pkg/engine/context/deferred.go`.

use ironhull_value::Value;

use super::Context;
use crate::kyverno::images::Images;
use crate::kyverno::model::ContextEntry;
use crate::kyverno::trace::{Step, inside};

/// The entries of all levels, in the order in which they were added.
#[derive(Default)]
pub(super) struct Deferred<'e> {
    entries: Vec<Waiting<'e>>,
    /// Of the entry that is being loaded: it sees only entries of its level and before it.
    now: Option<(usize, usize)>,
    /// The resource whose images become the variable `images` when it is named, before every entry.
    images_of: Option<Value>,
    has_named_images: bool,
}

struct Waiting<'e> {
    entry: &'e ContextEntry,
    level: usize,
    matched: bool,
    loaded: Option<Value>,
}

impl<'e> Deferred<'e> {
    pub(super) fn add(&mut self, entry: &'e ContextEntry, level: usize) {
        self.entries.push(Waiting { entry, level, matched: false, loaded: None });
    }

    pub(super) fn set_images_of(&mut self, resource: Value) {
        self.images_of = Some(resource);
    }

    /// The resource whose images are named now.
    fn images(&mut self, text: &str) -> Option<Value> {
        if self.has_named_images || self.images_of.is_none() || !names(text, "images") {
            return None;
        }
        self.has_named_images = true;
        self.images_of.clone()
    }

    fn next(&mut self, text: &str, level: usize, end: usize) -> Option<usize> {
        let end = end.min(self.entries.len());
        let place = self.entries[..end].iter().position(|waiting| {
            !waiting.matched
                && waiting.loaded.is_none()
                && waiting.level <= level
                && names(text, &waiting.entry.name)
        })?;
        self.entries[place].matched = true;
        Some(place)
    }
}

/// Whether an expression names an entry: `(?:\A|\z|\s|[^.0-9A-Za-z])name\b`.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    // For texts this short building a searcher for the whole name would be the most work.
    let (bytes, name_bytes) = (text.as_bytes(), name.as_bytes());
    let Some(first) = name_bytes.first() else { return false };
    memchr::memchr_iter(*first, bytes).filter(|start| bytes[*start..].starts_with(name_bytes)).any(|start| {
        let before = text[..start].chars().next_back();
        let after = text[start + name.len()..].chars().next();
        let last = name.chars().next_back();
        before.is_none_or(|letter| letter != '.' && !letter.is_ascii_alphanumeric())
            && after.is_some_and(is_word) != last.is_some_and(is_word)
    })
}

impl Context<'_> {
    /// Loads every entry that an expression names.
    pub(super) fn load_matching(&self, text: &str) -> Result<(), String> {
        let named = self.deferred.borrow_mut().images(text);
        if let Some(resource) = named {
            let images = Images::of(&resource, None, &self.env().images);
            self.deferred.borrow_mut().now = None;
            let images = images?;
            if !images.is_empty() {
                self.add(&["images"], images.to_value());
            }
        }
        let (level, end) = {
            let deferred = self.deferred.borrow();
            if deferred.entries.is_empty() {
                return Ok(());
            }
            deferred.now.unwrap_or_else(|| (self.checkpoints.borrow().len(), deferred.entries.len()))
        };
        loop {
            let Some(place) = self.deferred.borrow_mut().next(text, level, end) else { return Ok(()) };
            self.load_at(place)?;
        }
    }

    fn load_at(&self, place: usize) -> Result<(), String> {
        let (entry, loaded) = {
            let mut deferred = self.deferred.borrow_mut();
            let Some(waiting) = deferred.entries.get(place) else { return Ok(()) };
            let (entry, level, loaded) = (waiting.entry, waiting.level, waiting.loaded.clone());
            deferred.now = Some((level, place));
            (entry, loaded)
        };
        let result = inside(
            self.recorder,
            || self.load(entry, loaded),
            |found, steps| {
                let (name, path, found) = (entry.name.to_string(), entry.path.clone(), found.clone());
                Step::Entry { name, path, found, steps }
            },
        );
        let mut deferred = self.deferred.borrow_mut();
        deferred.now = None;
        let value = result?;
        if let Some(waiting) = deferred.entries.iter_mut().find(|waiting| std::ptr::eq(waiting.entry, entry))
        {
            waiting.loaded = value;
        }
        Ok(())
    }

    /// After going back to a checkpoint: entries of deeper levels are gone, what was loaded is put back.
    pub(super) fn reset_deferred(&self, restore: bool, level: usize) {
        {
            let mut deferred = self.deferred.borrow_mut();
            deferred.has_named_images = false;
            for waiting in &mut deferred.entries {
                waiting.matched = false;
            }
        }
        let mut place = 0;
        loop {
            let (own, is_loaded) = {
                let deferred = self.deferred.borrow();
                let Some(waiting) = deferred.entries.get(place) else { return };
                (waiting.level, waiting.loaded.is_some())
            };
            if is_loaded && own <= level && (restore || own < level) {
                // What cannot be loaded again stays away, as it does upstream.
                let _ = self.load_at(place);
            }
            if own > level || own == level && (is_loaded || !restore) {
                self.deferred.borrow_mut().entries.remove(place);
            } else {
                place += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn an_entry_is_named_as_a_word_and_not_as_a_field() {
        assert!(names("tags", "tags") && names("length(tags)", "tags") && names(" tags.x", "tags"));
        assert!(names("a || tags", "tags") && names("\"tags\"", "tags"));
        assert!(!names("a.tags", "tags") && !names("mytags", "tags") && !names("tagsx", "tags"));
        assert!(names("_tags", "tags"));
    }
}
