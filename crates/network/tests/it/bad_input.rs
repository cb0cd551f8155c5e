//! Policies that are wrong: each mistake is a problem at its place, what it touches is unknown and never
//! allowed, and what stands beside it holds.

use std::fmt::Write as _;

use ironhull_network::algebra::Protocol;
use ironhull_network::engine::{End, Network, Solver, Verdict};
use ironhull_network::entry::Entries;
use ironhull_network::input::Input;
use ironhull_network::{Profile, list, place};

use crate::fixtures;
use crate::worlds;

/// What is there before the policy under test: a database, somebody that may ask it, somebody else.
const CLUSTER: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db, image: i, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: shop, labels: {app: other}}
spec: {containers: [{name: other, image: i}]}
---
";

/// The first rule is good: `web` may ask for 5432. `RULE` is the one under test.
const POLICY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
  - RULE
";

/// `allowed`, `unknown` or `denied`, for TCP to the database.
type Said = (&'static str, u16, &'static str);

struct Case {
    name: &'static str,
    /// In place of `RULE`; the line of the mistake ends with `#!`.
    rule: &'static str,
    path: &'static str,
    message: &'static str,
    said: &'static [Said],
}

const CASES: &[Case] = &[
    Case {
        name: "an address block that is none",
        rule: "ports: [{port: 80}]\n    from:\n    - ipBlock:\n        cidr: 10.0.0.0/33 #!",
        path: "spec.ingress[1].from[0].ipBlock.cidr",
        message: "prefix length \"33\" is not between 0 and 32",
        said: &[("web", 80, "unknown"), ("other", 80, "unknown"), ("other", 81, "denied")],
    },
    Case {
        name: "an exception outside of its block",
        rule: "ports: [{port: 80}]\n    from:\n    - ipBlock:\n        cidr: 10.0.0.0/8\n        except:\n        - 10.1.0.0/16\n        - 192.168.0.0/16 #!",
        path: "spec.ingress[1].from[0].ipBlock.except[1]",
        message: "except 192.168.0.0/16 is not a strict subset of cidr 10.0.0.0/8",
        said: &[("web", 80, "unknown"), ("other", 81, "denied")],
    },
    Case {
        name: "endPort without port",
        rule: "from: [{podSelector: {matchLabels: {app: other}}}]\n    ports:\n    - port: 443\n    - endPort: 90 #!",
        path: "spec.ingress[1].ports[1].endPort",
        message: "endPort without port",
        said: &[("other", 443, "allowed"), ("other", 80, "unknown"), ("web", 80, "denied")],
    },
    Case {
        name: "an unknown operator",
        rule: "ports: [{port: 80}]\n    from:\n    - podSelector: {matchLabels: {app: other}}\n    - podSelector:\n        matchExpressions:\n        - key: app\n          operator: Like #!\n          values: [w]",
        path: "spec.ingress[1].from[1].podSelector.matchExpressions[0].operator",
        message: "Like",
        said: &[("other", 80, "allowed"), ("web", 80, "unknown"), ("web", 81, "denied")],
    },
    Case {
        name: "an empty peer",
        rule: "ports: [{port: 80}]\n    from:\n    - podSelector: {matchLabels: {app: other}}\n    - {} #!",
        path: "spec.ingress[1].from[1]",
        message: "a peer must have a podSelector, a namespaceSelector or an ipBlock",
        said: &[("other", 80, "allowed"), ("web", 80, "unknown"), ("web", 81, "denied")],
    },
    Case {
        name: "a peer with both a block and a selector",
        rule: "ports: [{port: 80}]\n    from:\n    - ipBlock: {cidr: 0.0.0.0/0} #!\n      podSelector: {}",
        path: "spec.ingress[1].from[0]",
        message: "a peer may not have both ipBlock and a selector",
        said: &[("other", 80, "unknown"), ("other", 81, "denied")],
    },
    Case {
        name: "a misspelled field",
        rule: "port: [{port: 80}] #!",
        path: "spec.ingress[1].port",
        message: "unknown field `port`",
        said: &[("other", 80, "unknown"), ("other", 81, "unknown")],
    },
];

/// Both readings must agree about mistakes.
const PROFILES: [Profile; 5] = Profile::ALL;

fn policy(rule: &str) -> String {
    format!("{CLUSTER}{}", POLICY.replace("RULE", rule))
}

