//! User 0.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::RunAsUser,
    level: Level::Restricted,
    summary: "Pods and containers must not run as user 0.",
    revisions: &[
        Revision { since: 23, summary: "runAsUser must be absent or not 0.", overrides: &[], run },
        Revision {
            since: 35,
            summary: "Pods in a user namespace (hostUsers: false) are left alone.",
            overrides: &[],
            run: |pod| if pod.has_user_namespace { None } else { run(pod) },
        },
    ],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    const FIELD: [&str; 1] = ["runAsUser"];
    let mut offenders = Offenders::default();
    if pod.security.shared.run_as_user == Some(0) {
        offenders.add_pod(&FIELD);
    }
    for container in &pod.containers {
        if container.security.shared.run_as_user == Some(0) {
            offenders.add(container, &FIELD);
        }
    }
    offenders.refuse("runAsUser=0", |offenders| format!("{} must not set runAsUser=0", offenders.setters()))
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn only_zero_is_refused_and_only_outside_of_user_namespaces() {
        let expect = Expect::new(CheckId::RunAsUser);
        let rest = r#""securityContext": {"runAsUser": 0},
                      "containers": [{"name": "a", "securityContext": {"runAsUser": 0}},
                                     {"name": "b", "securityContext": {"runAsUser": 1}}]"#;
        let pod = spec(&format!("{{{rest}}}"));
        expect.at(22).allows(&pod);
        expect.at(23).refuses(
            &pod,
            "runAsUser=0",
            r#"pod and container "a" must not set runAsUser=0"#,
            &["spec.securityContext.runAsUser", "spec.containers[0].securityContext.runAsUser"],
        );
        let isolated = spec(&format!(r#"{{"hostUsers": false, {rest}}}"#));
        expect.at(34).refuses_some(&isolated);
        expect.at(35).allows(&isolated);
    }
}
