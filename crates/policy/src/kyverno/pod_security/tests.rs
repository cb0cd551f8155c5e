//! Exclusions field by field. Whole rules are compared with upstream's answers in `tests/it/engine.jsonl`.

use super::*;
use crate::kyverno::model::PodSecurityExclude;

const BASELINE: Standard<'_> = Standard { level: "baseline", version: Version::Latest };

fn pod(spec: &str) -> Value {
    serde_json::from_str(&format!(r#"{{"spec": {spec}}}"#)).unwrap()
}

fn exclude(control: &str, images: &[&str], field: &str, values: &[&str]) -> PodSecurityExclude {
    PodSecurityExclude {
        control: control.into(),
        images: images.iter().map(|image| (*image).into()).collect(),
        field: field.into(),
        values: values.iter().map(|value| (*value).into()).collect(),
    }
}

fn stays(pod: &Value, excludes: &[PodSecurityExclude]) -> String {
    let found = violations(BASELINE, pod).unwrap();
    text(&without(BASELINE, excludes, found, pod).unwrap())
}

#[test]
fn the_last_error_comes_into_the_place_of_one_that_is_taken_away() {
    let pod = pod(
        r#"{"containers": [{"name": "a", "image": "x:1", "ports": [{"hostPort": 1}, {"hostPort": 2}, {"hostPort": 3}]}]}"#,
    );
    let ports =
        |values: &[&str]| exclude("Host Ports", &["x:*"], "spec.containers[*].ports[*].hostPort", values);
    let left = |of: &[(u8, u8)]| {
        let errors: Vec<String> = of
            .iter()
            .map(|(index, port)| {
                format!(
                    "spec.containers[0].ports[{index}].hostPort is forbidden, forbidden values found: {port}"
                )
            })
            .collect();
        format!("(Forbidden reason: hostPort, field error list: [{}])", errors.join(", "))
    };
    assert_eq!(stays(&pod, &[]), left(&[(0, 1), (1, 2), (2, 3)]));
    assert_eq!(stays(&pod, &[ports(&["1"])]), left(&[(2, 3), (1, 2)]));
    // The value decides whether something is taken away, the field which: the first one, not that value's.
    assert_eq!(stays(&pod, &[ports(&["3"])]), left(&[(2, 3), (1, 2)]));
    assert_eq!(stays(&pod, &[ports(&[])]), "");
    assert_eq!(stays(&pod, &[exclude("Sysctls", &["*"], "", &[])]), left(&[(0, 1), (1, 2), (2, 3)]));
}

#[test]
fn a_field_of_the_wrong_type_is_no_pass() {
    assert!(violations(BASELINE, &pod(r#"{"hostPID": "yes"}"#)).is_err());
    assert!(violations(BASELINE, &pod("[]")).is_err());
}
