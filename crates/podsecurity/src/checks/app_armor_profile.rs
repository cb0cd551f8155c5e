//! AppArmor profiles, by field and by the annotation that came before it.

use super::Offenders;
use crate::check::{Check, CheckId, Refusal, Revision};
use crate::level::Level;
use crate::text::{go_quoted, join_quoted, plural};
use crate::view::{PodView, path};

pub(super) const CHECK: Check = Check {
    id: CheckId::AppArmorProfile,
    level: Level::Baseline,
    summary: "The AppArmor profile may be RuntimeDefault or Localhost, by field or by annotation.",
    revisions: &[Revision {
        since: 0,
        summary: "Fields RuntimeDefault and Localhost, annotations runtime/default and localhost/*.",
        overrides: &[],
        run,
    }],
};

const ANNOTATION_PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";

fn run(pod: &PodView<'_>) -> Option<Refusal> {
    const FIELD: [&str; 2] = ["appArmorProfile", "type"];
    let mut offenders = Offenders::default();
    if let Some(profile) = pod.security.shared.app_armor
        && !is_allowed_type(profile)
    {
        offenders.add_pod(&FIELD);
        offenders.values.insert(profile);
    }
    for container in &pod.containers {
        if let Some(profile) = container.security.shared.app_armor
            && !is_allowed_type(profile)
        {
            offenders.add(container, &FIELD);
            offenders.values.insert(profile);
        }
    }

    let mut annotations = Vec::new();
    for (key, value) in pod.annotations {
        let profile = value.as_str().unwrap_or_default();
        if key.starts_with(ANNOTATION_PREFIX) && !is_allowed_annotation(profile) {
            annotations.push(format!("{key}={}", go_quoted(profile)));
            offenders.fields.push(path(&["metadata", "annotations", key]));
        }
    }
    if offenders.is_empty() && annotations.is_empty() {
        return None;
    }
    annotations.sort_unstable();

    let mut setters = Vec::new();
    if !offenders.is_empty() {
        setters.push(offenders.setters());
    }
    if !annotations.is_empty() {
        setters.push(plural("annotation", "annotations", annotations.len()).into());
    }
    let values = offenders.values.iter().copied().chain(annotations.iter().map(String::as_str));
    let count = offenders.values.len().saturating_add(annotations.len());
    Some(Refusal {
        reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", count),
        detail: format!(
            "{} must not set AppArmor profile type to {}",
            setters.join(" and "),
            join_quoted(values)
        ),
        fields: offenders.fields,
    })
}

fn is_allowed_type(profile: &str) -> bool {
    matches!(profile, "RuntimeDefault" | "Localhost")
}

fn is_allowed_annotation(profile: &str) -> bool {
    profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/")
}

#[cfg(test)]
mod tests {
    use crate::CheckId;
    use crate::testing::{Expect, pod, spec};

    #[test]
    fn fields_and_annotations_are_told_together() {
        let expect = Expect::new(CheckId::AppArmorProfile);
        let pod = pod(r#"{"metadata": {"annotations": {
                  "container.apparmor.security.beta.kubernetes.io/b": "unconfined",
                  "container.apparmor.security.beta.kubernetes.io/a": "x\"y",
                  "container.apparmor.security.beta.kubernetes.io/c": "localhost/z",
                  "container.apparmor.security.beta.kubernetes.io/d": null,
                  "other": "unconfined"}},
                "spec": {
                  "securityContext": {"appArmorProfile": {"type": "Unconfined"}},
                  "containers": [{"name": "a", "securityContext": {"appArmorProfile": {}}},
                                 {"name": "b", "securityContext": {"appArmorProfile": {"type": "Localhost"}}}]}}"#);
        expect.at(0).refuses(
            &pod,
            "forbidden AppArmor profiles",
            concat!(
                r#"pod and container "a" and annotations must not set AppArmor profile type to "", "Unconfined", "#,
                r#""container.apparmor.security.beta.kubernetes.io/a="x\"y"", "#,
                r#""container.apparmor.security.beta.kubernetes.io/b="unconfined"""#
            ),
            &[
                "spec.securityContext.appArmorProfile.type",
                "spec.containers[0].securityContext.appArmorProfile.type",
                r#"metadata.annotations["container.apparmor.security.beta.kubernetes.io/a"]"#,
                r#"metadata.annotations["container.apparmor.security.beta.kubernetes.io/b"]"#,
            ],
        );
    }

    #[test]
    fn one_value_is_singular() {
        let expect = Expect::new(CheckId::AppArmorProfile);
        expect.at(37).refuses(
            &spec(r#"{"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}"#),
            "forbidden AppArmor profile",
            r#"pod must not set AppArmor profile type to "Unconfined""#,
            &["spec.securityContext.appArmorProfile.type"],
        );
        expect.at(37).allows(&spec(
            r#"{"securityContext": {"appArmorProfile": null},
                "containers": [{"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}}]}"#,
        ));
    }
}
