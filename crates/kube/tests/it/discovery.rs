//! Which kinds exist and where.

use crate::server::{Server, discovery, healthy, items, ok, refuse};

#[test]
fn kinds_are_found_and_the_absent_are_not_failures() {
    let server = Server::start(healthy(|_| None));
    let kinds = [
        ("apps", "Deployment"),
        ("", "Pod"),
        ("", "Unheard"),
        ("gone.example", "Thing"),
        ("authentication.k8s.io", "TokenReview"),
    ];
    let listed = server.list(&kinds).unwrap();
    let names: Vec<_> = listed.objects.iter().map(|object| object.key.to_string()).collect();
    assert_eq!(names, ["Deployment shop/web", "Pod shop/a"]);
    assert_eq!(listed.objects[0].value.dig_str(&["apiVersion"]), Some("apps/v1"));
    assert_eq!(listed.version, "v1.33.1");
    assert_eq!(listed.context, "test");
    // It exists and cannot be listed, so nothing is known of its objects.
    assert_eq!(listed.failed.len(), 1);
    assert_eq!(listed.failed[0].1, "TokenReview");
}

#[test]
fn the_first_version_that_has_the_kind_is_used() {
    let old = ("v1beta1", &[("widgets", "Widget", "Cluster", "list")][..]);
    let body = discovery(&[("x.example", &[("v1", &[("others", "Other", "Cluster", "list")]), old])]);
    let server = Server::start(healthy(move |asked| match asked.path.as_str() {
        "/apis" => Some(ok(body.clone())),
        "/apis/x.example/v1beta1/widgets" => Some(ok(items(&[r#"{"metadata":{"name":"w"}}"#]))),
        _ => None,
    }));
    let listed = server.list(&[("x.example", "Widget")]).unwrap();
    assert_eq!(listed.objects[0].version, "v1beta1");
    assert!(!server.log().contains(&"/api".to_owned()), "nothing of the core group was wanted");
}

#[test]
fn a_group_whose_server_is_down_is_not_taken_for_absent() {
    let body = discovery(&[("x.example", &[("v1", &[])])]).replace("Current", "Stale");
    let server = Server::start(healthy(move |asked| (asked.path == "/apis").then(|| ok(body.clone()))));
    let listed = server.list(&[("x.example", "Widget"), ("", "Pod")]).unwrap();
    assert_eq!(listed.objects.len(), 1);
    assert!(listed.failed[0].2.contains("stale"), "{:?}", listed.failed);
}

#[test]
fn a_server_without_aggregated_discovery_is_walked() {
    let server = Server::start(healthy(|asked| {
        Some(ok(match asked.path.as_str() {
            "/api" => r#"{"kind":"APIVersions","versions":["v1"]}"#,
            "/api/v1" => {
                r#"{"kind":"APIResourceList","resources":[
                {"name":"pods/log","kind":"Pod","namespaced":true,"verbs":["list"]},
                {"name":"pods","kind":"Pod","namespaced":true,"verbs":["list"]}]}"#
            }
            "/apis" => {
                r#"{"kind":"APIGroupList","groups":[
                {"name":"apps","versions":[{"version":"v1"}],"preferredVersion":{"version":"v1"}},
                {"name":"down.example","versions":[{"version":"v1"}],"preferredVersion":{"version":"v1"}},
                {"name":"unasked.example","versions":[{"version":"v1"}]}]}"#
            }
            "/apis/apps/v1" => {
                r#"{"resources":[{"name":"deployments","kind":"Deployment","namespaced":true,"verbs":["list"]}]}"#
            }
            "/apis/down.example/v1" => return Some(refuse(500, "down")),
            _ => return None,
        }))
    }));
    let listed = server.list(&[("", "Pod"), ("apps", "Deployment"), ("down.example", "Thing")]).unwrap();
    assert_eq!(listed.objects.len(), 2);
    let failed = ("down.example".into(), "Thing".into(), "500 Internal Server Error: down".to_owned());
    assert_eq!(listed.failed, [failed]);
    assert!(!server.log().iter().any(|path| path.contains("unasked")), "{:?}", server.log());
}
