//! Exceptions of files end as those of a cluster do.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::served::Served;

const POLICY: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: team}
spec:
  rules:
  - name: has-team
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      failureAction: Enforce
      message: who owns it?
      pattern: {metadata: {labels: {team: "?*"}}}
---
apiVersion: ironhull.dev/v1alpha1
kind: Exception
metadata: {name: a-while, namespace: ironhull-system}
spec: {owner: a, reason: b, expires: "ENDS", match: {namespaces: [shop]}, policies: [{name: team}]}
"#;

#[test]
fn an_exception_of_a_file_ends_while_we_serve() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let ends = jiff::Timestamp::from_second(i64::try_from(now + 12).unwrap()).unwrap();
    let served = Served::start(&[("policies.yaml", &POLICY.replace("ENDS", &ends.to_string()))], "");
    let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}, "spec": {"containers": [{"name": "a", "image": "a"}]}}"#;
    assert_eq!(served.create("/validate/fail", "u", "Pod", pod), None, "the exception holds");
    let begin = Instant::now();
    while served.create("/validate/fail", "u", "Pod", pod).is_none() {
        assert!(begin.elapsed() < Duration::from_secs(30), "it still lets the pod through");
        std::thread::sleep(Duration::from_millis(100));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(i64::try_from(now).unwrap() >= ends.as_second(), "not before its end");
}
