//! The world that follows a cluster.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_kube::{Cluster, Depth, LiveWorld, State, Timing, Wanted};
use ironhull_world::{Carriers, GroupKind, World, kinds};
use serde_json::json;

use crate::fake::{End, Fake};

pub(crate) const POD: GroupKind<'static> = GroupKind::new("", "Pod");

/// Much faster than life.
pub(crate) fn timing() -> Timing {
    Timing {
        batch: Duration::from_millis(5),
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(100),
        watch: Duration::from_mins(4),
        grace: Duration::from_secs(15),
        refused: Duration::from_millis(100),
        absent: Duration::from_mins(10),
        after_definition: Duration::from_millis(20),
    }
}

pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let result = runtime.block_on(test);
    runtime.shutdown_background();
    result
}

pub(crate) async fn follow(fake: &Fake, wanted: Vec<Wanted>) -> LiveWorld {
    follow_with(fake, wanted, timing()).await
}

pub(crate) async fn follow_with(fake: &Fake, wanted: Vec<Wanted>, timing: Timing) -> LiveWorld {
    let live = LiveWorld::start_with(fake.cluster().await, Carriers::default(), wanted, timing);
    assert!(live.synced(Instant::now() + Duration::from_secs(20)).await, "{:?}", live.coverage());
    live
}

/// Waits for something to become true.
pub(crate) async fn until(
    live: &LiveWorld,
    what: &str,
    is_true: impl Fn(&World, &[State]) -> bool,
) -> Arc<World> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let states: Vec<_> = live.coverage().iter().map(|kind| kind.state.clone()).collect();
        let world = live.world();
        if is_true(&world, &states) {
            return world;
        }
        assert!(Instant::now() < deadline, "{what}: {states:?} {} objects", world.len());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the server has a watch to tell things to.
