//! Pages, refusals, reduction.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ironhull_kube::{KubeError, list};
use ironhull_value::Value;
use ironhull_world::{Completeness, GroupKind, Origin, World};

use crate::server::{Answer, Server, healthy, items, ok, page, refuse};

const A: &str = r#"{"metadata":{"name":"a","namespace":"shop"}}"#;
const B: &str = r#"{"metadata":{"name":"b","namespace":"shop"}}"#;

#[test]
fn an_object_has_its_kind_and_origin() {
    let server = Server::start(healthy(|_| None));
    let listed = server.list(&[("", "Pod")]).unwrap();
    let pod = &listed.objects[0];
    assert_eq!(pod.value.dig_str(&["kind"]), Some("Pod"));
    assert_eq!(pod.value.dig_str(&["apiVersion"]), Some("v1"));
    assert!(matches!(&pod.origin, Origin::Cluster { uid, version } if uid == "u1" && version == "7"));
}

#[test]
fn pages_are_joined_and_progress_is_told() {
    let server = Server::start(healthy(|asked| {
        (asked.path == "/api/v1/pods").then(|| match asked.query.as_str() {
            "limit=1" => ok(page(&[A], "x=1")),
            "limit=1&continue=x=1" => ok(page(&[B], "")),
            _ => refuse(400, "bad query"),
        })
    }));
    let mut options = server.options(&[("", "Pod")]);
    options.page = 1;
    let seen = Mutex::new(Vec::new());
    let progress = |kind: &str, count: usize| seen.lock().unwrap().push((kind.to_owned(), count));
    let listed = list(&options, &progress).unwrap();
    let names: Vec<_> = listed.objects.iter().map(|object| object.key.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(*seen.lock().unwrap(), [("Pod".to_owned(), 1), ("Pod".to_owned(), 2)]);
}

#[test]
fn a_lost_place_starts_the_kind_anew_once() {
    for (lost, expected) in [(1, Ok(2)), (2, Err("410 Gone: too old"))] {
        let count = AtomicUsize::new(0);
        let server = Server::start(healthy(move |asked| {
            let rest = asked.query.contains("continue");
            (asked.path == "/api/v1/pods").then(|| match rest {
                true if count.fetch_add(1, Ordering::SeqCst) < lost => refuse(410, "too old"),
                true => ok(page(&[B], "")),
                false => ok(page(&[A], "x")),
            })
        }));
        let listed = server.list(&[("", "Pod")]).unwrap();
        match expected {
            Ok(objects) => assert_eq!((listed.objects.len(), listed.failed.len()), (objects, 0)),
            Err(reason) => {
                // Nothing of a listing that did not come to its end: half a kind looks like all of it.
                assert!(listed.objects.is_empty());
                assert_eq!(listed.failed[0].2, reason);
            }
        }
    }
}

#[test]
fn a_kind_that_fails_does_not_take_the_others_with_it() {
    for (answer, reason) in [
        (refuse(403, "pods is forbidden"), "403 Forbidden: pods is forbidden"),
        (refuse(500, "oops"), "500 Internal Server Error: oops"),
        (Answer { status: 502, ..ok("<html>\nthe-page") }, "502 Bad Gateway"),
        (ok("not json, the-secret"), "the answer cannot be used: it is not JSON (line 1, column 2)"),
        (ok("{}"), "the answer cannot be used: it is not a list"),
        (ok(items(&["7"])), "the answer cannot be used: an item is not an object"),
        (ok(page(&[A], "same")), "the answer cannot be used: the list does not come to an end"),
        (Answer { delay: Duration::from_secs(30), ..ok("{}") }, "no answer within 1 s"),
    ] {
        let server =
            Server::start(healthy(move |asked| (asked.path == "/api/v1/pods").then(|| answer.clone())));
        let mut options = server.options(&[("", "Pod"), ("apps", "Deployment")]);
        options.timeout = Duration::from_secs(1);
        let listed = list(&options, &|_, _| {}).unwrap();
        assert_eq!(listed.objects.len(), 1, "{reason}");
        assert_eq!(listed.failed, [("".into(), "Pod".into(), reason.to_owned())]);
        let world = World::new(listed.completeness(), ironhull_world::Carriers::default());
        assert!(!world.is_complete(GroupKind::new("", "Pod")));
        assert!(world.is_complete(GroupKind::new("apps", "Deployment")));
    }
}

#[test]
fn a_busy_server_is_asked_again() {
    let count = AtomicUsize::new(0);
    let server = Server::start(healthy(move |asked| {
        let busy = asked.path == "/api/v1/pods" && count.fetch_add(1, Ordering::SeqCst) < 2;
        busy.then(|| Answer { headers: "retry-after: 0\r\n", ..refuse(429, "busy") })
    }));
    let listed = server.list(&[("", "Pod")]).unwrap();
    assert_eq!((listed.objects.len(), listed.failed.len()), (1, 0));

    let server = Server::start(healthy(|asked| {
        let answer = Answer { headers: "retry-after: 0\r\n", ..refuse(503, "down") };
        (asked.path == "/api/v1/pods").then_some(answer)
    }));
    let listed = server.list(&[("", "Pod")]).unwrap();
    assert_eq!(listed.failed[0].2, "503 Service Unavailable: down");
    assert_eq!(server.log().iter().filter(|path| path.starts_with("/api/v1/pods")).count(), 5);
}

#[test]
fn nothing_of_a_secret_stays_whatever_it_calls_itself() {
    let server = Server::start(healthy(|asked| {
        (asked.path == "/api/v1/secrets").then(|| {
            ok(items(&[
                r#"{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"a","managedFields":[1],"annotations":
                {"kubectl.kubernetes.io/last-applied-configuration":"topsecret"}},"data":{"p":"topsecret"}}"#,
            ]))
        })
    }));
    let mut options = server.options(&[("", "Secret")]);
    let first = list(&options, &|_, _| {}).unwrap();
    let shown = format!("{:?}", first.objects);
    assert!(!shown.contains("topsecret") && !shown.contains("managedFields"), "{shown}");
    let facts = |keys: &[&str]| first.objects[0].value.dig(keys).cloned();
    assert_eq!(facts(&["data", "p", "length"]), Some(Value::Int(9)));
    assert_eq!(facts(&["kind"]), Some(Value::from("Secret")));
    options.secret_key = [9; 32];
    let second = list(&options, &|_, _| {}).unwrap();
    assert_ne!(facts(&["data", "p", "hash"]), second.objects[0].value.dig(&["data", "p", "hash"]).cloned());
    assert!(!format!("{options:?}").contains("9, 9"));
}

