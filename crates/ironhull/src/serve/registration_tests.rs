//! What is asked where, while the API server and we know different things.

use std::sync::Arc;

use ironhull_kube::Resources;
use ironhull_value::{CompactString, Value};
use ironhull_world::{Carriers, Object, ObjectRef, Origin, World};
use serde_json::{Value as Json, json};

use super::*;
use crate::serve::controller::Fixed;
use crate::serve::loaded::{Kinds, Loaded};
use crate::serve::route::{Route, Which};

fn object(group: &str, kind: &str, namespace: &str, name: &str, json: &Json) -> Object {
    let value: Value = serde_json::from_value(json.clone()).unwrap();
    let key = ObjectRef {
        group: group.into(),
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
        copy: 0,
    };
    Object { key, version: "v1".into(), value, origin: Origin::Request }
}

/// A policy about everything that judges and changes; the API server is told of its match conditions.
pub(super) fn policy(namespace: &str, name: &str, webhook: &Json) -> Object {
    let kind = if namespace.is_empty() { "ClusterPolicy" } else { "Policy" };
    let matching = json!({ "any": [{ "resources": { "kinds": ["*"] } }] });
    let json = json!({
        "apiVersion": "kyverno.io/v1",
        "kind": kind,
        "metadata": { "name": name, "namespace": namespace },
        "spec": { "webhookConfiguration": webhook, "rules": [
            { "name": "judges", "match": matching, "validate": { "message": "m", "deny": {} } },
            { "name": "changes", "match": matching,
              "mutate": { "patchStrategicMerge": { "metadata": { "labels": { "a": "b" } } } } },
        ] },
    });
    object("kyverno.io", kind, namespace, name, &json)
}

/// What is decided by with some policies in shadow.
pub(super) fn view(policies: &[Object], shadowed: &[&str]) -> Loaded {
    let data: Json = shadowed.iter().map(|name| ((*name).to_owned(), json!("shadow"))).collect();
    let modes = json!({ "apiVersion": "v1", "kind": "ConfigMap", "data": data });
    let modes = object("", "ConfigMap", "own", "ironhull-modes", &modes);
    let world = World::from_files([modes], Carriers::default());
    let fixed = Fixed {
        files: policies.iter().cloned().map(Arc::new).collect(),
        exception_namespaces: Vec::new(),
        pod_security: None,
        usual: Mode::Enforce,
        namespace: "own".to_owned(),
    };
    fixed.load(&world, Arc::new(Kinds::default()), None)
}

pub(super) fn registration(of: &Loaded) -> (Json, Json) {
    let setting = Setting {
        place: &Place::Url("https://host:1".to_owned()),
        authorities: None,
        annotations: &[],
        untouched: &[CompactString::const_new("own")],
        pod_security: false,
        accounts: &[],
    };
    configurations(of, &Resources::default(), &setting)
}

/// How often a policy is asked about one request, to judge and to change, by a registration made by one who knew
/// `told`, and sent to us who know `known`.
fn asked(told: &Loaded, known: &Loaded, name: &str) -> [usize; 2] {
    let (validating, mutating) = registration(told);
    [validating, mutating].map(|configuration| {
        let hooks = configuration["webhooks"].as_array().unwrap().iter();
        let paths = hooks.map(|hook| hook["clientConfig"]["url"].as_str().unwrap());
        let policy = known.policy(name).unwrap().compiled.as_ref().unwrap();
        paths
            .filter(|url| match Route::parse(url.trim_start_matches("https://host:1")).unwrap() {
                Route::Validate(which) | Route::Mutate(which) => known.is_asked(&which, policy),
                _ => false,
            })
            .count()
    })
}

#[test]
fn a_policy_that_moves_is_asked_at_every_moment() {
    let policies = |moved: &str| {
        let webhook = |policy: &str| json!({ "failurePolicy": policy });
        [
            policy("", "fails", &webhook("Fail")),
            policy("", "ignores", &webhook("Ignore")),
            policy("", "moves", &webhook(moved)),
        ]
    };
    let views = [
        view(&policies("Fail"), &[]),
        view(&policies("Fail"), &["moves"]),
        view(&policies("Ignore"), &[]),
        view(&policies("Fail"), &["fails", "moves"]),
    ];
    for (told, told_view) in views.iter().enumerate() {
        for (known, known_view) in views.iter().enumerate() {
            for name in ["fails", "ignores", "moves"] {
                let counts = asked(told_view, known_view, name);
                let what = format!("{name}: told by {told}, known by {known}: {counts:?}");
                assert!(counts.iter().all(|count| *count > 0), "{what}");
                if told_view.told == known_view.told {
                    assert_eq!(counts, [1, 1], "{what}");
                }
            }
        }
    }
    // The second and the third send it to the same path, so that they are the same to us.
    assert_eq!(views[1].told, views[2].told);
    assert_ne!(views[0].told, views[1].told);
}

#[test]
fn a_path_that_names_no_registration_asks_what_belongs_there() {
    let loaded = view(&[policy("", "fails", &json!({ "failurePolicy": "Fail" }))], &[]);
    let compiled = loaded.policy("fails").unwrap().compiled.as_ref().unwrap();
    assert!(loaded.is_asked(&Which::Fail(None), compiled));
    assert!(!loaded.is_asked(&Which::Ignore(None), compiled));
}

#[test]
fn a_policy_that_is_new_where_failures_count_changes_no_path() {
    let webhook = json!({ "failurePolicy": "Fail" });
    let one = view(&[policy("", "a", &webhook)], &[]);
    let two = view(&[policy("", "a", &webhook), policy("", "b", &webhook)], &[]);
    assert_eq!(one.told, two.told, "else all would be asked twice whenever one comes or goes");
}