/// What one pod may ask of another, by their names.
fn between(input: &Input, profile: Profile, from: &str, to: &str) -> Verdict {
    let network = Network::new(input, profile);
    let class = |name: &str| {
        let found = network.workloads().find(|(_, entry)| entry.workload.name == name);
        End::Class(found.unwrap_or_else(|| panic!("no pod {name}")).1.classes[0])
    };
    let mut solver = Solver::default();
    let verdict = solver.between(&network, &class(from), &class(to));
    solver.verdict(verdict).clone()
}

fn word(verdict: &Verdict, port: u16) -> &'static str {
    match (verdict.allowed.contains(Protocol::Tcp, port), verdict.unknown.contains(Protocol::Tcp, port)) {
        (true, false) => "allowed",
        (false, true) => "unknown",
        (false, false) => "denied",
        (true, true) => panic!("both: {verdict:?}"),
    }
}

#[test]
fn every_mistake_has_its_line_and_what_it_touches_is_unknown() {
    for case in CASES {
        let text = policy(case.rule);
        let input = Input::of(&worlds::of_text("cluster.yaml", &text));
        let [problem] = input.problems.as_slice() else {
            panic!("{}: one problem, not {:?}", case.name, input.problems);
        };
        assert_eq!(problem.path.to_string(), case.path, "{}", case.name);
        assert!(problem.message.contains(case.message), "{}: {}", case.name, problem.message);
        assert!(!problem.fix.is_empty(), "{}", case.name);
        let line = text.lines().position(|line| line.ends_with("#!")).expect("a mark") + 1;
        let place = place(&problem.object, &problem.path);
        assert_eq!(place, format!("cluster.yaml:{line}"), "{}", case.name);
        for profile in PROFILES {
            // What stands beside the mistake holds.
            assert_eq!(word(&between(&input, profile, "web", "db"), 5432), "allowed", "{}", case.name);
            for &(from, port, expected) in case.said {
                let found = word(&between(&input, profile, from, "db"), port);
                assert_eq!(found, expected, "{profile}, {}: {from} to {port}", case.name);
            }
        }
    }
}

#[test]
fn what_is_unknown_is_not_listed_as_allowed() {
    for case in CASES {
        let world = worlds::of_text("cluster.yaml", &policy(case.rule));
        let input = Input::of(&world);
        for profile in PROFILES {
            let network = Network::new(&input, profile);
            let mut solver = Solver::default();
            let options = list::Options::default();
            let list = list::list(&network, &mut solver, &Entries::of(&world, &network), &options);
            let text = list::write(&list, &solver, ironhull_network::Format::Csv);
            let allowed = case.said.iter().any(|(from, _, word)| (*from, *word) == ("other", "allowed"));
            let listed = text.lines().any(|line| line.starts_with("shop/other[Pod],shop/db[Pod],"));
            assert_eq!(listed, allowed, "{profile}, {}:\n{text}", case.name);
        }
    }
}

#[test]
fn a_version_that_is_not_understood_decides_nothing() {
    let versions = [
        ("networking.k8s.io/v1", "networking.k8s.io/v9", "write networking.k8s.io/v1"),
        ("networking.k8s.io/v1", "extensions/v1beta1", "write networking.k8s.io/v1"),
    ];
    for (good, bad, fix) in versions {
        let text = policy("ports: [{port: 80}]").replace(good, bad);
        let input = Input::of(&worlds::of_text("cluster.yaml", &text));
        let [problem] = input.problems.as_slice() else { panic!("{bad}: {:?}", input.problems) };
        assert_eq!((problem.path.to_string().as_str(), problem.fix.as_str()), ("apiVersion", fix));
        let line = text.lines().position(|line| line.contains(bad)).expect("the line") + 1;
        assert_eq!(place(&problem.object, &problem.path), format!("cluster.yaml:{line}"));
        for profile in PROFILES {
            let verdict = between(&input, profile, "other", "db");
            assert_eq!(word(&verdict, 81), "unknown", "{profile} {bad}");
            // Who is not selected is not touched.
            assert!(between(&input, profile, "other", "web").allowed.contains(Protocol::Tcp, 81));
        }
    }
}

#[test]
fn a_policy_for_a_namespace_that_is_not_there_touches_nobody() {
    let text = policy("ports: [{port: 80}]")
        .replace("name: db, namespace: shop}\nspec:\n", "name: db, namespace: ghost}\nspec:\n");
    assert!(text.contains("ghost"));
    let input = Input::of(&worlds::of_text("cluster.yaml", &text));
    for profile in PROFILES {
        let network = Network::new(&input, profile);
        let (id, _) = network.policies().next().expect("the policy is read");
        assert!(network.selected(id).is_empty());
        for (from, to) in [("web", "db"), ("other", "db"), ("db", "web")] {
            assert_eq!(between(&input, profile, from, to), Verdict::all(), "{profile} {from} {to}");
        }
    }
}

