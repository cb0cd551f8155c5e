//! What is asked where, while the API server and we know different things.

use std::sync::Arc;

use ironhull_kube::Resources;
use ironhull_value::{CompactString, Value};
use ironhull_world::{Carriers, Object, ObjectRef, Origin, World};
use serde_json::{Value as Json, json};

use super::*;
use crate::serve::conditional::{candidates, conditions};
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
    fixed.load(&world, Arc::new(Kinds::default()), Some(&LeftOut::default()), None)
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
    configurations(of, &Resources::default(), &setting, &Verdicts::default()).0
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

fn conditional(namespace: &str, name: &str, expression: &str) -> Object {
    let condition = json!({ "name": "c", "expression": expression });
    policy(namespace, name, &json!({ "matchConditions": [condition] }))
}

/// What is registered of policies whose conditions the API server took.
fn taken(loaded: &Loaded) -> ((Json, Json), LeftOut) {
    let verdicts =
        candidates(loaded).into_iter().map(|(known, policy)| (known.name(), (conditions(policy), Ok(()))));
    let setting = Setting {
        place: &Place::Url("https://host:1".to_owned()),
        authorities: None,
        annotations: &[],
        untouched: &[],
        pod_security: false,
        accounts: &[],
    };
    configurations(loaded, &Resources::default(), &setting, &verdicts.collect())
}

#[test]
fn a_policy_with_match_conditions_is_asked_behind_them_alone() {
    let loaded = view(&[conditional("", "a", "true"), conditional("shop", "a", "true")], &[]);
    let ((validating, mutating), left_out) = taken(&loaded);
    assert_eq!(left_out.reasons.len(), 0);
    for (verb, configuration) in [("validate", &validating), ("mutate", &mutating)] {
        let hooks = configuration["webhooks"].as_array().unwrap();
        let own: Vec<&Json> = hooks
            .iter()
            .filter(|hook| hook["clientConfig"]["url"].as_str().unwrap().contains("finegrained"))
            .collect();
        let names: Vec<&str> = own.iter().map(|hook| hook["name"].as_str().unwrap()).collect();
        let expected = [format!("a.own.{verb}.ironhull.dev"), format!("a.shop.in.{verb}.ironhull.dev")];
        assert_eq!(names, expected);
        let last = |hook: &Json| hook["matchConditions"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last(own[0]), json!({ "name": "c", "expression": "true" }));
        let selected = own[1]["namespaceSelector"]["matchExpressions"].as_array().unwrap().last().unwrap();
        assert_eq!(selected["values"], json!(["shop"]), "a namespace's author decides of no other");
    }
    let of = |name: &str| loaded.policy(name).unwrap().compiled.as_ref().unwrap();
    for (path, asked) in [
        ("/validate/fail/finegrained/a", [true, false]),
        ("/validate/ignore/finegrained/shop/a", [false, true]),
        ("/validate/fail/finegrained/b", [false, false]),
        ("/validate/fail", [false, false]),
        ("/validate/fail/at/1", [false, false]),
        ("/validate/ignore/at/1", [false, false]),
        ("/validate", [false, false]),
    ] {
        let Some(Route::Validate(which)) = Route::parse(path) else { panic!("{path}") };
        assert_eq!(["a", "shop/a"].map(|name| loaded.is_asked(&which, of(name))), asked, "{path}");
    }
}

#[test]
fn what_does_not_fit_is_named_and_cannot_push_others_out() {
    let mut policies: Vec<Object> =
        (0..40).map(|count| conditional("hostile", &format!("a{count:02}"), "true")).collect();
    policies.push(conditional("", "zzz", "true"));
    policies.push(conditional("", "long", &"x".repeat(9000)));
    let loaded = view(&policies, &[]);
    let ((validating, mutating), left_out) = taken(&loaded);
    let count = |configuration: &Json| configuration["webhooks"].as_array().unwrap().len();
    assert!(count(&validating) + count(&mutating) <= 64);
    assert!(left_out.registered.contains_key("zzz"), "that of the cluster goes first");
    assert!(left_out.reasons["long"].contains("longer than"), "{left_out:?}");
    assert!(left_out.reasons["hostile/a39"].contains("64 webhooks"), "{left_out:?}");
    assert_eq!(left_out.registered.len() + left_out.reasons.len(), 42, "each is named");
    // Whoever does not write the registration reads the same from it.
    let written = [validating, mutating].map(|one| serde_json::from_value(one).unwrap());
    assert_eq!(LeftOut::read(&written), left_out);
}

#[test]
fn a_policy_is_ready_when_its_conditions_are_registered() {
    let loaded = view(&[conditional("", "a", "true")], &[]);
    assert_eq!(loaded.policy("a").unwrap().reasons(), ["its match conditions are not registered yet"]);
    let policy = loaded.policy("a").unwrap().compiled.as_ref().unwrap();
    let (_, left_out) = taken(&loaded);
    assert_eq!(left_out.of("a", policy), None);
    let edited = view(&[conditional("", "a", "false")], &[]);
    let edited = edited.policy("a").unwrap().compiled.as_ref().unwrap();
    assert!(left_out.of("a", edited).is_some(), "what is registered is what it said before");
}
