//! Small state.

use ironhull_store::{Store, StoreError};
use tempfile::tempdir;

use crate::{WIDE, entry};

#[test]
fn values_stay_and_tables_are_apart() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    let store = Store::open(&path, WIDE).unwrap();
    let (shadow, trial) = (store.kv("shadow"), store.kv("trial"));
    shadow.put("policy/b", b"on").unwrap();
    shadow.put("policy/a", b"off").unwrap();
    shadow.put("other", b"1").unwrap();
    shadow.put("policy/a", b"on").unwrap();
    trial.put("policy/a", b"7").unwrap();
    drop((store, shadow, trial));
    let store = Store::open(&path, WIDE).unwrap();
    let (shadow, trial) = (store.kv("shadow"), store.kv("trial"));
    let pair = |key: &str, value: &[u8]| (key.to_owned(), value.to_vec());
    assert_eq!(shadow.list("policy/").unwrap(), [pair("policy/a", b"on"), pair("policy/b", b"on")]);
    assert_eq!(shadow.list("").unwrap().len(), 3);
    assert_eq!(trial.list("").unwrap(), [pair("policy/a", b"7")]);
    assert_eq!(trial.get("policy/b").unwrap(), None);
    assert!(shadow.delete("other").unwrap());
    assert!(!shadow.delete("other").unwrap());
    assert_eq!(shadow.get("other").unwrap(), None);
    assert_eq!(store.kv("shado").list("").unwrap(), []);
}

#[test]
fn counters_count_while_the_writer_writes() {
    let store = Store::in_memory(WIDE).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = store.clone();
            scope.spawn(move || {
                let counter = store.kv("trial");
                for number in 0..100 {
                    assert!(store.writer().offer(entry(&format!("{thread}-{number}"), 1, &[], b"{}")));
                    let plus = |old: Option<&[u8]>| {
                        let old = old.map_or(0, |old| u64::from_le_bytes(old.try_into().unwrap()));
                        Some((old + 1).to_le_bytes().to_vec())
                    };
                    counter.update("seen", plus).unwrap();
                }
            });
        }
    });
    assert_eq!(store.kv("trial").get("seen").unwrap(), Some(400u64.to_le_bytes().to_vec()));
    assert_eq!(store.kv("trial").update("seen", |_| None).unwrap(), None);
    assert_eq!(store.kv("trial").list("").unwrap(), []);
    store.writer().flush().unwrap();
    assert_eq!(store.stats().unwrap().entries, 400);
}

#[test]
fn what_is_too_large_is_refused() {
    let kv = Store::in_memory(WIDE).unwrap().kv("trial");
    assert!(matches!(kv.put(&"k".repeat(1025), b""), Err(StoreError::Refused { .. })));
    assert!(matches!(kv.put("k", &vec![0; (1 << 20) + 1]), Err(StoreError::Refused { .. })));
    assert!(matches!(kv.update("k", |_| Some(vec![0; 2 << 20])), Err(StoreError::Refused { .. })));
    assert_eq!(kv.get("k").unwrap(), None);
    kv.put("k", b"works").unwrap();
}
