//! Assertions against small clusters.

use ironhull_network::Profile;
use ironhull_network::assert::{Checked, Outcome, check, findings, read};
use ironhull_network::engine::{Network, Solver};
use ironhull_network::entry::Entries;
use ironhull_network::input::Input;
use ironhull_network::policy::{Context, Problem};
use ironhull_testkit::world_of;

/// web (team a) in `front`; api and db (team b) in `back`; db takes only api at 5432; api only web at 8080.
const CLUSTER: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: front, labels: {team: a}}
---
apiVersion: v1
kind: Namespace
metadata: {name: back, labels: {team: b}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: front, labels: {app: web}}
spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: back, labels: {app: api}}
spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: back, labels: {app: db}}
spec: {containers: [{name: c, ports: [{containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: back}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: api}}}]
    ports: [{port: 5432}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: back}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{namespaceSelector: {matchLabels: {team: a}}}]
    ports: [{port: 8080}]
";

const INGRESS: &str = r"
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: front}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: front}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
";

fn run(cluster: &str, assertion: &str) -> Checked {
    let world = world_of("cluster.yaml", cluster);
    let network = Network::new(&Input::of(&world), Profile::Upstream);
    let entries = Entries::of(&world, &network);
    let (found, problems) = parse(assertion);
    assert!(problems.is_empty(), "{problems:?}");
    let mut checked = check(&network, &mut Solver::default(), &entries, &Context::of(&world), &found);
    assert_eq!(checked.len(), 1);
    checked.remove(0)
}

fn parse(assertion: &str) -> (Vec<ironhull_network::assert::Assertion>, Vec<Problem>) {
    let text = format!(
        "apiVersion: ironhull.dev/v1alpha1\nkind: NetworkAssertion\nmetadata: {{name: a}}\nspec:\n  assertions:\n  - {assertion}\n"
    );
    let world = world_of("assertions.yaml", &text);
    let mut problems = Vec::new();
    let found = world.objects().flat_map(|object| read(object, &mut problems)).collect();
    (found, problems)
}

#[track_caller]
fn passes(cluster: &str, assertion: &str) {
    let checked = run(cluster, assertion);
    assert!(matches!(checked.outcome, Outcome::Pass(asked) if asked > 0), "{:#?}", checked.outcome);
    assert!(findings(&[checked]).is_empty());
}

#[track_caller]
fn fails(cluster: &str, assertion: &str, parts: &[&str]) {
    let checked = run(cluster, assertion);
    let Outcome::Fail(failures) = &checked.outcome else { panic!("{:#?}", checked.outcome) };
    let all: Vec<String> =
        failures.iter().map(|failure| format!("{}\nfix: {}", failure.message, failure.fix)).collect();
    let all = all.join("\n");
    for part in parts {
        assert!(all.contains(part), "no {part:?} in:\n{all}");
    }
    let findings = findings(&[checked]);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule.id, "NW020");
    assert!(
        findings[0].place().is_some_and(|place| place.start.line == 6),
        "the finding has the place of the assertion"
    );
}

#[track_caller]
fn is_unknown(cluster: &str, assertion: &str, part: &str) {
    let checked = run(cluster, assertion);
    let Outcome::Unknown(failures) = &checked.outcome else { panic!("{:#?}", checked.outcome) };
    assert!(failures.iter().any(|failure| failure.message.contains(part)), "{failures:#?}");
    assert_eq!(findings(&[checked])[0].rule.id, "NW021");
}

#[test]
fn deny() {
    passes(
        CLUSTER,
        "deny: {from: {namespace: front}, to: {namespace: back, pods: {matchLabels: {app: db}}}}",
    );
    passes(CLUSTER, "deny: {from: {namespace: front}, to: {namespace: back}, ports: [tcp/5432]}");
    fails(
        CLUSTER,
        "deny: {from: {namespace: front}, to: {namespace: back}}",
        &[
            "front/web[Pod] => back/api[Pod]: TCP 8080 is allowed",
            "ingress rule 1 of NetworkPolicy back/api (cluster.yaml:41) allows it",
            "no policy selects front/web[Pod] for egress",
            "fix: In NetworkPolicy back/api: remove the rule spec.ingress[0] (cluster.yaml:41)",
        ],
    );
    fails(
        CLUSTER,
        "deny: {from: {namespace: front}, to: {namespace: back}, ports: [tcp/8000-8999, udp]}",
        &["TCP 8080"],
    );
}

#[test]
fn deny_towards_a_pod_that_no_policy_selects() {
    fails(
        CLUSTER,
        "deny: {from: {namespace: back}, to: {namespace: front}}",
        &[
            "no policy selects front/web[Pod] for ingress",
            "fix: Add a NetworkPolicy that allows everything but this:\n",
        ],
    );
}

