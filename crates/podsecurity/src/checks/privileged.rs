//! Privileged containers.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::view::PodView;

pub(super) const CHECK: Check = Check {
    id: CheckId::Privileged,
    level: Level::Baseline,
    summary: "Containers must not be privileged.",
    revisions: &[Revision { since: 0, summary: "privileged must be absent or false.", overrides: &[], run }],
};

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    let mut offenders = Offenders::default();
    for container in &pod.containers {
        if container.security.privileged {
            offenders.add(container, &["privileged"]);
        }
    }
    offenders.refuse("privileged", |offenders| {
        format!("{} must not set securityContext.privileged=true", offenders.container_names())
    })
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, spec};

    #[test]
    fn containers_of_every_kind_are_visited_in_order() {
        let expect = Expect::new(CheckId::Privileged);
        expect.at(0).refuses(
            &spec(
                r#"{"ephemeralContainers": [{"name": "e", "securityContext": {"privileged": true}}],
                    "containers": [{"name": "a", "securityContext": {"privileged": false}},
                                   {"name": "b", "securityContext": {"privileged": true}}],
                    "initContainers": [{"name": "i", "securityContext": {"privileged": true}}]}"#,
            ),
            "privileged",
            r#"containers "i", "b", "e" must not set securityContext.privileged=true"#,
            &[
                "spec.initContainers[0].securityContext.privileged",
                "spec.containers[1].securityContext.privileged",
                "spec.ephemeralContainers[0].securityContext.privileged",
            ],
        );
        // The security context of a pod has no such field.
        expect.at(0).allows(&spec(r#"{"securityContext": {"privileged": true}, "containers": [null]}"#));
    }
}
