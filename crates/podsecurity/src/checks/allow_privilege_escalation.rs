//! Privilege escalation, for example by set-user-ID programs.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::AllowPrivilegeEscalation,
    level: Level::Restricted,
    summary: "Containers must set allowPrivilegeEscalation to false.",
    revisions: &[
        Revision { since: 8, summary: "Must be false.", overrides: &[], run },
        Revision {
            since: 25,
            summary: "Windows pods, which cannot set it, are left alone.",
            overrides: &[],
            run: |pod| if pod.is_windows { None } else { run(pod) },
        },
    ],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    let mut offenders = Offenders::default();
    for container in &pod.containers {
        if container.security.allow_privilege_escalation != Some(false) {
            offenders.add(container, &["allowPrivilegeEscalation"]);
        }
    }
    offenders.refuse("allowPrivilegeEscalation != false", |offenders| {
        format!("{} must set securityContext.allowPrivilegeEscalation=false", offenders.container_names())
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn only_an_explicit_false_passes() {
        let expect = Expect::new(CheckId::AllowPrivilegeEscalation);
        let pod = spec(
            r#"{"initContainers": [{"name": "i"}],
                "containers": [{"name": "a", "securityContext": {"allowPrivilegeEscalation": false}},
                               {"name": "b", "securityContext": {"allowPrivilegeEscalation": true}}]}"#,
        );
        expect.at(8).refuses(
            &pod,
            "allowPrivilegeEscalation != false",
            r#"containers "i", "b" must set securityContext.allowPrivilegeEscalation=false"#,
            &[
                "spec.initContainers[0].securityContext.allowPrivilegeEscalation",
                "spec.containers[1].securityContext.allowPrivilegeEscalation",
            ],
        );
        expect.at(7).allows(&pod);
    }

    #[test]
    fn windows_pods_pass_from_1_25_on() {
        let expect = Expect::new(CheckId::AllowPrivilegeEscalation);
        let pod = spec(r#"{"os": {"name": "windows"}, "containers": [{"name": "a"}]}"#);
        expect.at(24).refuses(
            &pod,
            "allowPrivilegeEscalation != false",
            r#"container "a" must set securityContext.allowPrivilegeEscalation=false"#,
            &["spec.containers[0].securityContext.allowPrivilegeEscalation"],
        );
        expect.at(25).allows(&pod);
        expect.at(25).refuses_some(&spec(r#"{"os": {"name": "linux"}, "containers": [{"name": "a"}]}"#));
    }
}
