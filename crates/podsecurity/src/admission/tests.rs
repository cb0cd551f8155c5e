use ironhull_value::{Map, Value};
use ironhull_world::admission::{AdmissionRequest, Review};

use super::*;
use crate::{CheckId, Exemptions};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn request(resource: &str, operation: &str, rest: &str) -> AdmissionRequest {
    let text = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u","kind":{{"group":"","version":"v1","kind":"X"}},
        "resource":{resource},"operation":"{operation}","namespace":"shop","userInfo":{{"username":"alice"}},{rest}}}}}"#
    );
    Review::read(text.as_bytes()).unwrap().request
}

const PODS: &str = r#"{"group":"","version":"v1","resource":"pods"}"#;
const NAMESPACES: &str = r#"{"group":"","version":"v1","resource":"namespaces"}"#;
const DEPLOYMENTS: &str = r#"{"group":"apps","version":"v1","resource":"deployments"}"#;
const PRIVILEGED: &str =
    r#"{"spec":{"containers":[{"name":"a","image":"i","securityContext":{"privileged":true}}]}}"#;

fn judge_with(
    admission: &Admission,
    request: &AdmissionRequest,
    labels: &str,
    pods: &[Value],
    waivers: &[Waiver],
) -> Verdict {
    let labels: Value = json(labels);
    let labels: Option<&Map> = labels.as_map();
    let pods = |_: &str| Ok(pods.to_vec());
    let around = Surroundings { namespace: Ok(labels), pods: &pods, is_over: &|| false, waivers };
    admission.judge(request, &around)
}

fn judge(request: &AdmissionRequest, labels: &str) -> Verdict {
    judge_with(&Admission::default(), request, labels, &[], &[])
}

fn annotation<'v>(verdict: &'v Verdict, key: &str) -> &'v str {
    let found = verdict.response.annotations.iter().find(|(own, _)| own == key);
    found.map_or("", |(_, value)| value)
}

fn message(verdict: &Verdict) -> &str {
    verdict.response.refusal.as_ref().map_or("", |refusal| &refusal.message)
}

const ENFORCE: &str = r#"{"pod-security.kubernetes.io/enforce":"baseline"}"#;

