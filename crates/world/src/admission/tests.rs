use ironhull_value::Value;

use super::*;

fn review(version: &str, extra: &str) -> String {
    format!(
        r#"{{"apiVersion":"admission.k8s.io/{version}","kind":"AdmissionReview","request":{{"uid":"u1",
        "kind":{{"group":"","version":"v1","kind":"Pod"}},"resource":{{"group":"","version":"v1","resource":"pods"}},
        "namespace":"shop","operation":"CREATE","userInfo":{{"username":"alice","groups":["dev"]}},
        "object":{{"kind":"Pod","metadata":{{"generateName":"web-","labels":{{"app":"web"}}}}}},"oldObject":null{extra}}}}}"#
    )
}

fn answered(review: &Review, response: &AdmissionResponse) -> Value {
    serde_json::from_slice(&review.answer(response)).unwrap()
}

#[test]
fn a_review_is_read() {
    let read = Review::read(review("v1", r#","dryRun":true"#).as_bytes()).unwrap();
    let request = read.request;
    assert_eq!(request.operation, Operation::Create);
    assert_eq!((request.uid.as_str(), request.namespace.as_str()), ("u1", "shop"));
    assert_eq!(request.shown_name(), "web-");
    assert_eq!(request.user.groups, ["dev"]);
    assert!(request.dry_run && request.old_object.is_none());
    assert_eq!(request.labels().unwrap().get("app").unwrap().as_str(), Some("web"));
}

#[test]
fn the_answer_has_the_version_and_the_uid_of_the_question() {
    for version in ["v1", "v1beta1"] {
        let read = Review::read(review(version, "").as_bytes()).unwrap();
        let answer = answered(&read, &AdmissionResponse::default());
        assert_eq!(answer.dig_str(&["apiVersion"]), Some(read.version.as_str()));
        assert_eq!(answer.dig_str(&["response", "uid"]), Some("u1"));
        assert_eq!(answer.dig(&["response", "allowed"]).unwrap().as_bool(), Some(true));
        // What is not there must not be there: the API server refuses a patch type without a patch.
        assert_eq!(answer.dig(&["response"]).unwrap().as_map().unwrap().len(), 2);
    }
}

#[test]
fn a_refusal_a_patch_warnings_and_annotations_are_written() {
    let read = Review::read(review("v1", "").as_bytes()).unwrap();
    let response = AdmissionResponse {
        refusal: Some(Refusal { code: Some(403), reason: "Forbidden", message: "no".to_owned() }),
        patch: Some(serde_json::from_str(r#"[{"op":"remove","path":"/a"}]"#).unwrap()),
        warnings: vec!["careful".to_owned()],
        annotations: vec![("decision".into(), "x1".to_owned())],
    };
    let answer = answered(&read, &response);
    let at = |keys: &[&str]| answer.dig(keys).cloned().unwrap();
    assert_eq!(at(&["response", "allowed"]), Value::Bool(false));
    assert_eq!(at(&["response", "status", "code"]), Value::Int(403));
    assert_eq!(at(&["response", "status", "reason"]).as_str(), Some("Forbidden"));
    assert_eq!(at(&["response", "patchType"]).as_str(), Some("JSONPatch"));
    // printf '[{"op":"remove","path":"/a"}]' | base64
    assert_eq!(at(&["response", "patch"]).as_str(), Some("W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL2EifV0="));
    assert_eq!(at(&["response", "auditAnnotations", "decision"]).as_str(), Some("x1"));
}

#[test]
fn what_is_no_review_is_named_and_never_repeated() {
    let secret = br#"{"kind":"AdmissionReview","password":hunter2}"#;
    let error = Review::read(secret).unwrap_err();
    assert_eq!(error, ReviewError::Json { line: 1, column: 38 });
    assert_eq!(Review::read(br#"{"kind":"Pod"}"#).unwrap_err(), ReviewError::Kind);
    assert_eq!(Review::read(review("v2", "").as_bytes()).unwrap_err(), ReviewError::Kind);
    let text = review("v1", "").replace("CREATE", "PATCH");
    assert_eq!(Review::read(text.as_bytes()).unwrap_err().to_string(), "request.operation is \"PATCH\"");
    let text = review("v1", "").replace("\"uid\":\"u1\",", "");
    assert_eq!(Review::read(text.as_bytes()).unwrap_err().to_string(), "request.uid is missing");
    let text = review("v1", "").replace("\"oldObject\":null", "\"oldObject\":[]");
    assert!(
        Review::read(text.as_bytes()).unwrap_err().to_string().contains("oldObject is of the type array")
    );
}

#[test]
fn warnings_fit_what_the_server_shows() {
    let long = "x".repeat(300);
    let fit = fit_warnings(vec![long.clone(), "two\nlines".to_owned()]);
    assert_eq!(fit[0], long, "one alone is shown whole");
    assert_eq!(fit[1], "two lines");
    let many = fit_warnings(vec![long; 40]);
    assert!(many.iter().map(|one| one.chars().count()).sum::<usize>() <= MOST_WARNINGS);
    assert_eq!(many.last().unwrap(), "and 25 more warnings, which are in the audit log");
}
