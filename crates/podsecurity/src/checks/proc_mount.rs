//! The masks of /proc.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::ProcMount,
    level: Level::Baseline,
    summary: "Containers must keep the default masks of /proc.",
    revisions: &[
        Revision { since: 0, summary: "procMount must be absent or Default.", overrides: &[], run },
        Revision {
            since: 35,
            summary: "Pods in a user namespace (hostUsers: false) may set it.",
            overrides: &[],
            run: |pod| if pod.has_user_namespace { None } else { run(pod) },
        },
    ],
};

pub(super) fn run(pod: &PodView<'_>) -> Option<Refusal> {
    let mut offenders = Offenders::default();
    for container in &pod.containers {
        if let Some(mount) = container.security.proc_mount
            && mount != "Default"
        {
            offenders.add(container, &["procMount"]);
            offenders.values.insert(mount);
        }
    }
    offenders.refuse("procMount", |offenders| {
        let (names, values) = (offenders.container_names(), offenders.value_list());
        format!("{names} must not set securityContext.procMount to {values}")
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn only_default_passes_outside_of_user_namespaces() {
        let expect = Expect::new(CheckId::ProcMount);
        let containers = r#""containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}},
                                           {"name": "b", "securityContext": {"procMount": ""}},
                                           {"name": "c", "securityContext": {"procMount": "Default"}}]"#;
        let pod = spec(&format!("{{{containers}}}"));
        let isolated = spec(&format!(r#"{{"hostUsers": false, {containers}}}"#));
        for (minor, pod) in [(0, &pod), (37, &pod), (34, &isolated)] {
            expect.at(minor).refuses(
                pod,
                "procMount",
                r#"containers "a", "b" must not set securityContext.procMount to "", "Unmasked""#,
                &[
                    "spec.containers[0].securityContext.procMount",
                    "spec.containers[1].securityContext.procMount",
                ],
            );
        }
        expect.at(35).allows(&isolated);
        expect.at(35).refuses_some(&spec(&format!(r#"{{"hostUsers": true, {containers}}}"#)));
    }
}