#[test]
fn a_pod_is_refused_warned_of_and_noted() {
    let pod = request(PODS, "CREATE", &format!(r#""name":"web","object":{PRIVILEGED}"#));
    let verdict = judge(&pod, ENFORCE);
    assert_eq!(
        message(&verdict),
        "pods \"web\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container \"a\" must not \
         set securityContext.privileged=true)"
    );
    assert_eq!(verdict.response.refusal.as_ref().unwrap().code, Some(403));
    assert_eq!(annotation(&verdict, "enforce-policy"), "baseline:latest");
    assert!(verdict.response.warnings.is_empty());

    let verdict = judge(
        &pod,
        r#"{"pod-security.kubernetes.io/warn":"baseline","pod-security.kubernetes.io/audit":"restricted"}"#,
    );
    assert!(verdict.response.is_allowed());
    assert!(
        verdict.response.warnings[0].starts_with("would violate PodSecurity \"baseline:latest\": privileged")
    );
    assert!(
        annotation(&verdict, "audit-violations")
            .starts_with("would violate PodSecurity \"restricted:latest\"")
    );
    assert_eq!(annotation(&judge(&pod, "{}"), "enforce-policy"), "privileged:latest");
    let unnamed = request(PODS, "CREATE", &format!(r#""object":{PRIVILEGED}"#));
    assert!(message(&judge(&unnamed, ENFORCE)).starts_with("pods is forbidden: violates"));
}

#[test]
fn a_deployment_is_warned_of_and_never_refused() {
    let object = format!(r#"{{"spec":{{"template":{PRIVILEGED}}}}}"#);
    let verdict = judge(&request(DEPLOYMENTS, "CREATE", &format!(r#""object":{object}"#)), ENFORCE);
    assert!(verdict.response.is_allowed() && verdict.response.warnings.len() == 1);
    assert_eq!(annotation(&verdict, "enforce-policy"), "", "as upstream has it");
    let without = judge(&request(DEPLOYMENTS, "CREATE", r#""object":{"spec":{}}"#), ENFORCE);
    assert!(without.response.is_allowed() && without.response.warnings.is_empty());
}

#[test]
fn only_updates_of_containers_and_images_are_judged() {
    let with = |image: &str| PRIVILEGED.replace("\"i\"", &format!("\"{image}\""));
    let update = |new: &str, old: &str| {
        judge(&request(PODS, "UPDATE", &format!(r#""object":{new},"oldObject":{old}"#)), ENFORCE).response
    };
    assert!(update(PRIVILEGED, PRIVILEGED).is_allowed());
    assert!(!update(&with("other"), PRIVILEGED).is_allowed());
    let debug = PRIVILEGED.replace("\"containers\"", r#""ephemeralContainers":[{"name":"d"}],"containers""#);
    assert!(!update(&debug, PRIVILEGED).is_allowed());
}

#[test]
fn subresources_are_judged_unless_they_are_known_to_be_harmless() {
    for (subresource, allowed) in
        [("exec", true), ("status", true), ("ephemeralcontainers", false), ("resize", false), ("new", false)]
    {
        let rest = format!(r#""subResource":"{subresource}","object":{PRIVILEGED}"#);
        assert_eq!(
            judge(&request(PODS, "CREATE", &rest), ENFORCE).response.is_allowed(),
            allowed,
            "{subresource}"
        );
    }
}

#[test]
fn the_exempt_are_not_judged() {
    let pod = request(PODS, "CREATE", &format!(r#""object":{PRIVILEGED}"#));
    for (exemptions, why) in
        [(r#"{"usernames":["alice"]}"#, "user"), (r#"{"namespaces":["shop"]}"#, "namespace")]
    {
        let exemptions = Exemptions::parse(&json(exemptions)).unwrap();
        let verdict = judge_with(&Admission { exemptions, ..Admission::default() }, &pod, ENFORCE, &[], &[]);
        assert!(verdict.response.is_allowed());
        assert_eq!(annotation(&verdict, "exempt"), why);
        assert_eq!(verdict.counted, [Counted::Exemption]);
    }
}

#[test]
fn a_namespace_that_is_not_known_refuses_pods_and_lets_controllers_through() {
    let around = Surroundings {
        namespace: Err("not found".to_owned()),
        pods: &|_| Ok(Vec::new()),
        is_over: &|| false,
        waivers: &[],
    };
    let pod = request(PODS, "CREATE", &format!(r#""object":{PRIVILEGED}"#));
    let verdict = Admission::default().judge(&pod, &around);
    assert_eq!(message(&verdict), "Internal error occurred: failed to lookup namespace \"shop\"");
    let deployment = request(DEPLOYMENTS, "CREATE", r#""object":{}"#);
    let verdict = Admission::default().judge(&deployment, &around);
    assert!(verdict.response.is_allowed());
    assert_eq!(annotation(&verdict, "error"), "failed to lookup namespace \"shop\": not found");
}

#[test]
fn labels_of_namespaces_are_checked_and_tried_on_pods() {
    let namespace = |level: &str| {
        format!(r#"{{"metadata":{{"labels":{{"pod-security.kubernetes.io/enforce":"{level}"}}}}}}"#)
    };
    let create = request(NAMESPACES, "CREATE", &format!(r#""name":"shop","object":{}"#, namespace("strict")));
    assert_eq!(
        message(&judge(&create, "null")),
        "Namespace \"shop\" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \
         \"strict\": must be one of privileged, baseline, restricted"
    );
    let update = |new: &str, old: &str, pods: Vec<Value>| {
        let rest = format!(r#""name":"shop","object":{},"oldObject":{}"#, namespace(new), namespace(old));
        judge_with(&Admission::default(), &request(NAMESPACES, "UPDATE", &rest), "null", &pods, &[]).response
    };
    // What was wrong before may stay.
    assert!(update("strict", "strict", Vec::new()).is_allowed());
    let pod = |name: &str, owner: &str| {
        json(&format!(
            r#"{{"metadata":{{"name":"{name}","ownerReferences":[{{"controller":true,"uid":"{owner}"}}]}},"spec":{{"hostPID":true,"containers":[]}}}}"#
        ))
    };
    let pods = vec![pod("b", "1"), pod("a", "1"), pod("c", "2")];
    assert_eq!(
        update("baseline", "privileged", pods.clone()).warnings,
        [
            "existing pods in namespace \"shop\" violate the new PodSecurity enforce level \"baseline:latest\"",
            "a (and 2 other pods): host namespaces"
        ]
    );
    assert!(update("privileged", "baseline", pods).warnings.is_empty());
}

fn waiver(checks: Option<&[CheckId]>, containers: &[&str]) -> Waiver {
    Waiver {
        id: "ironhull-system/x".into(),
        checks: checks.map(<[CheckId]>::to_vec),
        containers: containers.iter().map(|name| (*name).into()).collect(),
    }
}

#[test]
fn a_waiver_is_for_a_check_and_for_containers() {
    let pod = json(
        r#"{"spec":{"hostPID":true,"containers":[
            {"name":"a","securityContext":{"privileged":true}},{"name":"b","securityContext":{"privileged":true}}]}}"#,
    );
    let level = "baseline:latest".parse().unwrap();
    let with = |waivers: &[Waiver]| {
        let (decision, waived) = evaluate_with(level, PodRef::of(&pod).unwrap(), waivers).unwrap();
        (decision.message(), waived.len())
    };
    use crate::PodRef;
    assert_eq!(
        with(&[]).0,
        "host namespaces (hostPID=true), privileged (containers \"a\", \"b\" must not set securityContext.privileged=true)"
    );
    assert_eq!(
        with(&[waiver(Some(&[CheckId::Privileged]), &["a"])]),
        ("host namespaces (hostPID=true), privileged (container \"b\" must not set securityContext.privileged=true)".into(), 1)
    );
    assert_eq!(
        with(&[waiver(Some(&[CheckId::Privileged]), &[])]),
        ("host namespaces (hostPID=true)".into(), 1)
    );
    // What is about the whole pod is not waived for a container.
    assert_eq!(with(&[waiver(None, &["*"])]).0, "host namespaces (hostPID=true)");
    assert_eq!(with(&[waiver(None, &[])]).0, "");
    // Who has no part in it is not named.
    assert_eq!(with(&[waiver(Some(&[CheckId::Privileged]), &["other"])]).1, 0);
}

#[test]
fn waiving_the_stricter_check_leaves_the_one_below() {
    use crate::PodRef;
    let pod = json(
        r#"{"spec":{"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},"containers":[
            {"name":"a","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"add":["SYS_ADMIN"]}}}]}}"#,
    );
    let level = "restricted:latest".parse().unwrap();
    let waivers = [waiver(Some(&[CheckId::CapabilitiesRestricted]), &[])];
    let (decision, _) = evaluate_with(level, PodRef::of(&pod).unwrap(), &waivers).unwrap();
    assert_eq!(
        decision.message(),
        "non-default capabilities (container \"a\" must not include \"SYS_ADMIN\" in securityContext.capabilities.add)"
    );
    let waivers = [waiver(Some(&[CheckId::CapabilitiesRestricted, CheckId::CapabilitiesBaseline]), &[])];
    assert!(evaluate_with(level, PodRef::of(&pod).unwrap(), &waivers).unwrap().0.is_allowed());
}

#[test]
fn our_labels_stand_before_those_of_the_api_server() {
    let pod = request(PODS, "CREATE", &format!(r#""name":"web","object":{PRIVILEGED}"#));
    let both = r#"{"pod-security.kubernetes.io/enforce":"privileged","pod-security.ironhull.dev/enforce":"baseline"}"#;
    assert!(message(&judge(&pod, both)).contains("violates PodSecurity \"baseline:latest\""));
    let other = r#"{"pod-security.kubernetes.io/enforce":"baseline","pod-security.ironhull.dev/enforce":"privileged"}"#;
    assert!(judge(&pod, other).response.is_allowed(), "the API server refuses it itself");
}

#[test]
fn what_is_wrong_is_told_of_the_label_that_was_written() {
    let (ours, theirs) = ("pod-security.ironhull.dev/enforce", "pod-security.kubernetes.io/enforce");
    let told = |label: &str| {
        format!(
            "metadata.labels[{label}]: Invalid value: \"strict\": must be one of privileged, baseline, restricted"
        )
    };
    for (labels, label) in [
        (format!(r#"{{"{ours}":"strict"}}"#), ours),
        (format!(r#"{{"{theirs}":"baseline","{ours}":"strict"}}"#), ours),
        (format!(r#"{{"{theirs}":"strict"}}"#), theirs),
    ] {
        let object = format!(r#""name":"shop","object":{{"metadata":{{"name":"shop","labels":{labels}}}}}"#);
        let verdict = judge(&request(NAMESPACES, "CREATE", &object), "{}");
        assert_eq!(message(&verdict), format!("Namespace \"shop\" is invalid: {}", told(label)));
        let pod = request(PODS, "CREATE", &format!(r#""name":"web","object":{PRIVILEGED}"#));
        let verdict = judge(&pod, &labels);
        assert_eq!(annotation(&verdict, "error"), format!("Failed to parse policy: {}", told(label)));
        assert!(message(&verdict).contains("restricted:latest"));
    }
}
