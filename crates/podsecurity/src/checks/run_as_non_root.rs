//! Users other than root, as the kubelet enforces them.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::RunAsNonRoot,
    level: Level::Restricted,
    summary: "Containers must be required to run as a user other than root.",
    revisions: &[
        Revision {
            since: 0,
            summary: "runAsNonRoot must be true at the pod or at every container, and false nowhere.",
            overrides: &[],
            run,
        },
        Revision {
            since: 35,
            summary: "Pods in a user namespace (hostUsers: false) are left alone.",
            overrides: &[],
            run: |pod| if pod.has_user_namespace { None } else { run(pod) },
        },
    ],
};

const FIELD: [&str; 1] = ["runAsNonRoot"];
const REASON: &str = "runAsNonRoot != true";

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    let mut explicit = Offenders::default();
    let mut implicit = Offenders::default();
    let pod_wide = pod.security.shared.run_as_non_root;
    if pod_wide == Some(false) {
        explicit.add_pod(&FIELD);
    }
    for container in &pod.containers {
        match container.security.shared.run_as_non_root {
            Some(true) => {}
            Some(false) => explicit.add(container, &FIELD),
            None if pod_wide == Some(true) => {}
            None => implicit.add(container, &FIELD),
        }
    }
    // Who says false is told first; who says nothing is told only when nobody says false.
    let explicit = explicit.refuse(REASON, |offenders| {
        format!("{} must not set securityContext.runAsNonRoot=false", offenders.setters())
    });
    explicit.or_else(|| {
        implicit.refuse(REASON, |offenders| {
            format!("pod or {} must set securityContext.runAsNonRoot=true", offenders.container_names())
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn an_explicit_false_hides_what_is_missing() {
        let expect = Expect::new(CheckId::RunAsNonRoot);
        let pod = spec(
            r#"{"securityContext": {"runAsNonRoot": false},
                "containers": [{"name": "a"}, {"name": "b", "securityContext": {"runAsNonRoot": false}}]}"#,
        );
        expect.at(0).refuses(
            &pod,
            "runAsNonRoot != true",
            r#"pod and container "b" must not set securityContext.runAsNonRoot=false"#,
            &["spec.securityContext.runAsNonRoot", "spec.containers[1].securityContext.runAsNonRoot"],
        );
    }

    #[test]
    fn the_pod_speaks_for_its_containers() {
        let expect = Expect::new(CheckId::RunAsNonRoot);
        let pod = spec(
            r#"{"containers": [{"name": "a"}, {"name": "b", "securityContext": {"runAsNonRoot": true}},
                               {"name": "c", "securityContext": {}}]}"#,
        );
        expect.at(0).refuses(
            &pod,
            "runAsNonRoot != true",
            r#"pod or containers "a", "c" must set securityContext.runAsNonRoot=true"#,
            &[
                "spec.containers[0].securityContext.runAsNonRoot",
                "spec.containers[2].securityContext.runAsNonRoot",
            ],
        );
        expect
            .at(0)
            .allows(&spec(r#"{"securityContext": {"runAsNonRoot": true}, "containers": [{"name": "a"}]}"#));
    }

    #[test]
    fn user_namespaces_pass_from_1_35_on() {
        let expect = Expect::new(CheckId::RunAsNonRoot);
        let pod = spec(r#"{"hostUsers": false, "containers": [{"name": "a"}]}"#);
        expect.at(34).refuses_some(&pod);
        expect.at(35).allows(&pod);
        expect.at(35).refuses_some(&spec(r#"{"hostUsers": null, "containers": [{"name": "a"}]}"#));
    }
}
