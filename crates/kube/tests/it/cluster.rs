//! Reading and writing single objects.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ironhull_kube::{Cluster, Deletion, Failure, ResourcePath, Selection, Write};
use ironhull_value::Value;
use serde_json::json;

use crate::fake::Fake;
use crate::live::run;

fn value(json: serde_json::Value) -> Value {
    serde_json::from_value(json).unwrap()
}

fn pods() -> ResourcePath {
    ResourcePath::new("", "v1", "pods").in_namespace("shop")
}

#[test]
fn each_way_of_writing_is_what_the_server_expects() {
    run(async {
        let fake = Fake::start();
        let cluster = fake.cluster().await;
        let object = value(json!({"metadata": {"name": "a"}}));
        let one = pods().named("a");
        let dry = Write { dry_run: true, ..Write::default() };
        let force = Write { force: true, ..Write::default() };
        let answer = cluster.create(&pods(), &object, dry).await.unwrap();
        assert_eq!(answer.dig_str(&["metadata", "name"]), Some("a"));
        cluster.replace(&one, &object, force).await.unwrap();
        cluster.merge_patch(&one, &object, Write::default()).await.unwrap();
        cluster.json_patch(&one, &value(json!([])), Write::default()).await.unwrap();
        cluster.apply(&one, &object, force).await.unwrap();
        cluster.patch_status(&one, &object, Write::default()).await.unwrap();
        let deletion = Deletion {
            dry_run: true,
            uid: Some("u".to_owned()),
            resource_version: Some("7".to_owned()),
            propagation: Some("Foreground"),
        };
        cluster.delete(&one, &deletion).await.unwrap();
        let base = "/api/v1/namespaces/shop/pods";
        for (texts, count) in [
            (
                vec![
                    &*format!("POST {base} "),
                    r#""dryRun": "All", "fieldManager": "ironhull""#,
                    "content-type: application/json",
                ],
                1,
            ),
            (vec![&*format!("PUT {base}/a "), r#"{"fieldManager": "ironhull"}"#], 1),
            (vec![&*format!("PATCH {base}/a "), "content-type: application/merge-patch+json"], 1),
            (vec![&*format!("PATCH {base}/a "), "content-type: application/json-patch+json"], 1),
            (
                vec![
                    &*format!("PATCH {base}/a "),
                    "content-type: application/apply-patch+yaml",
                    r#""force": "true""#,
                ],
                1,
            ),
            (vec![&*format!("PATCH {base}/a/status "), "content-type: application/merge-patch+json"], 1),
            (vec!["force"], 1),
            (
                vec![
                    &*format!("DELETE {base}/a "),
                    r#""dryRun":["All"]"#,
                    r#""preconditions":{"resourceVersion":"7","uid":"u"}"#,
                    r#""propagationPolicy":"Foreground""#,
                ],
                1,
            ),
        ] {
            assert_eq!(fake.count(&texts), count, "{texts:?} {:#?}", fake.lock().log);
        }
        let whole = cluster.delete(&pods(), &Deletion::default()).await.unwrap_err();
        assert!(matches!(whole, Failure::Request(_)));
        let elsewhere = cluster.get(&pods().named("..")).await.unwrap_err();
        assert!(matches!(elsewhere, Failure::Request(_)));
    });
}

#[test]
fn refusals_can_be_told_apart() {
    run(async {
        let fake = Fake::start();
        let cluster = fake.cluster().await;
        type Test = fn(&Failure) -> bool;
        let tests: [(&str, Test); 5] = [
            ("exists", Failure::is_already_exists),
            ("conflict", Failure::is_conflict),
            ("invalid", Failure::is_invalid),
            ("gone", Failure::is_not_found),
            ("expired", Failure::is_expired),
        ];
        for (name, _) in tests {
            let path = pods().named(name);
            let failure = cluster.replace(&path, &value(json!({})), Write::default()).await.unwrap_err();
            let held: Vec<_> = tests.iter().filter(|(_, is)| is(&failure)).map(|(name, _)| *name).collect();
            assert_eq!(held, [name], "{failure:?}");
            assert!(failure.message().starts_with("it is ") && !failure.is_connection());
        }
        // It may have been done, so it is not sent again.
        let failure = cluster.replace(&pods().named("busy"), &value(json!({})), Write::default()).await;
        assert_eq!(failure.unwrap_err().code(), Some(503));
        assert_eq!(fake.count(&["PUT", "busy"]), 1);
        fake.lock().faults.forbidden.insert("pods");
        let failure = cluster.list(&pods(), &Selection::default()).await.unwrap_err();
        assert!(failure.is_forbidden());
        assert_eq!(failure.to_string(), "403 Forbidden: it is Forbidden");
        fake.lock().faults.hang_ups = 1;
        let failure = cluster.list(&pods(), &Selection::default()).await.unwrap_err();
        assert!(failure.is_connection() && !failure.is_timeout(), "{failure:?}");
    });
}

#[test]
fn a_deadline_is_a_timeout() {
    run(async {
        let fake = Fake::start();
        let cluster = fake.cluster_with("{token: t}", Duration::from_millis(100)).await;
        fake.lock().faults.silent = true;
        let failure = cluster.list(&pods(), &Selection::default()).await.unwrap_err();
        assert!(failure.is_timeout() && failure.is_connection(), "{failure:?}");
    });
}

#[test]
fn a_list_is_begun_anew_when_the_server_loses_its_place() {
    run(async {
        let fake = Fake::start();
        for number in 0..7 {
            fake.put("pods", "shop", &format!("p{number}"), &json!({"spec": {}}));
        }
        fake.put("pods", "other", "p", &json!({}));
        fake.lock().faults.page = Some(3);
        fake.lock().faults.lost_places = 1;
        let cluster = fake.cluster().await;
        let selection = Selection {
            labels: Some("a=b".to_owned()),
            fields: Some("c=d".to_owned()),
            ..Selection::default()
        };
        assert_eq!(cluster.list(&pods(), &selection).await.unwrap().len(), 7);
        assert_eq!(fake.count(&[r#""labelSelector": "a=b""#, r#""fieldSelector": "c=d""#]), 5);
        let page = cluster.list_page(&pods(), &Selection::default(), 2, None).await.unwrap();
        assert_eq!((page.items.len(), page.next.is_some(), page.version.as_str()), (2, true, "108"));
    });
}

#[test]
fn many_who_want_the_resources_ask_once() {
    run(async {
        let fake = Fake::start();
        let cluster = fake.cluster().await;
        let asks: Vec<_> = (0..8)
            .map(|_| {
                let cluster: Cluster = cluster.clone();
                tokio::spawn(async move { cluster.resources().await.unwrap() })
            })
            .collect();
        for ask in asks {
            assert_eq!(ask.await.unwrap().get("", "v1", "pods").unwrap().kind, "Pod");
        }
        assert_eq!(fake.count(&["/apis "]), 1);
        let before = cluster.resources().await.unwrap();
        fake.lock().rows.push(("x.example", "widgets", "Widget", true));
        assert!(Arc::ptr_eq(&before, &cluster.resources().await.unwrap()));
        let after = cluster.refresh_resources().await.unwrap();
        let widgets: Vec<_> = after.of_kind("x.example", "Widget").map(|own| own.plural.as_str()).collect();
        assert_eq!(widgets, ["widgets"]);
        assert_eq!(after.versions_of("x.example").collect::<Vec<_>>(), ["v1"]);
    });
}

/// Takes the better part of a minute: the client reads a token file again when what it has of it is that old.
#[test]
fn a_token_file_that_rotates_is_read_again() {
    run(async {
        let fake = Fake::start();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        std::fs::write(&file, "first").unwrap();
        let user = format!("{{tokenFile: '{}'}}", file.display());
        let cluster = fake.cluster_with(&user, Duration::from_secs(10)).await;
        std::fs::write(&file, "second").unwrap();
        let deadline = Instant::now() + Duration::from_secs(70);
        while fake.count(&["authorization: bearer second"]) == 0 {
            assert!(Instant::now() < deadline);
            cluster.list(&pods(), &Selection::default()).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert!(fake.count(&["authorization: bearer first"]) > 0);
    });
}
