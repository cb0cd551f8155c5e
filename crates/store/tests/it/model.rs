//! The same answers as a list that is searched from end to end.

use std::time::Duration;

use ironhull_store::{Entry, Limits, Store};
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::tempdir;

#[derive(Clone, Debug)]
enum Step {
    Record(Vec<Entry>),
    Prune(i64),
    Reopen,
    Ask { id: String, key: String, since: i64, limit: usize },
}

struct Model {
    limits: Limits,
    /// In the order in which they were recorded.
    entries: Vec<(u64, Entry)>,
    next: u64,
}

impl Model {
    fn record(&mut self, entry: &Entry) {
        self.entries.retain(|(_, other)| other.id != entry.id);
        self.entries.push((self.next, entry.clone()));
        self.next += 1;
    }

    fn evict(&mut self, now: Option<i64>) {
        if let Some(now) = now {
            let oldest = now - i64::try_from(self.limits.age.as_millis()).unwrap();
            self.entries.retain(|(_, entry)| entry.at >= oldest);
        }
        let bytes = |entries: &[(u64, Entry)]| entries.iter().map(|(_, entry)| entry.cost()).sum::<u64>();
        while self.entries.len() as u64 > self.limits.entries || bytes(&self.entries) > self.limits.bytes {
            self.entries.remove(0);
        }
    }

    fn since(&self, at: i64) -> Vec<Entry> {
        let mut found: Vec<_> = self.entries.iter().filter(|(_, entry)| entry.at >= at).collect();
        found.sort_by_key(|(place, entry)| (entry.at, *place));
        found.into_iter().map(|(_, entry)| entry.clone()).collect()
    }

    fn by_key(&self, key: &str, limit: usize) -> Vec<Entry> {
        let has = |entry: &Entry| entry.keys.iter().any(|other| other == key);
        let newest = self.entries.iter().rev().map(|(_, entry)| entry);
        newest.filter(|entry| has(entry)).take(limit).cloned().collect()
    }
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "ab", "abc", "b", "ä", "\u{10FFFF}"]).prop_map(str::to_owned)
}

fn id() -> impl Strategy<Value = String> {
    (0..40).prop_map(|number| format!("id{number}"))
}

fn entry() -> impl Strategy<Value = Entry> {
    let body = prop_oneof![4 => vec(any::<u8>(), 0..200), 1 => vec(any::<u8>(), 2000..9000)];
    (id(), -50..200i64, vec(key(), 0..4), body).prop_map(|(id, at, keys, body)| Entry { id, at, keys, body })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => vec(entry(), 1..8).prop_map(Step::Record),
        1 => (-50..300i64).prop_map(Step::Prune),
        1 => Just(Step::Reopen),
        4 => (id(), key(), -60..210i64, 1..6usize)
            .prop_map(|(id, key, since, limit)| Step::Ask { id, key, since, limit }),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    // An eighth of the bytes is what one entry may have, and the largest has 32 KiB and a bit.
    (300_000..400_000u64, 5..30u64, 50..250u64).prop_map(|(bytes, entries, age)| Limits {
        bytes,
        entries,
        age: Duration::from_millis(age),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_answers_as_the_model(limits in limits(), steps in vec(step(), 1..40)) {
        let directory = tempdir().unwrap();
        let path = directory.path().join("record.redb");
        let mut store = Store::open(&path, limits).unwrap();
        let mut model = Model { limits, entries: Vec::new(), next: 0 };
        for step in steps {
            match step {
                Step::Record(entries) => {
                    // The thread may take them in several commits. One at a time makes evictions comparable.
                    for entry in entries {
                        store.writer().record(entry.clone()).wait().unwrap();
                        model.record(&entry);
                        model.evict(Some(entry.at));
                    }
                }
                Step::Prune(now) => {
                    store.writer().prune(now).unwrap();
                    model.evict(Some(now));
                }
                Step::Reopen => {
                    drop(store);
                    store = Store::open(&path, limits).unwrap();
                }
                Step::Ask { id, key, since, limit } => {
                    let expected = model.entries.iter().find(|(_, entry)| entry.id == id);
                    prop_assert_eq!(store.get(&id).unwrap(), expected.map(|(_, entry)| entry.clone()));
                    prop_assert_eq!(store.by_key(&key, limit).unwrap(), model.by_key(&key, limit));
                    let (mut found, mut cursor) = (Vec::new(), None);
                    loop {
                        let page = store.since(since, cursor, limit).unwrap();
                        prop_assert!(page.entries.len() <= limit);
                        found.extend(page.entries);
                        cursor = page.next;
                        if cursor.is_none() {
                            break;
                        }
                    }
                    prop_assert_eq!(found, model.since(since));
                }
            }
            let stats = store.stats().unwrap();
            prop_assert_eq!(stats.entries, model.entries.len() as u64);
            prop_assert_eq!(stats.bytes, model.entries.iter().map(|(_, entry)| entry.cost()).sum::<u64>());
            prop_assert_eq!(stats.oldest, model.entries.iter().map(|(_, entry)| entry.at).min());
            prop_assert_eq!(stats.newest, model.entries.iter().map(|(_, entry)| entry.at).max());
            let verified = store.verify().unwrap();
            prop_assert!(verified.is_sound(), "{:?}", verified);
        }
    }
}
