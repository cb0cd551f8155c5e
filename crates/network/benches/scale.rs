//! The shapes of Antrea's controller benchmark, in memory: building the network, every row, and one change.
//!
//! - A: 25,000 namespaces, 100,000 pods, 75,000 policies, each about its own namespace
//! - B: 1,000 namespaces, 100,000 pods, 10,000 policies across namespaces
//! - C: one namespace, 10,000 pods, 10,000 policies, one for each pod
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use compact_str::{CompactString, format_compact};
use ironhull_network::Profile;
use ironhull_network::algebra::{Conns, Protocol};
use ironhull_network::engine::{Network, Solver};
use ironhull_network::input::{Input, Namespace, PodFacts, Workload};
use ironhull_network::policy::{
    Action, Direction, LabelMatch, Namespaces, Order, Peer, Policy, PortMatch, Ports, Rule, Side, Stage,
};
use ironhull_value::Path;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let only = std::env::args().nth(1).filter(|arg| !arg.starts_with('-'));
    for (name, make) in [("A", shape_a as fn() -> Input), ("B", shape_b), ("C", shape_c)] {
        if only.as_ref().is_none_or(|only| only == name) {
            measure(name, &make());
        }
    }
}

fn measure(name: &str, input: &Input) {
    let before = resident();
    let started = Instant::now();
    let mut network = Network::new(input, Profile::Upstream);
    let built = started.elapsed();
    let mut solver = Solver::default();
    let started = Instant::now();
    let rows = all_rows(&network, &mut solver);
    let solved = started.elapsed();
    println!(
        "{name}: {} namespaces, {} pods, {} policies: built {built:.1?}, {rows} rows {solved:.1?}, together {:.1?}, {} MB more in use",
        input.namespaces.len(),
        input.workloads.iter().map(|workload| workload.pods.len()).sum::<usize>(),
        input.policies.len(),
        built + solved,
        (resident().saturating_sub(before)) >> 20
    );
    changes(name, input, &mut network, &mut solver);
}

/// Every row of every class; the number of rows with a policy.
fn all_rows(network: &Network, solver: &mut Solver) -> usize {
    let mut rows = 0;
    for class in 0..u32::try_from(network.class_bound()).unwrap_or(u32::MAX) {
        for direction in Direction::BOTH {
            rows += usize::from(!solver.row(network, class, direction).policies.is_empty());
        }
    }
    rows
}

