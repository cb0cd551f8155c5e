//! The newest entries first, page by page.

use std::time::Duration;

use ironhull_store::{Cursor, Entry, Limits, Store};

fn store() -> Store {
    let limits = Limits { bytes: 64 << 20, entries: 10_000, age: Duration::from_hours(24 * 3650) };
    let store = Store::in_memory(limits).unwrap();
    let writer = store.writer();
    for number in 0..10_i64 {
        let parity = if number % 2 == 0 { "even" } else { "odd" };
        let keys = vec![parity.to_owned()];
        let entry = Entry { id: number.to_string(), at: 1000 + number, keys, body: Vec::new() };
        writer.record(entry).wait().unwrap();
    }
    store
}

fn pages(store: &Store, key: Option<&str>, at: i64, wanted: impl Fn(&Entry) -> bool) -> String {
    let (mut place, mut ids): (Option<Cursor>, Vec<String>) = (None, Vec::new());
    loop {
        let page = store.newest(key, at, place, 2, &wanted).unwrap();
        assert!(page.entries.len() <= 2);
        ids.extend(page.entries.into_iter().map(|entry| entry.id));
        // A place survives being written down.
        place = page.next.map(|next| next.to_string().parse().unwrap());
        if place.is_none() {
            return ids.join(" ");
        }
    }
}

#[test]
fn every_entry_comes_once_and_the_newest_first() {
    let store = store();
    assert_eq!(pages(&store, None, 0, |_| true), "9 8 7 6 5 4 3 2 1 0");
    assert_eq!(pages(&store, None, 1006, |_| true), "9 8 7 6");
    assert_eq!(pages(&store, None, 2000, |_| true), "");
    assert_eq!(pages(&store, Some("odd"), 0, |_| true), "9 7 5 3 1");
    assert_eq!(pages(&store, Some("odd"), 1004, |_| true), "9 7 5");
    assert_eq!(pages(&store, Some("none"), 0, |_| true), "");
    assert_eq!(pages(&store, None, 0, |entry| entry.id == "3"), "3");
}

#[test]
fn what_is_recorded_meanwhile_moves_nothing() {
    let store = store();
    let first = store.newest(None, 0, None, 3, |_| true).unwrap();
    let entry = Entry { id: "new".to_owned(), at: 5000, keys: Vec::new(), body: Vec::new() };
    store.writer().record(entry).wait().unwrap();
    let second = store.newest(None, 0, first.next, 3, |_| true).unwrap();
    let ids: Vec<&str> = second.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["6", "5", "4"]);
    assert!("1.x".parse::<Cursor>().is_err() && "".parse::<Cursor>().is_err());
}
