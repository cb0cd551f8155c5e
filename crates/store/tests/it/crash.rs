//! A process that is killed while it writes.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ironhull_store::{Limits, Store};
use tempfile::tempdir;

use crate::{WIDE, entry};

const FILE: &str = "IRONHULL_STORE_TEST_FILE";
const ROUND: &str = "IRONHULL_STORE_TEST_ROUND";

fn limits(round: u64) -> Limits {
    // Every other round evicts all the time.
    if round % 2 == 1 { Limits { entries: 300, ..WIDE } } else { WIDE }
}

fn body(id: &str) -> Vec<u8> {
    id.bytes().cycle().take(id.len() * 97 % 5000).collect()
}

/// Not a test of its own but the process that `killed_at_any_moment` starts and kills; without a file it has nothing to
/// do. Writes from several threads until then, and prints each id
/// that was acknowledged.
#[test]
fn child() {
    let Ok(path) = std::env::var(FILE) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let store = Store::open(Path::new(&path), limits(round)).unwrap();
    let output = Arc::new(Mutex::new(std::io::stdout()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (writer, kv, output) = (store.writer(), store.kv("test"), Arc::clone(&output));
            scope.spawn(move || {
                for number in 0.. {
                    let id = format!("r{round}-t{thread}-{number}");
                    // In one write, so that a line is whole or not there.
                    let say = |line: String| output.lock().unwrap().write_all(line.as_bytes()).unwrap();
                    let keys = ["all", &format!("thread:{thread}")];
                    if number % 10 == 9 {
                        kv.put(&id, id.as_bytes()).unwrap();
                        say(format!("state {id}\n"));
                    } else if number % 3 == 0 {
                        let _ = writer.offer(entry(&id, number, &keys, &body(&id)));
                    } else {
                        writer.record(entry(&id, number, &keys, &body(&id))).wait().unwrap();
                        say(format!("acknowledged {id}\n"));
                    }
                }
            });
        }
    });
}

#[test]
fn killed_at_any_moment() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("record.redb");
    let (mut kept, mut states, mut total) = (BTreeSet::new(), BTreeSet::new(), 0);
    for round in 0..16 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--nocapture", "--quiet"])
            .env(FILE, &path)
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // From while it opens the file to well into writing, in the middle of whatever it does then.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let awaited = if round < 3 { 0 } else { 10 + usize::try_from(round).unwrap() * 37 % 90 };
        let mut said: Vec<String> = lines.by_ref().take(awaited).collect();
        std::thread::sleep(Duration::from_micros(500 + round * 1237 % 9000));
        child.kill().unwrap();
        said.extend(lines);
        let status = child.wait().unwrap();
        assert!(!status.success() && status.code().is_none(), "round {round} ended by itself: {status}");
        let mut acknowledged = Vec::new();
        for line in &said {
            if let Some(id) = line.strip_prefix("acknowledged ") {
                acknowledged.push(id.to_owned());
            } else if let Some(id) = line.strip_prefix("state ") {
                states.insert(id.to_owned());
            }
        }
        total += acknowledged.len();

        let store = Store::open(&path, WIDE).unwrap();
        let verified = store.verify().unwrap();
        assert!(verified.is_sound(), "round {round}: {verified:?}");
        if round % 2 == 1 {
            // Older ones were evicted. The last hundred are among the newest 300: half as many were offered between
            // them, and each thread has at most two entries that are not acknowledged.
            kept.clear();
            let last = acknowledged.len().saturating_sub(100);
            acknowledged.drain(..last);
        }
        kept.extend(acknowledged);
        for id in &kept {
            let entry = store.get(id).unwrap().unwrap_or_else(|| panic!("round {round}: {id} is lost"));
            assert_eq!(entry.body, body(id), "{id}");
        }
        for id in &states {
            assert_eq!(store.kv("test").get(id).unwrap().as_deref(), Some(id.as_bytes()), "{id}");
        }
    }
    println!("{total} acknowledged, {} states", states.len());
    assert!(total > 300 && states.len() > 20, "{total} acknowledged, {} states", states.len());
}
