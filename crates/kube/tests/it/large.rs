//! Many objects.

use std::time::{Duration, Instant};

use ironhull_kube::{Depth, State, Wanted};
use serde_json::json;

use crate::fake::Fake;
use crate::live::{POD, follow, pods, rows, run, until, watched};

#[test]
fn ten_thousand_objects_come_in_pages() {
    run(async {
        let fake = Fake::start();
        {
            let mut state = fake.lock();
            for number in 0..10_000 {
                state.put("pods", &format!("n{}", number % 100), &format!("p{number}"), &json!({"spec": {}}));
            }
            state.faults.lost_places = 1;
        }
        let live = follow(&fake, pods()).await;
        assert_eq!(rows(&live.world(), POD), fake.lock().now("pods"));
        assert!(matches!(live.coverage()[0].state, State::Synced { objects: 10_000, .. }));
        assert_eq!(fake.count(&["\"limit\": \"500\""]), 2, "the first attempt");
        assert_eq!(fake.count(&["\"limit\": \"2000\""]), 5, "the second, in larger pages");
    });
}

/// Says what it took. For a measurement run it alone, with `--release` and more objects:
/// `IRONHULL_KUBE_OBJECTS=100000 cargo test -p ironhull-kube --release --test it -- --nocapture very_many`. The server
/// is in the same process.
#[test]
fn very_many_objects() {
    let count: usize = std::env::var("IRONHULL_KUBE_OBJECTS").map_or(3000, |count| count.parse().unwrap());
    for (namespaces, depth) in [(100, Depth::Whole), (1, Depth::Whole), (100, Depth::Metadata)] {
        run(async {
            let fake = Fake::start();
            let container = json!({"name": "c", "image": "registry.example/a/b:1.2.3", "ports": [{"containerPort": 80}],
                "securityContext": {"runAsNonRoot": true, "capabilities": {"drop": ["ALL"]}},
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}});
            let pod = json!({"spec": {"containers": [container, container], "nodeName": "n", "serviceAccountName": "s"}});
            {
                let mut state = fake.lock();
                for number in 0..count {
                    state.put("pods", &format!("n{}", number % namespaces), &format!("p{number}"), &pod);
                }
                state.compact();
            }
            let (began, used) = (Instant::now(), used());
            let wanted = Wanted { depth, ..Wanted::all("", "Pod") };
            let live = follow(&fake, vec![wanted]).await;
            let (listed, own) = (began.elapsed(), self::used().saturating_sub(used));
            assert_eq!(live.world().len(), count);
            watched(&fake, 1).await;
            let began = Instant::now();
            let changed: Vec<usize> = (0..count).step_by(100).collect();
            for number in &changed {
                fake.put("pods", &format!("n{}", number % namespaces), &format!("p{number}"), &pod);
            }
            let last = changed.last().unwrap();
            let version = fake
                .lock()
                .now("pods")
                .into_iter()
                .map(|row| row.2)
                .max_by_key(|row| row.parse::<u64>().unwrap());
            until(&live, "changes", |world, _| {
                let last = world.get(POD, &format!("n{}", last % namespaces), &format!("p{last}")).unwrap();
                last.value.dig_str(&["metadata", "resourceVersion"]) == version.as_deref()
            })
            .await;
            println!(
                "{namespaces} namespaces, {depth:?}: listed in {listed:?}, of which own CPU {own:?} ({} revisions), {} changes in {:?}",
                live.world().revision(),
                changed.len(),
                began.elapsed()
            );
        });
    }
}

/// The CPU time of this thread, on which the client runs and the server does not. Zero where it is not told.
fn used() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0))
}
