//! The writer and its queue, and the answers.

use std::sync::mpsc;

use ironhull_store::{Limits, Store, StoreError};

use crate::{WIDE, entry};

#[test]
fn answers_come_in_their_orders() {
    let store = Store::in_memory(WIDE).unwrap();
    let writer = store.writer();
    // The clock is set back after b.
    for (id, at, keys) in
        [("a", 10, &["x"][..]), ("b", 99, &["x", "y"]), ("c", 20, &["x", "x"]), ("d", 20, &["xy"])]
    {
        writer.record(entry(id, at, keys, id.as_bytes())).wait().unwrap();
    }
    let ids =
        |entries: &[ironhull_store::Entry]| entries.iter().map(|entry| entry.id.clone()).collect::<String>();
    assert_eq!(ids(&store.by_key("x", 9).unwrap()), "cba");
    assert_eq!(ids(&store.by_key("x", 2).unwrap()), "cb");
    assert_eq!(ids(&store.by_key("", 2).unwrap()), "");
    assert_eq!(ids(&store.since(i64::MIN, None, 9).unwrap().entries), "acdb");
    let first = store.since(15, None, 2).unwrap();
    assert_eq!(ids(&first.entries), "cd");
    let second = store.since(15, first.next, 2).unwrap();
    assert_eq!((ids(&second.entries).as_str(), second.next), ("b", None));
    let stats = store.stats().unwrap();
    assert_eq!((stats.entries, stats.oldest, stats.newest), (4, Some(10), Some(99)));
    assert_eq!(stats.health.recorded, 4);
}

#[test]
fn the_same_id_again_replaces() {
    let store = Store::in_memory(WIDE).unwrap();
    let writer = store.writer();
    writer.record(entry("a", 1, &["old", "both"], b"1")).wait().unwrap();
    writer.record(entry("a", 2, &["new", "both"], b"2")).wait().unwrap();
    assert_eq!(store.get("a").unwrap().unwrap().body, b"2");
    assert_eq!(store.by_key("old", 9).unwrap(), []);
    assert_eq!(store.by_key("both", 9).unwrap().len(), 1);
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn offers_beyond_the_queue_are_counted_and_never_wait() {
    let store = Store::in_memory(WIDE).unwrap();
    let writer = store.writer();
    // The thread of the writer is held in a callback.
    let (hold, held) = mpsc::channel::<()>();
    let (reached, entered) = mpsc::channel();
    writer.record_then(entry("first", 1, &[], b""), move |outcome| {
        reached.send(outcome).unwrap();
        held.recv().unwrap();
    });
    entered.recv().unwrap().unwrap();
    let body = vec![0; 100_000];
    let taken = (0..1000).filter(|number| writer.offer(entry(&format!("n{number}"), 1, &[], &body))).count();
    assert!((50..100).contains(&taken), "{taken} of a hundred kilobytes in a queue of eight megabytes");
    assert_eq!(store.health().dropped, 1000 - taken as u64);
    let small = (0..20_000).filter(|number| writer.offer(entry(&format!("s{number}"), 1, &[], b""))).count();
    assert!(small < 8192, "{small}");
    hold.send(()).unwrap();
    writer.flush().unwrap();
    assert_eq!(store.stats().unwrap().entries, 1 + (taken + small) as u64);
}

#[test]
fn record_waits_for_room() {
    let store = Store::in_memory(WIDE).unwrap();
    let writer = store.writer();
    let body = vec![0; 1_000_000];
    let receipts: Vec<_> =
        (0..40).map(|number| writer.record(entry(&format!("{number}"), 1, &[], &body))).collect();
    for receipt in receipts {
        receipt.wait().unwrap();
    }
    assert_eq!(store.health().dropped, 0);
    let page = store.since(0, None, 1000).unwrap();
    assert!(page.entries.len() < 12, "an answer is bounded by bytes");
    let (mut count, mut next) = (page.entries.len(), page.next);
    while next.is_some() {
        let page = store.since(0, next, 1000).unwrap();
        (count, next) = (count + page.entries.len(), page.next);
    }
    assert_eq!(count, 40);
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let store = Store::in_memory(Limits { bytes: 1 << 20, ..WIDE }).unwrap();
    let writer = store.writer();
    let long = "k".repeat(1025);
    let many: Vec<String> = (0..257).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let cases = [
        entry("", 1, &[], b""),
        entry(&"i".repeat(129), 1, &[], b""),
        entry("a", 1, &[&long], b""),
        entry("a", 1, &many, b""),
        entry("a", 1, &[], &vec![0; 200_000]),
    ];
    for case in cases {
        assert!(!writer.offer(case.clone()));
        assert!(matches!(writer.record(case).wait(), Err(StoreError::Refused { .. })));
    }
    assert_eq!(store.health().dropped, 10);
    assert!(writer.offer(entry("a", 1, &[], &vec![0; 60_000])));
    writer.flush().unwrap();
    assert_eq!(store.stats().unwrap().entries, 1);
}

#[test]
fn a_callback_that_panics_or_drops_the_last_writer_does_no_harm() {
    let store = Store::in_memory(WIDE).unwrap();
    let writer = store.writer();
    writer.record_then(entry("a", 1, &[], b""), |_| panic!("of a caller"));
    writer.record(entry("b", 1, &[], b"")).wait().unwrap();
    let (done, wait) = mpsc::channel();
    let last = store.writer();
    writer.record_then(entry("c", 1, &[], b""), move |outcome| {
        drop(last);
        done.send(outcome).unwrap();
    });
    drop((writer, store));
    wait.recv().unwrap().unwrap();
}
