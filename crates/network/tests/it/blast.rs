//! Blast radius: against a naive closure, and for time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use ironhull_network::Profile;
use ironhull_network::blast::{Options, Reached, blast};
use ironhull_network::engine::{Network, Solver};
use ironhull_network::entry::Entries;
use ironhull_network::input::Input;
use ironhull_network::who;
use ironhull_testkit::world_of;

use crate::random;

/// Title and distance of everything reached, by relaxing all pairs until nothing changes.
fn naive(network: &Network, start: &str, backwards: bool) -> BTreeMap<String, u32> {
    let all: Vec<(String, u32)> =
        network.workloads().map(|(_, entry)| (entry.workload.title(), entry.classes[0])).collect();
    let mut solver = Solver::default();
    let mut found = BTreeMap::from([(start.to_owned(), 0)]);
    for hop in 1.. {
        let before = found.len();
        let nearest: BTreeSet<String> = found.keys().cloned().collect();
        for (from, from_class) in all.iter().filter(|(title, _)| nearest.contains(title)) {
            for (to, to_class) in &all {
                let (a, b) = if backwards { (to_class, from_class) } else { (from_class, to_class) };
                let ends =
                    (ironhull_network::engine::End::Class(*a), ironhull_network::engine::End::Class(*b));
                let id = solver.between(network, &ends.0, &ends.1);
                if from != to && !solver.verdict(id).allowed.is_empty() {
                    found.entry(to.clone()).or_insert(hop);
                }
            }
        }
        if found.len() == before {
            break;
        }
    }
    found
}

fn shown(list: &[Reached]) -> BTreeMap<String, u32> {
    list.iter().map(|one| (one.title.clone(), one.hops)).collect()
}

#[test]
fn reaches_what_a_naive_closure_reaches() {
    let mut far = 0;
    for seed in 0..200 {
        let world = world_of("random.yaml", &random::cluster(seed));
        let network = Network::new(&Input::of(&world), Profile::NetpolAnalyzer);
        let entries = Entries::of(&world, &network);
        for (_, entry) in network.workloads() {
            let title = entry.workload.title();
            let start = who(&network, &title).unwrap();
            let found =
                blast(&network, &mut Solver::default(), &entries, &start, Options::default()).unwrap();
            assert_eq!(shown(&found.reaches), naive(&network, &title, false), "seed {seed}, from {title}");
            assert_eq!(shown(&found.reached_by), naive(&network, &title, true), "seed {seed}, to {title}");
            far += found.reaches.iter().filter(|one| one.hops > 1).count();
        }
    }
    assert!(far > 20, "only {far} workloads were more than one hop away");
}

#[test]
fn a_chain_of_two_thousand_workloads_is_followed_quickly() {
    use std::fmt::Write as _;
    let count = 2_000;
    let mut text = String::new();
    for number in 0..count {
        let _ = write!(
            text,
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}, namespace: shop, labels: {{app: p{number}}}}}\n\
             spec: {{containers: [{{name: c, image: i}}]}}\n---\n\
             apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: n{number}, namespace: shop}}\n\
             spec: {{podSelector: {{matchLabels: {{app: p{number}}}}}, policyTypes: [Ingress], ingress: [{{from: [{{podSelector: {{matchLabels: {{app: p{}}}}}}}]}}]}}\n---\n",
            number + 1
        );
    }
    let world = world_of("chain.yaml", &text);
    let network = Network::new(&Input::of(&world), Profile::NetpolAnalyzer);
    let entries = Entries::of(&world, &network);
    let start = who(&network, "shop/p1999").unwrap();
    let began = Instant::now();
    let found = blast(&network, &mut Solver::default(), &entries, &start, Options::default()).unwrap();
    let took = began.elapsed();
    say!("blast radius over {count} workloads, each one hop from the next: {took:?}");
    assert_eq!(found.reaches.len(), count);
    assert_eq!(found.reaches.iter().map(|one| one.hops).max(), Some(1_999));
    assert_eq!(found.reached_by.len(), 1, "nothing reaches the first of the chain");
    // Without optimisation on a busy machine; anything that grows with the cube would take minutes.
    assert!(took.as_secs() < 60, "{took:?}");
}