pub(crate) async fn watched(fake: &Fake, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while fake.lock().watches != count {
        assert!(Instant::now() < deadline, "{} watches", fake.lock().watches);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn rows(world: &World, kind: GroupKind<'_>) -> Vec<(String, String, String)> {
    let row = |object: &Arc<ironhull_world::Object>| {
        let version = object.value.dig_str(&["metadata", "resourceVersion"]).unwrap_or_default();
        (object.key.namespace.to_string(), object.key.name.to_string(), version.to_owned())
    };
    world.of_kind(kind).map(row).collect()
}

pub(crate) fn pods() -> Vec<Wanted> {
    vec![Wanted::all("", "Pod")]
}

#[test]
fn what_happens_is_followed() {
    run(async {
        let fake = Fake::start();
        fake.put("pods", "a", "one", &json!({"spec": {"x": 1}}));
        fake.put("pods", "b", "two", &json!({}));
        let live = follow(&fake, pods()).await;
        let before = live.world();
        assert_eq!(rows(&before, POD), fake.lock().now("pods"));
        assert!(before.is_complete(POD) && !before.is_complete(kinds::NAMESPACE));
        let mut changes = live.changes();
        changes.borrow_and_update();
        fake.put("pods", "a", "one", &json!({"spec": {"x": 2}}));
        fake.put("pods", "c", "three", &json!({}));
        fake.delete("pods", "b", "two");
        until(&live, "changes", |world, _| rows(world, POD) == fake.lock().now("pods")).await;
        assert!(changes.has_changed().unwrap() && *changes.borrow_and_update() > before.revision());
        // A reader keeps what it took.
        assert_eq!(before.get(POD, "a", "one").unwrap().value.dig(&["spec", "x"]).unwrap().as_i64(), Some(1));
        let one = live.world().get(POD, "a", "one").unwrap().clone();
        assert_eq!(one.value.dig_str(&["kind"]), Some("Pod"));
        assert!(one.value.dig(&["metadata", "managedFields"]).is_none());
        assert!(matches!(live.coverage()[0].state, State::Synced { objects: 2, .. }));
        drop(live);
        watched_less(&fake).await;
    });
}

/// A watch whose client is gone is noticed when there is something to tell.
async fn watched_less(fake: &Fake) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while fake.lock().watches > 0 {
        assert!(Instant::now() < deadline);
        fake.put("pods", "z", "z", &json!({}));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn secrets_are_reduced_and_metadata_is_enough() {
    run(async {
        let fake = Fake::start();
        fake.put("secrets", "a", "s", &json!({"data": {"p": "topsecret"}}));
        fake.put("pods", "a", "p", &json!({"spec": {"x": 1}}));
        let wanted = vec![Wanted::all("", "Pod").metadata(), Wanted::all("", "Secret")];
        let live = follow(&fake, wanted).await;
        watched(&fake, 2).await;
        fake.put("secrets", "a", "s", &json!({"data": {"p": "topsecret", "q": "topsecret"}}));
        fake.put("pods", "a", "p", &json!({"spec": {"x": 2}}));
        let secret = GroupKind::new("", "Secret");
        let world = until(&live, "changes", |world, _| {
            rows(world, POD) == fake.lock().now("pods") && rows(world, secret) == fake.lock().now("secrets")
        })
        .await;
        let shown = format!("{world:?}");
        assert!(!shown.contains("topsecret"), "{shown}");
        assert!(world.get(secret, "a", "s").unwrap().value.dig(&["data", "q", "hash"]).is_some());
        let pod = world.get(POD, "a", "p").unwrap();
        assert!(pod.value.get("spec").is_none());
        assert_eq!(pod.value.dig_str(&["kind"]), Some("Pod"));

        // More is wanted now, of an object that has not changed.
        live.demand(vec![Wanted::all("", "Pod")]);
        assert!(live.synced(Instant::now() + Duration::from_secs(20)).await);
        let world = live.world();
        assert!(world.get(POD, "a", "p").unwrap().value.get("spec").is_some());
        assert_eq!(world.of_kind(secret).count(), 0);
        assert!(!world.is_complete(secret));
        assert_eq!(live.coverage()[0].wanted.depth, Depth::Whole);
    });
}

#[test]
fn a_kind_that_is_refused_does_not_hold_the_others() {
    run(async {
        let fake = Fake::start();
        fake.put("namespaces", "", "a", &json!({}));
        fake.put("pods", "a", "p", &json!({}));
        fake.lock().faults.forbidden.insert("pods");
        let live = follow(&fake, vec![Wanted::all("", "Pod"), Wanted::all("", "Namespace")]).await;
        let coverage = live.coverage();
        assert!(matches!(coverage[0].state, State::Synced { objects: 1, .. }), "{coverage:?}");
        let State::Refused { reason } = &coverage[1].state else { panic!("{coverage:?}") };
        assert_eq!(reason, "403 Forbidden: it is Forbidden");
        assert!(!live.world().is_complete(POD) && live.world().is_complete(kinds::NAMESPACE));
        // It is tried again.
        fake.lock().faults.forbidden.clear();
        until(&live, "allowed", |world, _| world.is_complete(POD) && world.of_kind(POD).count() == 1).await;
        // What was there and may not be followed any more is stale, and stays.
        fake.lock().faults.forbidden.insert("pods");
        fake.end_watches(End::Clean);
        let world = until(&live, "stale", |_, states| matches!(states[1], State::Stale { .. })).await;
        assert_eq!(world.of_kind(POD).count(), 1);
        assert!(!world.is_complete(POD));
    });
}

#[test]
fn a_watch_goes_on_where_it_was() {
    run(async {
        let fake = Fake::start();
        fake.put("pods", "a", "one", &json!({}));
        fake.put("pods", "a", "two", &json!({}));
        let live = follow(&fake, pods()).await;
        for end in [End::Clean, End::MidEvent, End::MidEvent, End::Clean] {
            watched(&fake, 1).await;
            {
                // Nobody is told before the watch ends: an object goes, another one comes.
                let mut state = fake.lock();
                state.delete("pods", "a", "one");
                state.put("pods", "a", "three", &json!({}));
            }
            fake.end_watches(end);
            until(&live, "resumed", |world, _| rows(world, POD) == fake.lock().now("pods")).await;
            fake.delete("pods", "a", "three");
            fake.put("pods", "a", "one", &json!({}));
            until(&live, "followed", |world, _| rows(world, POD) == fake.lock().now("pods")).await;
        }
        assert_eq!(fake.count(&["\"limit\""]), 1, "listed once");
        let last = fake.lock().now("pods").into_iter().map(|row| row.2).max().unwrap();
        fake.end_watches(End::Clean);
        // The next one may begin before anybody sees that there is none.
        let from_last = || fake.count(&[&format!("\"resourceVersion\": \"{last}\"")]);
        for _ in 0..500 {
            if from_last() > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(from_last(), 1, "from what was seen last");
        assert!(live.world().get(POD, "", "half").is_none());
    });
}

#[test]
fn after_an_expired_version_only_what_changed_is_replaced() {
    run(async {
        let fake = Fake::start();
        for name in ["kept", "changed", "deleted"] {
            fake.put("pods", "a", name, &json!({}));
        }
        let live = follow(&fake, pods()).await;
        watched(&fake, 1).await;
        let before = live.world();
        {
            let mut state = fake.lock();
            // All watches are away when this happens, and the server forgets it.
            state.faults.unavailable = 1;
            state.delete("pods", "a", "deleted");
            state.put("pods", "a", "changed", &json!({"x": 1}));
        }
        fake.compact();
        fake.end_watches(End::MidEvent);
        let world = until(&live, "listed anew", |world, _| rows(world, POD) == fake.lock().now("pods")).await;
        let same =
            |name| Arc::ptr_eq(before.get(POD, "a", name).unwrap(), world.get(POD, "a", name).unwrap());
        assert!(same("kept") && !same("changed"));
        until(&live, "synced", |world, states| {
            world.is_complete(POD) && matches!(states[0], State::Synced { objects: 2, .. })
        })
        .await;
        assert_eq!(fake.count(&["\"limit\""]), 2);
    });
}

#[test]
fn an_event_that_cannot_be_read_is_made_up_for_by_a_list() {
    run(async {
        let fake = Fake::start();
        fake.put("pods", "a", "one", &json!({}));
        let live = follow(&fake, pods()).await;
        watched(&fake, 1).await;
        fake.end_watches(End::Garbage);
        fake.put("pods", "a", "two", &json!({}));
        until(&live, "listed", |world, _| rows(world, POD) == fake.lock().now("pods")).await;
        assert_eq!(fake.count(&["\"limit\""]), 2);
    });
}

#[test]
fn an_event_that_does_not_end_is_made_up_for_by_a_list() {
    run(async {
        let fake = Fake::start();
        let live = follow(&fake, pods()).await;
        watched(&fake, 1).await;
        fake.put("pods", "a", "large", &json!({"x": "y".repeat(9 << 20)}));
        until(&live, "listed", |world, _| rows(world, POD) == fake.lock().now("pods")).await;
        assert_eq!(fake.count(&["\"limit\""]), 2);
    });
}

#[test]
fn bookmarks_keep_a_quiet_kind_from_expiring() {
    run(async {
        let fake = Fake::start();
        fake.lock().bookmarks = Some(Duration::from_millis(20));
        fake.put("pods", "a", "one", &json!({}));
        let live = follow(&fake, pods()).await;
        watched(&fake, 1).await;
        fake.put("namespaces", "", "other", &json!({}));
        let version = fake.lock().now("namespaces")[0].2.clone();
        tokio::time::sleep(Duration::from_millis(200)).await;
        fake.compact();
        fake.end_watches(End::Clean);
        let resumed = format!("\"resourceVersion\": \"{version}\"");
        let deadline = Instant::now() + Duration::from_secs(20);
        while fake.count(&[&resumed]) == 0 {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        fake.put("pods", "a", "two", &json!({}));
        until(&live, "followed", |world, _| rows(world, POD) == fake.lock().now("pods")).await;
        assert_eq!(fake.count(&["\"limit\""]), 1, "listed once");
    });
}

#[test]
fn a_kind_that_is_defined_later_is_noticed_and_one_that_goes_too() {
    run(async {
        let fake = Fake::start();
        let widget = GroupKind::new("x.example", "Widget");
        let definition = Wanted::all("apiextensions.k8s.io", "CustomResourceDefinition");
        // By itself it would be looked for again in ten minutes.
        let live = follow(&fake, vec![definition, Wanted::all("x.example", "Widget")]).await;
        assert_eq!(live.coverage()[1].state, State::Absent);
        assert!(live.world().is_complete(widget));
        watched(&fake, 1).await;
        fake.put("customresourcedefinitions", "", "widgets.x.example", &json!({"spec": {}}));
        // It takes a moment until it is served.
        tokio::time::sleep(Duration::from_millis(40)).await;
        fake.lock().rows.push(("x.example", "widgets", "Widget", true));
        fake.put("widgets", "a", "w", &json!({}));
        until(&live, "noticed", |world, _| world.of_kind(widget).count() == 1).await;
        watched(&fake, 2).await;
        fake.lock().rows.retain(|row| row.1 != "widgets");
        let world = until(&live, "gone", |_, states| states[1] == State::Absent).await;
        assert!(world.of_kind(widget).next().is_none());
    });
}

#[test]
fn a_kind_that_appears_is_noticed_without_its_definition() {
    run(async {
        let fake = Fake::start();
        let mut often = timing();
        often.absent = Duration::from_millis(100);
        let live = follow_with(&fake, vec![Wanted::all("x.example", "Widget")], often).await;
        fake.lock().rows.push(("x.example", "widgets", "Widget", true));
        fake.put("widgets", "a", "w", &json!({}));
        until(&live, "noticed", |world, _| world.len() == 1).await;
    });
}

#[test]
fn the_world_stays_readable_while_the_server_is_away() {
    run(async {
        let fake = Fake::start();
        fake.put("pods", "a", "one", &json!({}));
        let live = follow(&fake, pods()).await;
        watched(&fake, 1).await;
        fake.lock().faults.hang_ups = usize::MAX;
        fake.end_watches(End::MidEvent);
        let world = until(&live, "stale", |_, states| matches!(states[0], State::Stale { .. })).await;
        assert_eq!(world.of_kind(POD).count(), 1);
        assert!(live.world().of_kind(POD).count() == 1 && !live.world().is_complete(POD));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(live.coverage()[0].state.age().unwrap() >= Duration::from_millis(50));
        assert!(!live.synced(Instant::now() + Duration::from_millis(50)).await);
        fake.lock().faults.hang_ups = 0;
        fake.delete("pods", "a", "one");
        until(&live, "back", |world, states| {
            world.is_empty()
                && world.is_complete(POD)
                && matches!(states[0], State::Synced { objects: 0, .. })
        })
        .await;
        assert_eq!(fake.count(&["\"limit\""]), 1, "nothing had to be listed anew");
    });
}

#[test]
fn a_server_that_takes_the_connection_and_says_nothing_is_told_of_before_the_deadline() {
    run(async {
        let fake = Fake::start();
        fake.put("pods", "a", "one", &json!({}));
        let cluster = fake.cluster_with("{token: t}", Duration::from_mins(10)).await;
        let live = LiveWorld::start_with(cluster, Carriers::default(), pods(), timing());
        assert!(live.synced(Instant::now() + Duration::from_secs(20)).await);
        watched(&fake, 1).await;
        fake.lock().faults.silent = true;
        fake.end_watches(End::Clean);
        until(
            &live,
            "told",
            |_, states| matches!(&states[0], State::Stale { reason, .. } if reason.contains("takes long")),
        )
        .await;
        fake.lock().faults.silent = false;
        fake.put("pods", "a", "two", &json!({}));
        until(&live, "back", |world, states| {
            world.len() == 2 && matches!(states[0], State::Synced { objects: 2, .. })
        })
        .await;
    });
}

#[test]
fn a_watch_that_falls_silent_is_renewed() {
    run(async {
        let fake = Fake::start();
        let mut short = timing();
        short.watch = Duration::from_secs(1);
        short.grace = Duration::from_millis(100);
        let live = follow_with(&fake, pods(), short).await;
        watched(&fake, 1).await;
        fake.end_watches(End::Silent);
        watched(&fake, 0).await;
        fake.put("pods", "a", "one", &json!({}));
        until(&live, "renewed", |world, _| world.of_kind(POD).count() == 1).await;
    });
}

#[test]
fn what_is_no_longer_wanted_leaves_the_world() {
    run(async {
        let fake = Fake::start();
        for namespace in ["a", "b", "c"] {
            fake.put("pods", namespace, "p", &json!({}));
        }
        fake.put("namespaces", "", "a", &json!({}));
        let live = follow(&fake, vec![Wanted::all("", "Pod"), Wanted::all("", "Namespace")]).await;
        watched(&fake, 2).await;
        let namespaces = |world: &World| {
            world.of_kind(POD).map(|object| object.key.namespace.to_string()).collect::<Vec<_>>()
        };
        let narrow = |names: &[&str]| {
            names.iter().map(|name| Wanted::all("", "Pod").in_namespace(name)).collect::<Vec<_>>()
        };
        live.demand(narrow(&["a", "b"]));
        assert!(live.synced(Instant::now() + Duration::from_secs(20)).await);
        assert_eq!(namespaces(&live.world()), ["a", "b"]);
        assert_eq!(live.world().of_kind(kinds::NAMESPACE).count(), 0);
        assert!(!live.world().is_complete(POD), "only two namespaces are known");
        assert!(matches!(live.coverage()[1].state, State::Synced { objects: 1, .. }));
        live.demand(narrow(&["b"]));
        assert!(live.synced(Instant::now() + Duration::from_secs(20)).await);
        assert_eq!(namespaces(&live.world()), ["b"]);
        assert_eq!(fake.count(&["/namespaces/b/pods", "\"limit\""]), 1, "not disturbed");
        live.demand(Vec::new());
        assert!(live.synced(Instant::now() + Duration::from_secs(20)).await);
        assert!(live.world().is_empty() && live.coverage().is_empty());
    });
}

#[test]
fn a_server_that_is_not_there_yet_is_waited_for() {
    run(async {
        let fake = Fake::start();
        fake.put("pods", "a", "one", &json!({}));
        let cluster: Cluster = fake.cluster().await;
        fake.lock().faults.unavailable = usize::MAX;
        let live = LiveWorld::start_with(cluster, Carriers::default(), pods(), timing());
        until(&live, "told", |_, states| {
            matches!(states.first(), Some(State::Waiting { problem: Some(problem) }) if problem.contains("503"))
        })
        .await;
        assert!(!live.synced(Instant::now()).await);
        fake.lock().faults.unavailable = 0;
        assert!(live.synced(Instant::now() + Duration::from_secs(20)).await);
        assert_eq!(live.world().len(), 1);
    });
}