#[test]
fn allow() {
    passes(
        CLUSTER,
        "allow: {from: {pods: {matchLabels: {app: api}}}, to: {pods: {matchLabels: {app: db}}}, ports: [5432]}",
    );
    fails(
        CLUSTER,
        "allow: {from: {pods: {matchLabels: {app: web}}}, to: {pods: {matchLabels: {app: db}}}, ports: [tcp/5432]}",
        &[
            "front/web[Pod] => back/db[Pod]: TCP 5432 is denied: NetworkPolicy back/db (cluster.yaml:27) selects the destination and no rule allows it",
            "fix: In NetworkPolicy back/db: add this to spec.ingress[0].from (cluster.yaml:32):\n",
        ],
    );
    // One port of two is not enough.
    fails(
        CLUSTER,
        "allow: {from: {pods: {matchLabels: {app: web}}}, to: {pods: {matchLabels: {app: api}}}, ports: [tcp/8080, tcp/9090]}",
        &["TCP 9090 is denied"],
    );
}

#[test]
fn addresses() {
    passes(CLUSTER, "deny: {from: {external: 0.0.0.0/0}, to: {namespace: back}}");
    passes(CLUSTER, "deny: {from: {pods: {matchLabels: {app: db}}}, to: {external: [0.0.0.0/0, \"::/0\"]}}");
    fails(
        CLUSTER,
        "deny: {from: {pods: {matchLabels: {app: api}}}, to: {external: 169.254.169.254/32}}",
        &["169.254.169.254"],
    );
    let open = format!(
        "{CLUSTER}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: out, namespace: back}}\nspec:\n  podSelector: {{matchLabels: {{app: db}}}}\n  ingress:\n  - from: [{{ipBlock: {{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}}}]\n"
    );
    let db = "to: {pods: {matchLabels: {app: db}}}";
    fails(&open, &format!("deny: {{from: {{external: 0.0.0.0/0}}, {db}}}"), &["10.0.0.0 => back/db[Pod]"]);
    passes(&open, &format!("deny: {{from: {{external: [10.1.0.0/16, 192.168.0.0/16]}}, {db}}}"));
    passes(&open, &format!("allow: {{from: {{external: 10.2.0.0/16}}, {db}}}"));
    fails(&open, &format!("allow: {{from: {{external: 10.0.0.0/15}}, {db}}}"), &["10.1.0.0 => back/db[Pod]"]);
}

#[test]
fn ingress_is_what_entries_open() {
    let cluster = format!("{CLUSTER}{INGRESS}");
    let from = "from: {ingress: true}";
    passes(&cluster, &format!("deny: {{{from}, to: {{namespace: back}}}}"));
    passes(&cluster, &format!("allow: {{{from}, to: {{namespace: front}}, ports: [tcp/8080]}}"));
    fails(
        &cluster,
        &format!("deny: {{{from}, to: {{namespace: front}}}}"),
        &["ingress => front/web[Pod]: TCP 8080 is allowed", "Ingress front/web"],
    );
    fails(
        CLUSTER,
        &format!("allow: {{{from}, to: {{namespace: front}}}}"),
        &["no Ingress, Route, Gateway or Service"],
    );
}

#[test]
fn only() {
    passes(CLUSTER, "only: {from: {pods: {matchLabels: {app: api}}}, to: {pods: {matchLabels: {app: db}}}}");
    passes(CLUSTER, "only: {from: {namespace: front}, to: {pods: {matchLabels: {app: api}}}}");
    fails(
        CLUSTER,
        "only: {from: {pods: {matchLabels: {app: cron}}}, to: {pods: {matchLabels: {app: db}}}}",
        &["back/api[Pod] => back/db[Pod]: TCP 5432 is allowed"],
    );
    // Addresses outside count as well.
    fails(
        CLUSTER,
        "only: {from: {pods: {}}, to: {pods: {matchLabels: {app: web}}}}",
        &["0.0.0.0 => front/web[Pod]"],
    );
}

#[test]
fn isolated_by_a_label_of_the_pod_or_its_namespace() {
    fails(CLUSTER, "isolated: {by: team}", &["team a reaches team b: front/web[Pod] => back/api[Pod]"]);
    passes(
        CLUSTER,
        "isolated: {by: team, of: {pods: {matchExpressions: [{key: app, operator: NotIn, values: [api]}]}}}",
    );
}

#[test]
fn transitive_over_three_legs() {
    let cluster = format!("{CLUSTER}{INGRESS}");
    let db = "to: {pods: {matchLabels: {app: db}}}";
    passes(&cluster, &format!("deny: {{from: {{ingress: true}}, {db}}}"));
    fails(
        &cluster,
        &format!("deny: {{from: {{ingress: true}}, {db}, ports: [tcp/5432], transitive: true}}"),
        &[
            "ingress => front/web[Pod] => back/api[Pod] => back/db[Pod] in 3 legs",
            "TCP 5432",
            "In NetworkPolicy back/db: remove the rule spec.ingress[0]",
        ],
    );
    passes(
        &cluster,
        &format!("allow: {{from: {{ingress: true}}, {db}, ports: [tcp/5432], transitive: true}}"),
    );
    // The last leg must be one of the ports.
    passes(&cluster, &format!("deny: {{from: {{ingress: true}}, {db}, ports: [tcp/22], transitive: true}}"));
    // The database sends nothing, so that nothing is behind it.
    passes(
        &cluster,
        "deny: {from: {pods: {matchLabels: {app: db}}}, to: {namespace: front}, transitive: true}",
    );
}

