//! A disk that is full, and a library that panics: the record stops, admission does not.

use super::disk::{Disk, Mood};
use super::{WIDE, entry, store};
use crate::StoreError;

#[test]
fn a_full_disk_is_told_and_writing_goes_on_when_there_is_space() {
    let disk = Disk::default();
    let store = store(&disk, WIDE).unwrap();
    let (writer, kv) = (store.writer(), store.kv("shadow"));
    writer.record(entry("before", 1)).wait().unwrap();
    kv.put("key", b"before").unwrap();

    disk.set(Mood::Full);
    for number in 0..3 {
        let error = writer.record(entry(&format!("lost{number}"), 2)).wait().unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
    }
    assert!(writer.offer(entry("lost too", 2)), "admission is not told");
    assert!(writer.flush().is_err());
    assert!(kv.put("key", b"lost").is_err());
    let health = store.health();
    assert!(health.failing && health.last_error.is_some(), "{health:?}");
    assert_eq!((health.recorded, health.dropped), (1, 4));

    disk.set(Mood::Good);
    writer.record(entry("after", 3)).wait().unwrap();
    let health = store.health();
    assert!(!health.failing && health.last_error.is_some(), "{health:?}");
    assert!(store.get("before").unwrap().is_some() && store.get("after").unwrap().is_some());
    assert_eq!(kv.get("key").unwrap().as_deref(), Some(&b"before"[..]));
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn a_panic_below_is_an_error_above() {
    let disk = Disk::default();
    drop(store(&disk, WIDE).unwrap());
    disk.set(Mood::Panics);
    assert!(matches!(store(&disk, WIDE), Err(StoreError::Damaged { .. })));
    disk.set(Mood::Good);
    let store = store(&disk, WIDE).unwrap();
    let writer = store.writer();
    // More than the cache holds, so that reading needs the disk.
    let receipts: Vec<_> = (0..3000)
        .map(|number| {
            let mut entry = entry(&format!("{number}"), number);
            entry.body = vec![b'x'; 9000];
            writer.record(entry)
        })
        .collect();
    for receipt in receipts {
        receipt.wait().unwrap();
    }
    disk.set(Mood::Panics);
    let error = store.since(0, None, 5000).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(matches!(writer.record(entry("lost", 1)).wait(), Err(StoreError::Damaged { .. })));
    disk.set(Mood::Good);
    writer.record(entry("after", 1)).wait().unwrap();
    assert_eq!(store.verify().unwrap().entries, 3001);
}