#[test]
fn of_two_policies_of_one_name_nobody_knows_which_holds() {
    let second = POLICY.replace("  - RULE\n", "").replace("port: 5432", "port: 81");
    let text = format!("{}---\n{second}", policy("ports: [{port: 80}]"));
    let input = Input::of(&worlds::of_text("cluster.yaml", &text));
    let [problem] = input.problems.as_slice() else { panic!("{:?}", input.problems) };
    assert_eq!(problem.path.to_string(), "metadata.name");
    let line =
        text.lines().enumerate().filter(|(_, line)| line.contains("{name: db, namespace: shop}")).last();
    assert_eq!(place(&problem.object, &problem.path), format!("cluster.yaml:{}", line.expect("it").0 + 1));
    for profile in PROFILES {
        let web = between(&input, profile, "web", "db");
        assert_eq!((word(&web, 80), word(&web, 81), word(&web, 5432)), ("unknown", "unknown", "unknown"));
        assert!(between(&input, profile, "other", "web").allowed.contains(Protocol::Tcp, 81), "{profile}");
    }
    // The same text twice is one policy.
    let first = policy("ports: [{port: 80}]");
    let twice = format!("{first}---\n{}", POLICY.replace("RULE", "ports: [{port: 80}]"));
    let input = Input::of(&worlds::of_text("cluster.yaml", &twice));
    assert!(input.problems.is_empty(), "{:?}", input.problems);
    assert_eq!(word(&between(&input, Profile::Upstream, "web", "db"), 5432), "allowed");
}

#[test]
fn a_policy_of_a_hundred_thousand_rules_is_answered() {
    let mut rules =
        String::from("ports: [{port: 80}]\n    from: [{podSelector: {matchLabels: {app: other}}}]\n");
    for number in 0..100_000u32 {
        let port = 1_000 + number % 50_000;
        if number == 77_777 {
            rules.push_str("  - ports: [{port: 70000}] #!\n");
        } else {
            let _ = writeln!(
                rules,
                "  - {{from: [{{podSelector: {{matchLabels: {{app: web}}}}}}], ports: [{{port: {port}}}]}}"
            );
        }
    }
    let text = policy(&rules);
    let input = Input::of(&worlds::of_text("cluster.yaml", &text));
    let [problem] = input.problems.as_slice() else { panic!("{:?}", input.problems) };
    assert_eq!(problem.path.to_string(), "spec.ingress[77779].ports[0].port");
    let line = text.lines().position(|line| line.ends_with("#!")).expect("a mark") + 1;
    assert_eq!(place(&problem.object, &problem.path), format!("cluster.yaml:{line}"));
    let verdict = between(&input, Profile::Upstream, "web", "db");
    assert!((1_000..51_000).all(|port| verdict.allowed.contains(Protocol::Tcp, port)));
    assert_eq!((word(&verdict, 999), word(&verdict, 60_000)), ("unknown", "unknown"));
    assert_eq!(word(&between(&input, Profile::Upstream, "other", "db"), 80), "allowed");
}

/// Many of them are wrong on purpose, and most of those have no expected file.
#[test]
fn every_input_folder_gets_an_answer_or_a_problem() {
    let Some(root) = fixtures::root() else {
        say!("SKIPPED: network folders, the fixtures are not beside the checkout");
        return;
    };
    let (mut answered, mut problems, mut empty) = (0, 0, 0);
    for folder in std::fs::read_dir(root.join("tests")).expect("folders").flatten().map(|entry| entry.path())
    {
        let world = worlds::of_folder(&folder);
        let input = Input::of(&world);
        for problem in &input.problems {
            assert!(!problem.message.is_empty() && !problem.fix.is_empty(), "{problem:?}");
            assert!(place(&problem.object, &problem.path).contains(':'), "{problem:?}");
        }
        for profile in Profile::ALL {
            let network = Network::new(&input, profile);
            let mut solver = Solver::default();
            let entries = Entries::of(&world, &network);
            let list = list::list(&network, &mut solver, &entries, &list::Options::default());
            list::write(&list, &solver, ironhull_network::Format::Text);
        }
        problems += u32::from(!input.problems.is_empty());
        answered += u32::from(!input.workloads.is_empty());
        if input.workloads.is_empty() && input.problems.is_empty() {
            empty += 1;
        }
    }
    say!("network folders: {answered} with workloads, {problems} with problems, {empty} with neither");
    assert!(answered > 100 && problems > 5, "{answered} answered, {problems} with problems");
}