#[test]
fn unprotected() {
    fails(
        CLUSTER,
        "unprotected: forbid",
        &[
            "no policy selects front/web[Pod] for ingress and egress",
            "no policy selects back/api[Pod] for egress",
        ],
    );
    passes(CLUSTER, "unprotected: {directions: [Ingress], of: {namespace: back}}");
}

#[test]
fn no_exposure_to_new() {
    // A pod with no label gets in nowhere; one in a new namespace of team a reaches the api.
    passes(CLUSTER, "noExposureToNew: {directions: [Ingress], of: {pods: {matchLabels: {app: db}}}}");
    fails(
        CLUSTER,
        "noExposureToNew: {directions: [Ingress], of: {pods: {matchLabels: {app: api}}}}",
        &[
            "new-namespace{team=a}/{no labels}[new pod] => back/api[Pod]: TCP 8080",
            "In NetworkPolicy back/api: remove the rule spec.ingress[0]",
        ],
    );
    fails(CLUSTER, "noExposureToNew: true", &["no policy selects front/web[Pod] for ingress"]);
    // A rule for pods that are not there is an opening for whoever gets the label.
    let stale = CLUSTER
        .replace("podSelector: {matchLabels: {app: api}}}]\n", "podSelector: {matchLabels: {app: gone}}}]\n");
    fails(
        &stale,
        "noExposureToNew: {directions: [Ingress], of: {pods: {matchLabels: {app: db}}}}",
        &["back/{app=gone}[new pod] => back/db[Pod]"],
    );
    // All pods of the namespace: the next one too.
    let wide = CLUSTER.replace("podSelector: {matchLabels: {app: api}}}]\n", "podSelector: {}}]\n");
    fails(
        &wide,
        "noExposureToNew: {directions: [Ingress], of: {pods: {matchLabels: {app: db}}}}",
        &["back/{no labels}[new pod] => back/db[Pod]"],
    );
}

#[test]
fn what_is_not_valid_leaves_it_open() {
    let broken = CLUSTER.replace("team: a}}}]\n    ports", "team: a}}}, {}]\n    ports");
    is_unknown(
        &broken,
        "deny: {from: {external: 0.0.0.0/0}, to: {namespace: back}}",
        "it is not known whether",
    );
    // What is certain is no less so.
    fails(&broken, "deny: {from: {namespace: front}, to: {namespace: back}}", &["TCP 8080"]);
}

#[test]
fn an_assertion_about_nothing_does_not_hold() {
    is_unknown(CLUSTER, "deny: {from: {namespace: fornt}, to: {namespace: back}}", "`from` selects no pod");
    is_unknown(CLUSTER, "only: {from: {namespace: front}, to: {namespace: bakc}}", "`to` selects no pod");
    is_unknown(CLUSTER, "isolated: {by: tema}", "no pod and no namespace has the label tema");
}

#[test]
fn mistakes_have_a_place_and_a_proposal() {
    let said = |assertion: &str| -> Vec<(u32, String)> {
        let (found, problems) = parse(assertion);
        assert!(found.is_empty(), "{assertion} is accepted");
        let line = |problem: &Problem| {
            let place = ironhull_finding::Evidence::new(&problem.object, problem.path.clone()).place();
            place.map_or(0, |place| place.start.line)
        };
        problems
            .iter()
            .map(|problem| (line(problem), format!("{}; {}", problem.message, problem.fix)))
            .collect()
    };
    for (assertion, expected) in [
        ("dney: {from: {}, to: {}}", "unknown field `dney`"),
        ("deny: {from: {}, tos: {}}", "unknown field `tos`; write `to`"),
        ("deny: {from: {namespaces: front}, to: {}}", "expected a mapping"),
        ("deny: {from: {}}", "an end is missing"),
        ("deny: {from: {}, to: {ingress: true}}", "unknown field `ingress`"),
        ("deny: {from: {external: 10.0.0.0/40}, to: {}}", "invalid CIDR"),
        ("deny: {from: {}, to: {}, ports: [http]}", "\"http\" is not a port"),
        ("deny: {from: {}, to: {}, ports: [tcp/0]}", "\"tcp/0\" is not a port"),
        ("only: {from: {}, to: {}, transitive: true}", "`only` cannot be transitive"),
        ("{deny: {from: {}, to: {}}, allow: {from: {}, to: {}}}", "exactly one thing, found deny and allow"),
        ("name: nothing", "exactly one thing, found none"),
        ("unprotected: allow", "expected forbid or a mapping"),
        ("noExposureToNew: false", "expected true or a mapping"),
        ("isolated: {label: team}", "unknown field `label`"),
    ] {
        let said = said(assertion);
        assert!(
            said.iter().any(|(line, text)| *line == 6 && text.contains(expected)),
            "{assertion}: {said:?}"
        );
    }
}
