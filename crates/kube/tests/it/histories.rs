//! Whatever happens in whatever order, the world that followed it is the one that a fresh list gives.

use std::time::{Duration, Instant};

use ironhull_kube::{LiveWorld, Wanted};
use ironhull_world::{Carriers, GroupKind, World};
use proptest::prelude::*;
use serde_json::json;

use crate::fake::{End, Fake};
use crate::live::{run, timing};

#[derive(Clone, Debug)]
enum Step {
    Put(&'static str, u8),
    Delete(&'static str, u8),
    End(End),
    Compact,
    Unavailable(usize),
    HangUps(usize),
    LostPlaces(usize),
    Forbid(bool),
    Demand(u8),
    Pause(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let plural = || prop_oneof![Just("pods"), Just("pods"), Just("namespaces"), Just("secrets")];
    let end = prop_oneof![Just(End::Clean), Just(End::MidEvent), Just(End::Garbage)];
    prop_oneof![
        12 => (plural(), 0..24_u8).prop_map(|(plural, name)| Step::Put(plural, name)),
        8 => (plural(), 0..24_u8).prop_map(|(plural, name)| Step::Delete(plural, name)),
        3 => end.prop_map(Step::End),
        2 => Just(Step::Compact),
        1 => (1..3_usize).prop_map(Step::Unavailable),
        1 => (1..3_usize).prop_map(Step::HangUps),
        1 => (1..3_usize).prop_map(Step::LostPlaces),
        1 => any::<bool>().prop_map(Step::Forbid),
        1 => (0..4_u8).prop_map(Step::Demand),
        4 => (1..15_u64).prop_map(Step::Pause),
    ]
}

/// Some wishes that overlap and some that do not. The last of a history is always number 0.
fn wanted(number: u8) -> Vec<Wanted> {
    let pods = || Wanted::all("", "Pod");
    let others = || vec![Wanted::all("", "Namespace"), Wanted::all("", "Secret")];
    match number {
        0 => [vec![pods()], others()].concat(),
        1 => [vec![pods().in_namespace("n0"), pods().in_namespace("n1")], others()].concat(),
        2 => vec![pods().metadata(), Wanted::all("x.example", "Widget")],
        _ => others(),
    }
}

async fn take(fake: &Fake, live: &LiveWorld, step: &Step) {
    let place = |plural: &str, number: u8| match plural {
        "namespaces" => (String::new(), format!("n{}", number % 8)),
        _ => (format!("n{}", number % 3), format!("o{number}")),
    };
    match *step {
        Step::Put(plural, number) => {
            let (namespace, name) = place(plural, number);
            fake.put(plural, &namespace, &name, &json!({"data": {"k": "v"}}));
        }
        Step::Delete(plural, number) => {
            let (namespace, name) = place(plural, number);
            fake.delete(plural, &namespace, &name);
        }
        Step::End(end) => fake.end_watches(end),
        Step::Compact => fake.compact(),
        Step::Unavailable(count) => fake.lock().faults.unavailable = count,
        Step::HangUps(count) => fake.lock().faults.hang_ups = count,
        Step::LostPlaces(count) => fake.lock().faults.lost_places = count,
        Step::Forbid(true) => drop(fake.lock().faults.forbidden.insert("pods")),
        Step::Forbid(false) => fake.lock().faults.forbidden.clear(),
        Step::Demand(number) => live.demand(wanted(number)),
        Step::Pause(milliseconds) => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
    }
}

fn shown(world: &World) -> Vec<String> {
    world.objects().map(|object| format!("{} {} {:?}", object.key, object.version, object.value)).collect()
}

async fn history(steps: &[Step]) {
    let fake = Fake::start();
    {
        let mut state = fake.lock();
        state.faults.page = Some(3);
        state.faults.slow = Duration::from_millis(1);
        state.bookmarks = Some(Duration::from_millis(30));
        for number in 0..12 {
            state.put("pods", &format!("n{}", number % 3), &format!("o{number}"), &json!({"spec": {}}));
        }
    }
    let cluster = fake.cluster().await;
    let live = LiveWorld::start_with(cluster.clone(), Carriers::default(), wanted(0), timing());
    for step in steps {
        take(&fake, &live, step).await;
    }
    live.demand(wanted(0));
    take(&fake, &live, &Step::Forbid(false)).await;
    {
        let faults = &mut fake.lock().faults;
        (faults.unavailable, faults.hang_ups, faults.lost_places) = (0, 0, 0);
    }
    let fresh = LiveWorld::start_with(cluster, Carriers::default(), wanted(0), timing());
    assert!(fresh.synced(Instant::now() + Duration::from_secs(20)).await);
    let expected = shown(&fresh.world());
    let deadline = Instant::now() + Duration::from_secs(20);
    let pod = GroupKind::new("", "Pod");
    while shown(&live.world()) != expected || !live.world().is_complete(pod) {
        let found = shown(&live.world());
        assert!(Instant::now() < deadline, "{:?}\n{found:#?}\n{expected:#?}", live.coverage());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(live.world().kinds().collect::<Vec<_>>(), fresh.world().kinds().collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_followed_world_is_the_one_that_is_listed(steps in prop::collection::vec(step(), 1..60)) {
        run(history(&steps));
    }
}
