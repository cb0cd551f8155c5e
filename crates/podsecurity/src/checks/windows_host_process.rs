//! Privileged containers of Windows.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::WindowsHostProcess,
    level: Level::Baseline,
    summary: "Pods and containers must not be Windows HostProcess ones.",
    revisions: &[Revision {
        since: 0,
        summary: "windowsOptions.hostProcess must be absent or false.",
        overrides: &[],
        run,
    }],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    const FIELD: [&str; 2] = ["windowsOptions", "hostProcess"];
    let mut offenders = Offenders::default();
    if pod.security.shared.host_process {
        offenders.add_pod(&FIELD);
    }
    for container in &pod.containers {
        if container.security.shared.host_process {
            offenders.add(container, &FIELD);
        }
    }
    offenders.refuse("hostProcess", |offenders| {
        format!("{} must not set securityContext.windowsOptions.hostProcess=true", offenders.setters())
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn pods_and_containers_are_told() {
        let expect = Expect::new(CheckId::WindowsHostProcess);
        expect.at(0).refuses(
            &spec(
                r#"{"securityContext": {"windowsOptions": {"hostProcess": true}},
                    "containers": [{"name": "a", "securityContext": {"windowsOptions": {"hostProcess": true}}},
                                   {"name": "b", "securityContext": {"windowsOptions": {"hostProcess": false}}},
                                   {"name": "c", "securityContext": {"windowsOptions": {}}}]}"#,
            ),
            "hostProcess",
            r#"pod and container "a" must not set securityContext.windowsOptions.hostProcess=true"#,
            &[
                "spec.securityContext.windowsOptions.hostProcess",
                "spec.containers[0].securityContext.windowsOptions.hostProcess",
            ],
        );
    }
}
