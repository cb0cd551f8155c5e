//! A network that follows changes is the network of what came out.

use std::path::Path;
use std::process::Command;

use ironhull_network::Format;
use ironhull_network::Profile;
use ironhull_network::engine::{Network, Solver};
use ironhull_network::entry::Entries;
use ironhull_network::input::Input;
use ironhull_network::list::{Options, list, write};
use ironhull_network::live::Live;
use ironhull_world::{Delta, Object, World};

use crate::worlds;

/// Everything that is allowed, as one text.
fn answer(network: &Network) -> String {
    let mut solver = Solver::default();
    let listed =
        list(network, &mut solver, &Entries::default(), &Options { own: true, ..Options::default() });
    write(&listed, &solver, Format::Text)
}

/// Clusters of the generator, as worlds.
pub(crate) fn clusters(count: u32) -> Vec<World> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/naive");
    let made = Command::new("python3")
        .arg(folder.join("worlds.py"))
        .args(["--seed", "77", "--count", &count.to_string(), "--probes", "1"])
        .output();
    let Ok(made) = made else {
        say!("SKIPPED: changes of a network: there is no python3 to make random clusters");
        return Vec::new();
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = String::from_utf8(made.stdout).expect("text");
    text.lines()
        .map(|line| {
            let objects =
                line.split_once("\"objects\":").and_then(|(_, rest)| rest.rsplit_once(",\"probes\":"));
            worlds::of_list(objects.expect("objects").0)
        })
        .collect()
}

#[test]
fn following_changes_gives_what_reading_anew_gives() {
    let worlds = clusters(60);
    let mut steps = 0;
    // From one cluster to the next, object by object: names repeat, so that objects change as well as come
    // and go.
    for pair in worlds.windows(2) {
        let [old, new] = pair else { continue };
        for profile in [Profile::Upstream, Profile::NetpolAnalyzer] {
            let mut world = old.clone();
            let mut live = Live::new(&world, profile);
            let gone = old.objects().filter(|object| new.object(&object.key).is_none());
            let mut deltas: Vec<(Delta, &Object)> =
                gone.map(|object| (Delta::Delete(object.key.clone()), &**object)).collect();
            deltas.extend(new.objects().map(|object| (Delta::Upsert(object.clone()), &**object)));
            for (number, (delta, object)) in deltas.into_iter().enumerate() {
                world = world.apply([delta]);
                live.update(&world, std::slice::from_ref(&object.key));
                steps += 1;
                if number % 4 == 0 || number > 12 {
                    let anew = Network::new(&Input::of(&world), profile);
                    assert_eq!(answer(live.network()), answer(&anew), "after {} of {profile}", object.key);
                }
            }
        }
    }
    assert!(worlds.is_empty() || steps > 1_000, "only {steps} changes were made");
}

#[test]
fn rows_that_were_kept_change_with_what_they_were_made_from() {
    let worlds = clusters(30);
    for pair in worlds.windows(2) {
        let [old, new] = pair else { continue };
        let mut live = Live::new(old, Profile::Upstream);
        // One solver for all the time: its rows must be noticed as stale.
        let mut solver = Solver::default();
        let mut world = old.clone();
        for object in new.objects() {
            world = world.apply([Delta::Upsert(object.clone())]);
            live.update(&world, std::slice::from_ref(&object.key));
            let listed = list(live.network(), &mut solver, &Entries::default(), &Options::default());
            let kept = write(&listed, &solver, Format::Text);
            let mut fresh = Solver::default();
            let listed = list(live.network(), &mut fresh, &Entries::default(), &Options::default());
            assert_eq!(kept, write(&listed, &fresh, Format::Text), "after {}", object.key);
        }
    }
}
