//! Seccomp profiles, which must be set.

use super::Offenders;
use super::seccomp_profile_baseline::{FIELD, explicit_detail, is_confined};
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::SeccompProfileRestricted,
    level: Level::Restricted,
    summary: "The seccomp profile must be RuntimeDefault or Localhost.",
    revisions: &[
        Revision {
            since: 19,
            summary: "Must be set at the pod or at every container.",
            overrides: &[CheckId::SeccompProfileBaseline],
            run,
        },
        Revision {
            since: 25,
            summary: "Windows pods, which have no seccomp, are left alone.",
            overrides: &[CheckId::SeccompProfileBaseline],
            run: |pod| if pod.is_windows { None } else { run(pod) },
        },
    ],
};

const REASON: &str = "seccompProfile";

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    let mut explicit = Offenders::default();
    let mut implicit = Offenders::default();
    let mut pod_confines = false;
    if let Some(profile) = pod.security.shared.seccomp {
        pod_confines = is_confined(profile);
        if !pod_confines {
            explicit.add_pod(&FIELD);
            explicit.values.insert(profile);
        }
    }
    for container in &pod.containers {
        match container.security.shared.seccomp {
            Some(profile) if is_confined(profile) => {}
            Some(profile) => {
                explicit.add(container, &FIELD);
                explicit.values.insert(profile);
            }
            None if pod_confines => {}
            None => implicit.add(container, &FIELD),
        }
    }
    // Wrong profiles are told first; missing ones only when there is no wrong one.
    explicit.refuse(REASON, explicit_detail).or_else(|| {
        implicit.refuse(REASON, |offenders| {
            let names = offenders.container_names();
            format!(r#"pod or {names} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost""#)
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn a_profile_is_required() {
        let expect = Expect::new(CheckId::SeccompProfileRestricted);
        let pod = spec(
            r#"{"containers": [{"name": "a", "securityContext": {"seccompProfile": {"type": "Localhost"}}},
                               {"name": "b"}]}"#,
        );
        expect.at(18).allows(&pod);
        expect.at(19).refuses(
            &pod,
            "seccompProfile",
            r#"pod or container "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost""#,
            &["spec.containers[1].securityContext.seccompProfile.type"],
        );
        expect.at(19).allows(&spec(
            r#"{"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}, "containers": [{"name": "a"}]}"#,
        ));
    }

    #[test]
    fn a_wrong_profile_hides_what_is_missing() {
        let expect = Expect::new(CheckId::SeccompProfileRestricted);
        expect.at(37).refuses(
            &spec(
                r#"{"securityContext": {"seccompProfile": {"type": "Unconfined"}},
                    "containers": [{"name": "a"}, {"name": "b", "securityContext": {"seccompProfile": {"type": "x"}}}]}"#,
            ),
            "seccompProfile",
            r#"pod and container "b" must not set securityContext.seccompProfile.type to "Unconfined", "x""#,
            &["spec.securityContext.seccompProfile.type", "spec.containers[1].securityContext.seccompProfile.type"],
        );
    }

    #[test]
    fn windows_pods_pass_from_1_25_on() {
        let expect = Expect::new(CheckId::SeccompProfileRestricted);
        let pod = spec(r#"{"os": {"name": "windows"}, "containers": [{"name": "a"}]}"#);
        expect.at(24).refuses_some(&pod);
        expect.at(25).allows(&pod);
    }
}