/// One pod or one policy changes, and the rows of the pod, or of one that the policy selects, are asked for.
fn changes(name: &str, input: &Input, network: &mut Network, solver: &mut Solver) {
    let mut pods = Vec::new();
    for workload in input.workloads.iter().step_by((input.workloads.len() / 1000).max(1)) {
        let mut changed = Workload::clone(workload);
        changed.pods[0].labels.push(("changed".into(), "yes".into()));
        for next in [Arc::new(changed), Arc::clone(workload)] {
            let started = Instant::now();
            let id = network.set_workload(next);
            let class = network.workload(id).map_or(0, |entry| entry.classes[0]);
            for direction in Direction::BOTH {
                std::hint::black_box(solver.row(network, class, direction));
            }
            pods.push(started.elapsed());
        }
    }
    let mut policies = Vec::new();
    for policy in input.policies.iter().step_by((input.policies.len() / 1000).max(1)) {
        let started = Instant::now();
        let id = network.set_policy(Arc::clone(policy));
        if let Some(&class) = network.selected(id).first() {
            for direction in Direction::BOTH {
                std::hint::black_box(solver.row(network, class, direction));
            }
        }
        policies.push(started.elapsed());
    }
    for (what, times) in [("pod", &mut pods), ("policy", &mut policies)] {
        times.sort_unstable();
        let at = |share: usize| {
            times.get((times.len() * share / 100).min(times.len() - 1)).copied().unwrap_or(Duration::ZERO)
        };
        println!("{name}: one {what} changed: median {:.1?}, 99 % {:.1?}, n {}", at(50), at(99), times.len());
    }
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

fn pod(namespace: &CompactString, name: CompactString, labels: &[(&str, CompactString)]) -> Workload {
    let labels = labels.iter().map(|(key, value)| (CompactString::from(*key), value.clone())).collect();
    Workload {
        namespace: namespace.clone(),
        name,
        kind: "Pod".into(),
        pods: vec![PodFacts { labels, ..PodFacts::default() }],
        ..Workload::default()
    }
}

fn policy(
    namespace: &CompactString,
    name: CompactString,
    pods: LabelMatch,
    from: Option<Peer>,
    to: Option<Peer>,
) -> Policy {
    let side = |peer: Option<Peer>| {
        peer.map(|peer| Side {
            isolates: true,
            rules: vec![Rule {
                action: Action::Allow,
                peers: vec![peer],
                ports: Ports::only(vec![PortMatch::Numbers(Conns::one(Protocol::Tcp, 80))]),
                certain: true,
                path: Path::root(),
                name: CompactString::default(),
            }],
        })
    };
    Policy {
        object: None,
        kind: "NetworkPolicy".into(),
        namespace: namespace.clone(),
        order: Order { stage: Stage::network_policy(), rank: 0.0, name: name.clone(), part: 0 },
        name,
        subject: Peer::Pods { namespaces: Namespaces::One(namespace.clone()), pods },
        certain_subject: true,
        ingress: side(from),
        egress: side(to),
    }
}

fn own(namespace: &CompactString, pods: LabelMatch) -> Peer {
    Peer::Pods { namespaces: Namespaces::One(namespace.clone()), pods }
}

fn namespace(name: &CompactString, labels: &[(&str, CompactString)]) -> Namespace {
    let labels = labels.iter().map(|(key, value)| (CompactString::from(*key), value.clone())).collect();
    Namespace { name: name.clone(), labels, object: None }
}

fn shape_a() -> Input {
    let mut input = Input::default();
    for n in 0..25_000 {
        let name = format_compact!("n{n}");
        input.namespaces.push(namespace(&name, &[("app", name.clone())]));
        for p in 0..4 {
            input.workloads.push(Arc::new(pod(
                &name,
                format_compact!("p{p}"),
                &[("app", format_compact!("app-{}", p / 2))],
            )));
        }
        let app = |n: u32| LabelMatch::equals("app", &format!("app-{n}"));
        let mut deny = policy(&name, "default-deny".into(), LabelMatch::everything(), None, None);
        deny.ingress = Some(Side { isolates: true, rules: Vec::new() });
        input.policies.push(Arc::new(deny));
        input.policies.push(Arc::new(policy(&name, "np-1".into(), app(0), Some(own(&name, app(1))), None)));
        input.policies.push(Arc::new(policy(&name, "np-2".into(), app(1), None, Some(own(&name, app(0))))));
    }
    input
}

fn shape_b() -> Input {
    let mut input = Input::default();
    for n in 0..1_000 {
        let name = format_compact!("n{n}");
        input.namespaces.push(namespace(&name, &[("team", format_compact!("team-{}", n / 10))]));
        for p in 0..100 {
            input.workloads.push(Arc::new(pod(
                &name,
                format_compact!("p{p}"),
                &[("app", format_compact!("app-{}", p / 10))],
            )));
        }
        for p in 0..10 {
            let peer = Peer::Pods {
                namespaces: Namespaces::Labelled(LabelMatch::equals("team", &format!("team-{}", n / 10))),
                pods: LabelMatch::equals("app", &format!("app-{p}")),
            };
            let subject = LabelMatch::equals("app", &format!("app-{p}"));
            input.policies.push(Arc::new(policy(
                &name,
                format_compact!("np-{p}"),
                subject,
                Some(peer),
                None,
            )));
        }
    }
    input
}

fn shape_c() -> Input {
    let mut input = Input::default();
    let name = CompactString::from("n");
    input.namespaces.push(namespace(&name, &[]));
    for p in 0..10_000 {
        let value = format_compact!("app-{p}");
        input.workloads.push(Arc::new(pod(&name, format_compact!("p{p}"), &[("app", value.clone())])));
        let peer = own(&name, LabelMatch::equals("app", &format!("app-{}", (p + 1) % 10_000)));
        let subject = LabelMatch::equals("app", &value);
        input.policies.push(Arc::new(policy(
            &name,
            format_compact!("np-{p}"),
            subject,
            Some(peer.clone()),
            Some(peer),
        )));
    }
    input
}
