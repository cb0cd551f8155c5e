//! Seccomp profiles, where they are set.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::text::{go_quoted, plural};
use crate::view::{PodView, path};

pub(super) const CHECK: Check = Check {
    id: CheckId::SeccompProfileBaseline,
    level: Level::Baseline,
    summary: "The seccomp profile must not be Unconfined.",
    revisions: &[
        Revision {
            since: 0,
            summary: "Annotations runtime/default, docker/default and localhost/*.",
            overrides: &[],
            run: run_annotations,
        },
        Revision {
            since: 19,
            summary: "Fields RuntimeDefault and Localhost; annotations no longer matter.",
            overrides: &[],
            run: run_fields,
        },
    ],
};

/// The field under a security context.
pub(super) const FIELD: [&str; 2] = ["seccompProfile", "type"];

const POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_PREFIX: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// Whether a profile type confines.
pub(super) fn is_confined(profile: &str) -> bool {
    matches!(profile, "RuntimeDefault" | "Localhost")
}

fn run_annotations(pod: &PodView<'_>) -> Option<Refusal> {
    let mut annotations = Vec::new();
    let mut fields = Vec::new();
    for (key, value) in pod.annotations {
        let profile = value.as_str().unwrap_or_default();
        if applies(pod, key) && !is_confined_annotation(profile) {
            annotations.push(format!("{key}={}", go_quoted(profile)));
            fields.push(path(&["metadata", "annotations", key]));
        }
    }
    if annotations.is_empty() {
        return None;
    }
    annotations.sort_unstable();
    Some(Refusal {
        reason: "seccompProfile",
        detail: format!(
            "forbidden {} {}",
            plural("annotation", "annotations", annotations.len()),
            annotations.join(", ")
        ),
        fields,
    })
}

/// Whether an annotation is that of the pod or of one of its containers.
fn applies(pod: &PodView<'_>, annotation: &str) -> bool {
    annotation == POD_ANNOTATION
        || annotation
            .strip_prefix(CONTAINER_PREFIX)
            .is_some_and(|name| pod.containers.iter().any(|container| container.name == name))
}

fn is_confined_annotation(profile: &str) -> bool {
    matches!(profile, "runtime/default" | "docker/default") || profile.starts_with("localhost/")
}

fn run_fields(pod: &PodView<'_>) -> Option<Refusal> {
    let mut offenders = Offenders::default();
    if let Some(profile) = pod.security.shared.seccomp
        && !is_confined(profile)
    {
        offenders.add_pod(&FIELD);
        offenders.values.insert(profile);
    }
    for container in &pod.containers {
        if let Some(profile) = container.security.shared.seccomp
            && !is_confined(profile)
        {
            offenders.add(container, &FIELD);
            offenders.values.insert(profile);
        }
    }
    offenders.refuse("seccompProfile", explicit_detail)
}

/// The detail for profiles that are set and do not confine.
pub(super) fn explicit_detail(offenders: &Offenders<'_>) -> String {
    let (setters, values) = (offenders.setters(), offenders.value_list());
    format!("{setters} must not set securityContext.seccompProfile.type to {values}")
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, pod, spec};

    #[test]
    fn annotations_count_until_1_18() {
        let expect = Expect::new(CheckId::SeccompProfileBaseline);
        let annotated = pod(r#"{"metadata": {"annotations": {
                  "seccomp.security.alpha.kubernetes.io/pod": null,
                  "container.seccomp.security.alpha.kubernetes.io/a": "unconfined",
                  "container.seccomp.security.alpha.kubernetes.io/b": "docker/default",
                  "container.seccomp.security.alpha.kubernetes.io/gone": "unconfined"}},
                "spec": {"containers": [{"name": "a"}, {"name": "b"}],
                         "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}}"#);
        expect.at(18).refuses(
            &annotated,
            "seccompProfile",
            concat!(
                r#"forbidden annotations container.seccomp.security.alpha.kubernetes.io/a="unconfined", "#,
                r#"seccomp.security.alpha.kubernetes.io/pod="""#
            ),
            &[
                r#"metadata.annotations["container.seccomp.security.alpha.kubernetes.io/a"]"#,
                r#"metadata.annotations["seccomp.security.alpha.kubernetes.io/pod"]"#,
            ],
        );
        expect.at(19).allows(&annotated);
    }

    #[test]
    fn fields_count_from_1_19_on() {
        let expect = Expect::new(CheckId::SeccompProfileBaseline);
        let pod = spec(
            r#"{"securityContext": {"seccompProfile": {"type": "Unconfined"}},
                "containers": [{"name": "a", "securityContext": {"seccompProfile": {}}}, {"name": "b"}]}"#,
        );
        expect.at(18).allows(&pod);
        expect.at(19).refuses(
            &pod,
            "seccompProfile",
            r#"pod and container "a" must not set securityContext.seccompProfile.type to "", "Unconfined""#,
            &[
                "spec.securityContext.seccompProfile.type",
                "spec.containers[0].securityContext.seccompProfile.type",
            ],
        );
    }
}
