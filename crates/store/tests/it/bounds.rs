//! Limits of bytes, number and age, and the size of the file.

use std::fs;
use std::time::{Duration, Instant};

use ironhull_store::{Limits, Store};
use tempfile::tempdir;

use crate::{WIDE, entry};

#[test]
fn the_file_stays_bounded_over_many_times_the_limit() {
    for (body, total) in [(200, 15_000), (1500, 8000), (2300, 5000), (9000, 2000), (70_000, 250)] {
        let directory = tempdir().unwrap();
        let path = directory.path().join("record.redb");
        let limits = Limits { bytes: 4 << 20, ..WIDE };
        let store = Store::open(&path, limits).unwrap();
        let writer = store.writer();
        let mut longest = 0;
        for number in 0_i64..total {
            let id = format!("{:012x}", number.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16);
            let object = format!("object:v1/Pod/shop/web-{}", number % 101);
            let entry = entry(&id, number, &[&object, "denied"], &vec![b'x'; body]);
            while !writer.offer(entry.clone()) {
                std::thread::sleep(Duration::from_micros(100));
            }
            if number % 200 == 0 {
                longest = longest.max(fs::metadata(&path).unwrap().len());
            }
        }
        writer.flush().unwrap();
        let stats = store.stats().unwrap();
        assert!(stats.bytes <= limits.bytes && stats.bytes > limits.bytes * 9 / 10, "{body}: {stats:?}");
        assert_eq!(stats.entries + stats.health.evicted, total.cast_unsigned());
        assert_eq!(stats.oldest, Some(total - i64::try_from(stats.entries).unwrap()), "the oldest goes");
        assert!(store.verify().unwrap().is_sound());
        let share = longest * 100 / limits.bytes;
        println!("body {body}: {} entries, the file was at most {share} % of the limit", stats.entries);
        // Twice the limit, for redb doubles a file when it grows; and what one commit writes anew.
        assert!(longest <= 2 * limits.bytes + (8 << 20), "{body}: {longest}");
    }
}

#[test]
fn number_and_age() {
    let store = Store::in_memory(Limits { entries: 5, age: Duration::from_secs(10), ..WIDE }).unwrap();
    let writer = store.writer();
    for number in 0..8 {
        writer.record(entry(&number.to_string(), number * 1000, &["all"], b"")).wait().unwrap();
    }
    assert_eq!(store.stats().unwrap().oldest, Some(3000));
    writer.record(entry("later", 14_000, &["all"], b"")).wait().unwrap();
    assert_eq!(store.stats().unwrap().oldest, Some(4000));
    writer.record(entry("much later", 16_500, &["all"], b"")).wait().unwrap();
    assert_eq!(store.stats().unwrap().oldest, Some(7000));
    writer.prune(24_001).unwrap();
    assert_eq!(store.stats().unwrap().oldest, Some(16_500));
    writer.prune(24_000_000).unwrap();
    let stats = store.stats().unwrap();
    assert_eq!((stats.entries, stats.bytes, stats.oldest), (0, 0, None));
    assert!(store.verify().unwrap().is_sound());
}

/// A clock that ran ahead must not make all later entries the first to go.
#[test]
fn entries_from_a_wrong_clock_go_in_their_turn() {
    let store = Store::in_memory(Limits { entries: 3, ..WIDE }).unwrap();
    let writer = store.writer();
    for (id, at) in [("a", 1), ("ahead", 1_000_000_000), ("b", 2), ("c", 3), ("d", 4)] {
        writer.record(entry(id, at, &["all"], b"")).wait().unwrap();
    }
    let ids: Vec<_> = store.by_key("all", 9).unwrap().into_iter().map(|entry| entry.id).collect();
    assert_eq!(ids, ["d", "c", "b"]);
}

#[test]
fn lowered_limits_are_worked_off_in_small_steps_and_the_file_is_packed() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    let store = Store::open(&path, WIDE).unwrap();
    for number in 0..15_000 {
        while !store.writer().offer(entry(&number.to_string(), number, &["all"], &[b'x'; 1500])) {
            std::thread::sleep(Duration::from_micros(100));
        }
    }
    store.writer().flush().unwrap();
    drop(store);
    let full = fs::metadata(&path).unwrap().len();
    assert!(full > 32 << 20, "{full}");

    let store = Store::open(&path, Limits { entries: 100, ..WIDE }).unwrap();
    // An entry that comes in meanwhile does not wait for all of the work.
    store.writer().record(entry("new", 20_000, &[], b"")).wait().unwrap();
    assert!(store.stats().unwrap().entries > 1000, "not in one transaction");
    let start = Instant::now();
    while store.stats().unwrap().entries > 100 {
        assert!(start.elapsed() < Duration::from_mins(2), "{:?}", store.stats());
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(store);
    let store = Store::open(&path, Limits { entries: 100, ..WIDE }).unwrap();
    assert_eq!(store.stats().unwrap().entries, 100);
    let packed = fs::metadata(&path).unwrap().len();
    assert!(packed < full / 10, "{packed} of {full}");
    assert!(store.verify().unwrap().is_sound());
}
