//! Figures of the record on a disk: `cargo run --release -p ironhull-store --example measure -- DIRECTORY`.
//!
//! The directory is made when it is missing, and the files in it stay for a look. Variables: `BYTES` (limit, MiB),
//! `ENTRIES` (to write), `BODY` (bytes each).
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a tool for people"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ironhull_store::{Entry, Limits, Store};

fn main() {
    let directory = PathBuf::from(std::env::args().nth(1).expect("a directory"));
    fs::create_dir_all(&directory).unwrap();
    let (bytes, count, body) = (number("BYTES", 256), number("ENTRIES", 200_000), number("BODY", 1500));
    let limits = Limits { bytes: bytes << 20, entries: u64::MAX, age: Duration::from_hours(24 * 365) };
    let path = directory.join("record.redb");
    let _ = fs::remove_file(&path);

    let store = Store::open(&path, limits).unwrap();
    through(&store, count, body);
    one_by_one(&store, count, body);
    together(&store, count, body);
    reading(&store);
    report(&store, &path);

    let crashed = directory.join("crashed.redb");
    fs::copy(&path, &crashed).unwrap();
    timed("open after a crash", || Store::open(&crashed, limits).unwrap());
    timed("close", || drop(store));
    let store = timed("open after a clean end", || Store::open(&path, limits).unwrap());
    let verified = timed("verify", || store.verify().unwrap());
    println!("sound: {} ({} entries)", verified.is_sound(), verified.entries);

    let lower = Limits { bytes: limits.bytes / 10, ..limits };
    drop(store);
    let start = Instant::now();
    let store = Store::open(&path, lower).unwrap();
    while store.stats().unwrap().bytes > lower.bytes {
        store.writer().flush().unwrap();
    }
    println!("evict nine tenths after the limit was lowered: {:?}", start.elapsed());
    drop(store);
    let store = timed("open and pack", || Store::open(&path, lower).unwrap());
    report(&store, &path);
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    }
}

/// As fast as one thread offers.
fn through(store: &Store, count: u64, body: u64) {
    let writer = store.writer();
    let start = Instant::now();
    for number in 0..count {
        while !writer.offer(entry(number, body)) {
            thread::sleep(Duration::from_micros(200));
        }
    }
    let offered = start.elapsed();
    writer.flush().unwrap();
    let rate = count as f64 / start.elapsed().as_secs_f64();
    println!("offered {count} entries of {body} bytes in {offered:?}: {rate:.0} entries/s durable");
    println!("evicted {}", store.health().evicted);
}

fn one_by_one(store: &Store, count: u64, body: u64) {
    let writer = store.writer();
    let times = (0..300).map(|number| {
        let start = Instant::now();
        writer.record(entry(count + number, body)).wait().unwrap();
        start.elapsed()
    });
    percentiles("one acknowledged entry at a time", times.collect());
}

fn together(store: &Store, count: u64, body: u64) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let start = Instant::now();
    thread::scope(|scope| {
        for thread in 0..64 {
            let (writer, times) = (store.writer(), Arc::clone(&times));
            scope.spawn(move || {
                for number in 0..100 {
                    let start = Instant::now();
                    writer.record(entry(count + 1000 + thread * 1000 + number, body)).wait().unwrap();
                    times.lock().unwrap().push(start.elapsed());
                }
            });
        }
    });
    let rate = 6400.0 / start.elapsed().as_secs_f64();
    println!("64 threads that wait for each: {rate:.0} entries/s");
    percentiles("each of 64 at a time", std::mem::take(&mut times.lock().unwrap()));
}

fn reading(store: &Store) {
    let start = Instant::now();
    let newest = store.by_key("denied", 100).unwrap();
    println!("100 newest of a key: {:?}", start.elapsed());
    let start = Instant::now();
    for entry in &newest {
        store.get(&entry.id).unwrap();
    }
    println!("{} by id: {:?}", newest.len(), start.elapsed());
    let (start, mut cursor, mut entries) = (Instant::now(), None, 0);
    loop {
        let page = store.since(i64::MIN, cursor, 1000).unwrap();
        entries += page.entries.len();
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    println!("all {entries} in pages of 1000: {:?}", start.elapsed());
}

fn report(store: &Store, path: &Path) {
    let stats = store.stats().unwrap();
    let per = |bytes: u64| bytes as f64 / stats.entries as f64;
    println!(
        "{} entries, counted {:.1} MiB ({:.0} each), file {:.1} MiB ({:.0} each), on disk {:.1} MiB",
        stats.entries,
        mib(stats.bytes),
        per(stats.bytes),
        mib(stats.file_bytes),
        per(stats.file_bytes),
        mib(on_disk(path)),
    );
}

#[cfg(unix)]
fn on_disk(path: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(&fs::metadata(path).unwrap()) * 512
}

#[cfg(not(unix))]
fn on_disk(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn entry(number: u64, body: u64) -> Entry {
    // Ids as random as real ones.
    let id = format!("{:012x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16);
    let namespace = number % 50;
    let mut keys = vec![
        format!("object:apps/Deployment/team-{namespace}/app-{}", number % 997),
        format!("namespace:team-{namespace}"),
        format!("policy:require-labels-{}", number % 17),
    ];
    if number.is_multiple_of(10) {
        keys.push("denied".into());
    }
    let mut text = String::from("{\"object\":\"");
    while text.len() < usize::try_from(body).unwrap() {
        text.push_str("spec.template.spec.containers[0].securityContext ");
    }
    text.truncate(usize::try_from(body).unwrap());
    Entry { id, at: 1_790_000_000_000 + i64::try_from(number).unwrap(), keys, body: text.into_bytes() }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = work();
    println!("{what}: {:?}", start.elapsed());
    value
}

fn percentiles(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    println!("{what}: p50 {:?}, p99 {:?}, most {:?}", at(50), at(99), at(100));
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}