#[test]
fn namespace_and_selector_narrow_what_lives_in_namespaces() {
    let server = Server::start(healthy(|_| None));
    let mut options = server.options(&[("", "Pod"), ("", "Namespace")]);
    options.namespace = Some("shop".to_owned());
    options.selector = Some("app=web,tier".to_owned());
    let listed = list(&options, &|_, _| {}).unwrap();
    assert_eq!(listed.failed, []);
    assert_eq!(listed.completeness(), Completeness::Partial);
    let log = server.log();
    let pods = "/api/v1/namespaces/shop/pods?limit=500&labelSelector=app=web,tier";
    let namespaces = "/api/v1/namespaces?limit=500&fieldSelector=metadata.name=shop";
    assert!(log.iter().any(|asked| asked == pods), "{log:?}");
    assert!(log.iter().any(|asked| asked == namespaces), "{log:?}");
}

#[test]
fn a_namespace_that_does_not_exist_is_not_an_empty_one() {
    let server = Server::start(healthy(|_| None));
    let mut options = server.options(&[("", "Pod")]);
    options.namespace = Some("shpo".to_owned());
    let error = list(&options, &|_, _| {}).unwrap_err();
    assert!(matches!(&error, KubeError::UnknownNamespace { name } if name == "shpo"), "{error}");
}
