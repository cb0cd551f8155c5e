//! Fields of the wrong type: never a pass.

use ironhull_podsecurity::{Level, LevelVersion, PodRef, Version, evaluate};
use ironhull_value::Value;

#[track_caller]
fn invalid(pod: &str, text: &str) {
    let pod: Value = serde_json::from_str(pod).unwrap();
    for level in Level::ALL {
        for version in [Version::Minor(0), Version::Latest] {
            let outcome = PodRef::of(&pod).and_then(|pod| evaluate(LevelVersion::new(level, version), pod));
            assert_eq!(outcome.unwrap_err().to_string(), text, "{level}:{version}");
        }
    }
}

#[test]
fn the_field_and_both_types_are_named() {
    invalid("[]", "the pod must be an object, but is an array");
    invalid(r#"{"spec": []}"#, "spec must be an object, but is an array");
    invalid(r#"{"metadata": "x"}"#, "metadata must be an object, but is a string");
    invalid(
        r#"{"metadata": {"annotations": []}}"#,
        "metadata.annotations must be an object, but is an array",
    );
    invalid(
        r#"{"metadata": {"annotations": {"a/b": 1}}}"#,
        r#"metadata.annotations["a/b"] must be a string, but is an integer"#,
    );
    for field in ["hostNetwork", "hostPID", "hostIPC", "hostUsers"] {
        invalid(
            &format!(r#"{{"spec": {{"{field}": "yes"}}}}"#),
            &format!("spec.{field} must be a boolean, but is a string"),
        );
    }
    invalid(r#"{"spec": {"os": "windows"}}"#, "spec.os must be an object, but is a string");
    invalid(r#"{"spec": {"os": {"name": 1}}}"#, "spec.os.name must be a string, but is an integer");
    invalid(r#"{"spec": {"volumes": {}}}"#, "spec.volumes must be a list, but is an object");
    invalid(r#"{"spec": {"volumes": [1]}}"#, "spec.volumes[0] must be an object, but is an integer");
    for source in ["emptyDir", "hostPath", "storageos"] {
        invalid(
            &format!(r#"{{"spec": {{"volumes": [{{}}, {{"{source}": true}}]}}}}"#),
            &format!("spec.volumes[1].{source} must be an object, but is a boolean"),
        );
    }
}

#[test]
fn containers_of_every_kind_are_read() {
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        invalid(
            &format!(r#"{{"spec": {{"{list}": {{}}}}}}"#),
            &format!("spec.{list} must be a list, but is an object"),
        );
        for (container, text) in [
            ("1", " must be an object, but is an integer"),
            (r#"{"name": 1}"#, ".name must be a string, but is an integer"),
            (
                r#"{"ports": [{"hostPort": "80"}]}"#,
                ".ports[0].hostPort must be a 32-bit integer, but is a string",
            ),
            (
                r#"{"ports": [{"hostPort": 1.5}]}"#,
                ".ports[0].hostPort must be a 32-bit integer, but is a number",
            ),
            (
                r#"{"ports": [{"hostPort": 2147483648}]}"#,
                ".ports[0].hostPort must be a 32-bit integer, but is out of range",
            ),
            (
                r#"{"lifecycle": {"preStop": {"httpGet": {"host": true}}}}"#,
                ".lifecycle.preStop.httpGet.host must be a string, but is a boolean",
            ),
            (r#"{"startupProbe": []}"#, ".startupProbe must be an object, but is an array"),
            (r#"{"securityContext": false}"#, ".securityContext must be an object, but is a boolean"),
        ] {
            invalid(
                &format!(r#"{{"spec": {{"{list}": [null, {container}]}}}}"#),
                &format!("spec.{list}[1]{text}"),
            );
        }
    }
}

#[test]
fn security_contexts_are_read() {
    for (field, text) in [
        (r#""privileged": "true""#, "privileged must be a boolean, but is a string"),
        (r#""allowPrivilegeEscalation": 0"#, "allowPrivilegeEscalation must be a boolean, but is an integer"),
        (r#""capabilities": ["ALL"]"#, "capabilities must be an object, but is an array"),
        (r#""capabilities": {"drop": "ALL"}"#, "capabilities.drop must be a list, but is a string"),
        (
            r#""capabilities": {"drop": ["ALL", 1]}"#,
            "capabilities.drop[1] must be a string, but is an integer",
        ),
        (r#""capabilities": {"add": [{}]}"#, "capabilities.add[0] must be a string, but is an object"),
        (r#""procMount": {}"#, "procMount must be a string, but is an object"),
        (r#""runAsNonRoot": 1"#, "runAsNonRoot must be a boolean, but is an integer"),
        (r#""runAsUser": "0""#, "runAsUser must be a 64-bit integer, but is a string"),
        (r#""runAsUser": 1e30"#, "runAsUser must be a 64-bit integer, but is a number"),
        (r#""seccompProfile": "Unconfined""#, "seccompProfile must be an object, but is a string"),
        (r#""seccompProfile": {"type": 1}"#, "seccompProfile.type must be a string, but is an integer"),
        (r#""appArmorProfile": {"type": []}"#, "appArmorProfile.type must be a string, but is an array"),
        (r#""seLinuxOptions": {"user": 1}"#, "seLinuxOptions.user must be a string, but is an integer"),
        (
            r#""windowsOptions": {"hostProcess": ""}"#,
            "windowsOptions.hostProcess must be a boolean, but is a string",
        ),
    ] {
        invalid(
            &format!(r#"{{"spec": {{"containers": [{{"securityContext": {{{field}}}}}]}}}}"#),
            &format!("spec.containers[0].securityContext.{text}"),
        );
    }
    invalid(
        r#"{"spec": {"securityContext": {"sysctls": [{"name": 1}]}}}"#,
        "spec.securityContext.sysctls[0].name must be a string, but is an integer",
    );
}

#[test]
fn whole_floats_are_integers_and_fields_nobody_reads_are_free() {
    let pod: Value = serde_json::from_str(
        r#"{"metadata": {"labels": 1}, "spec": {"securityContext": {"privileged": "?", "runAsUser": 0.0},
            "containers": [{"image": 1, "ports": [{"hostPort": 80.0}]}]}}"#,
    )
    .unwrap();
    let level = "restricted:latest".parse().unwrap();
    let message = evaluate(level, PodRef::of(&pod).unwrap()).unwrap().message();
    assert!(
        message.contains("uses hostPort 80") && message.contains("pod must not set runAsUser=0"),
        "{message}"
    );
}

#[test]
fn the_sentences_are_those_of_admission() {
    let pod: Value = serde_json::from_str(
        r#"{"spec": {"hostPID": true, "containers": [{"name": "a", "securityContext": {"privileged": true}}]}}"#,
    )
    .unwrap();
    let level: LevelVersion = "baseline:v1.99".parse().unwrap();
    let decision = evaluate(level, PodRef::of(&pod).unwrap()).unwrap();
    let message = "host namespaces (hostPID=true), privileged (container \"a\" must not set \
                   securityContext.privileged=true)";
    assert_eq!(decision.message(), message);
    assert_eq!(decision.reasons(), "host namespaces, privileged");
    assert_eq!(decision.violates(level), Some(format!("violates PodSecurity \"baseline:v1.99\": {message}")));
    assert_eq!(
        decision.would_violate(level),
        Some(format!("would violate PodSecurity \"baseline:v1.99\": {message}"))
    );
    let allowed = evaluate("privileged:latest".parse().unwrap(), PodRef::of(&pod).unwrap()).unwrap();
    assert!(allowed.is_allowed() && allowed.violates(level).is_none() && allowed.message().is_empty());
}
