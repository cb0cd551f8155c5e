//! Every change that is proposed is written down, read again from its text, and decided again.

use ironhull_network::Profile;
use ironhull_network::algebra::{Conns, Protocol};
use ironhull_network::engine::{Network, Solver, Verdict};
use ironhull_network::explain::{Question, explain, yaml};
use ironhull_network::input::Input;
use ironhull_network::policy::{Context, Direction};
use ironhull_network::who;
use ironhull_testkit::world_of;
use ironhull_world::{ObjectRef, World};

use crate::random;

fn verdict(network: &Network, from: &str, to: &str) -> Verdict {
    let (from, to) = (who(network, from).unwrap(), who(network, to).unwrap());
    let mut solver = Solver::default();
    let id = solver.between(network, &from.end(from.variants()[0]), &to.end(to.variants()[0]));
    solver.verdict(id).clone()
}

fn titles(network: &Network) -> Vec<String> {
    let mut found: Vec<String> = network
        .workloads()
        .map(|(_, entry)| format!("{}/{}", entry.workload.namespace, entry.workload.name))
        .collect();
    found.sort();
    found
}

/// The world with these objects in the place of those of the same name, all of it read from text.
fn rewritten(world: &World, changed: &[(ObjectRef, String)]) -> World {
    let mut documents: Vec<String> = world
        .objects()
        .filter(|object| !changed.iter().any(|(key, _)| *key == object.key))
        .map(|object| yaml(&object.value))
        .collect();
    documents.extend(changed.iter().map(|(_, text)| text.clone()));
    world_of("changed.yaml", &documents.join("---\n"))
}

#[test]
fn every_proposed_change_has_the_effect_it_claims() {
    let (mut allowing, mut denying, mut unaided, mut exact) = (0, 0, 0, 0);
    for seed in 0..60 {
        let world = world_of("random.yaml", &random::cluster(seed));
        let profile = if seed % 2 == 0 { Profile::NetpolAnalyzer } else { Profile::Upstream };
        let (input, context) = (Input::of(&world), Context::of(&world));
        assert!(input.problems.is_empty(), "seed {seed}: {:?}", input.problems);
        let network = Network::new(&input, profile);
        let all = titles(&network);
        let mut ends = all.clone();
        ends.extend(["10.2.0.1".to_owned(), "192.0.2.1".to_owned()]);
        let mut dice = random::Dice::new(seed + 1000);
        for _ in 0..6 {
            let (from, to) = (&ends[dice.below(ends.len())], &all[dice.below(all.len())]);
            let (from, to) = if dice.chance(70) { (from, to) } else { (to, from) };
            if from == to || !(all.contains(from) || all.contains(to)) {
                continue;
            }
            let conns = dice.chance(60).then(|| Conns::one(Protocol::Tcp, 80));
            let question = Question {
                from: who(&network, from).unwrap(),
                to: who(&network, to).unwrap(),
                conns,
                plans: 3,
            };
            let explained = explain(&network, &input, &context, &question);
            let part = &explained.parts[0];
            unaided += usize::from(part.plans.is_empty());
            for plan in &part.plans {
                let mut changed: Vec<(ObjectRef, String)> = Vec::new();
                for step in &plan.steps {
                    let object = step.change.result().unwrap();
                    changed.retain(|(key, _)| *key != object.key);
                    changed.push((object.key.clone(), yaml(&object.value)));
                }
                let input = Input::of(&rewritten(&world, &changed));
                assert!(input.problems.is_empty(), "seed {seed}: {:?}\n{changed:?}", input.problems);
                let after_network = Network::new(&input, profile);
                let after = verdict(&after_network, from, to);
                let told = format!("seed {seed}: {from} => {to} for {}: {changed:#?}", part.aim);
                if plan.allows {
                    allowing += 1;
                    assert!(after.allowed.includes(&part.aim), "{told}");
                } else {
                    denying += 1;
                    assert!(after.allowed.intersection(&part.aim).is_empty(), "{told}");
                }
                assert_eq!(after, plan.after, "{told}");
                if plan.others() > 0 {
                    continue;
                }
                exact += 1;
                for a in &all {
                    for b in all.iter().filter(|b| *b != a && (a, *b) != (from, to)) {
                        assert_eq!(
                            verdict(&network, a, b),
                            verdict(&after_network, a, b),
                            "{a} => {b}; {told}"
                        );
                    }
                }
            }
        }
    }
    say!(
        "{allowing} changes that allow, {denying} that deny, {exact} of them alter nothing else, {unaided} pairs without"
    );
    assert!(allowing > 60 && denying > 60 && exact > 60, "{allowing} {denying} {exact}");
    assert!(unaided * 4 < allowing + denying, "{unaided} pairs without a change");
}

#[test]
fn the_steps_lead_to_the_verdict_of_the_rows() {
    let mut compared = 0;
    for seed in 0..150 {
        let world = world_of("random.yaml", &random::cluster(seed));
        let input = Input::of(&world);
        for profile in [Profile::NetpolAnalyzer, Profile::Upstream, Profile::Cilium] {
            let network = Network::new(&input, profile);
            let mut solver = Solver::default();
            let names = titles(&network);
            let mut others = names.clone();
            others.extend(["10.2.0.1", "10.1.0.1", "example.com", "ingress-controller"].map(str::to_owned));
            for own in &names {
                let class = who(&network, own).unwrap().classes[0];
                for other in &others {
                    let other = who(&network, other).unwrap();
                    let end = other.end(other.variants()[0]);
                    for direction in Direction::BOTH {
                        let by_row = solver.towards(&network, class, direction, &end);
                        let (by_steps, _) = network.steps(class, direction, &end);
                        assert_eq!(
                            solver.verdict(by_row),
                            &by_steps,
                            "seed {seed}, {own} {direction:?} {}",
                            other.title
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared}");
}
