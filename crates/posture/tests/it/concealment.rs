//! No finding shows a secret, and live Secrets are left alone.

use std::fmt::Write as _;
use std::sync::Arc;

use ironhull_finding::{Finding, Outcome};
use ironhull_posture::{evaluate, find};
use ironhull_testkit::world_of;
use ironhull_world::{Completeness, Delta, Object, Origin, World};

const SECRET: &str = "hunter2-Zq81";

fn findings(id: &str, world: &World) -> Vec<Finding> {
    evaluate(world, &[find(id).unwrap()]).findings().cloned().collect()
}

/// Everything of a finding that a report may print.
fn shown(finding: &Finding) -> String {
    let mut text = format!("{} {:?} {}", finding.message, finding.fix, finding.subject);
    for evidence in &finding.evidence {
        write!(text, " {} {:?} {:?}", evidence.path, evidence.note, evidence.value()).unwrap();
        if let Some(place) = evidence.place() {
            text += " ";
            text += place.source.slice(place.span);
        }
    }
    text
}

#[test]
fn no_finding_shows_a_secret() {
    let env = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: a\n    env:\n    - value: {SECRET}\n      name: DB_PASSWORD\n    - {{name: URL, value: 'redis://:{SECRET}@cache'}}\n"
    );
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  password: {SECRET}\n  a.env: |\n    DB_PASSWORD={SECRET}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: b}}\ndata: {{password: {SECRET}}}\n"
    );
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  password: {SECRET}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: b}}\nstringData: {{password: {SECRET}}}\n"
    );
    for (id, text, count) in [("SC001", env, 2), ("SC002", map, 3), ("SC006", secret, 2)] {
        let found = findings(id, &world_of("a.yaml", &text));
        assert_eq!(found.len(), count, "{id}");
        for finding in &found {
            assert!(finding.evidence.iter().all(|evidence| evidence.concealed), "{id}");
            assert!(!shown(finding).contains(SECRET), "{id}: {}", shown(finding));
        }
    }
}

#[test]
fn a_new_key_is_a_new_finding() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {password: hunter2, mail_password: hunter3}\n";
    let found = findings("SC002", &world_of("a.yaml", text));
    assert_eq!(found.len(), 2);
    assert_ne!(found[0].fingerprint(), found[1].fingerprint());
}

#[test]
fn a_live_secret_is_where_it_belongs() {
    let text =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: x}\ndata: {password: aHVudGVyMg==}\n";
    let file = world_of("a.yaml", text);
    let object = file.objects().next().unwrap();
    let origin = Origin::Cluster { uid: "1".into(), version: "1".into() };
    let live = Object { origin, ..Object::clone(object) };
    let world = World::new(Completeness::Listed { except: Vec::new() }, file.carriers().clone())
        .apply([Delta::Upsert(Arc::new(live))]);
    let evaluation = evaluate(&world, &[find("SC006").unwrap()]);
    let outcomes: Vec<_> = evaluation.results().flat_map(|result| &result.outcomes).collect();
    assert!(matches!(outcomes.as_slice(), [(_, Outcome::Skip(_))]));
}
