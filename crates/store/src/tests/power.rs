//! What an operating system that stops leaves on the disk. A killed process, as in `tests/it/crash.rs`, loses
//! nothing that it has written; a machine without power does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::disk::Disk;
use super::{WIDE, entry, store};
use crate::Limits;

fn random(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed >> 11
    }
}

#[test]
fn no_power_cut_loses_what_was_acknowledged_or_leaves_half_of_anything() {
    for (limits, kept) in [(WIDE, 1000), (Limits { entries: 300, ..WIDE }, 100)] {
        let disk = Disk::default();
        let running = store(&disk, limits).unwrap();
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let stop = AtomicBool::new(false);
        let mut random = random(0x5EED_1234_5678_9ABC);
        thread::scope(|scope| {
            for number in 0..3 {
                let (writer, acknowledged) = (running.writer(), Arc::clone(&acknowledged));
                let stop = &stop;
                scope.spawn(move || {
                    for at in 0.. {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let id = format!("t{number}-{at}");
                        writer.record(entry(&id, at)).wait().unwrap();
                        let _ = writer.offer(entry(&format!("{id}-offered"), at));
                        acknowledged.lock().unwrap().push(id);
                        // Memory is quicker than a disk, and every entry is looked for after every cut.
                        thread::sleep(Duration::from_millis(4));
                    }
                });
            }
            let judge = |random: &mut dyn FnMut() -> u64| {
                let known = acknowledged.lock().unwrap().clone();
                let after = store(&disk.after_power_cut(&mut || random()), WIDE).unwrap();
                let verified = after.verify().unwrap();
                assert!(verified.is_sound(), "{verified:?}");
                for id in known.iter().rev().take(kept) {
                    let found = after.get(id).unwrap().unwrap_or_else(|| panic!("{id} is lost"));
                    assert_eq!(found.body, entry(id, 0).body);
                }
                known.len()
            };
            let mut most = 0;
            for _ in 0..40 {
                thread::sleep(Duration::from_micros(random() % 8000));
                // A panic would wait for the threads for ever.
                let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(&mut random)));
                if let Err(panic) = judged {
                    stop.store(true, Ordering::Relaxed);
                    std::panic::resume_unwind(panic);
                }
                most = judged.unwrap();
            }
            stop.store(true, Ordering::Relaxed);
            assert!(most > 100, "{most} acknowledged");
        });
    }
}
