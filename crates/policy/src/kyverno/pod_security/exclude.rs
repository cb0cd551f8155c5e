//! Controls that are left out.

use ironhull_podsecurity::{CheckId, Invalid};
use ironhull_value::{Value, wildcard_match};

use super::field_error::FieldError;
use super::{Standard, Violation, set, violations};
use crate::kyverno::model::PodSecurityExclude;

const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// What stays against a pod when controls are left out.
///
/// Upstream judges another pod that has only what is left out: the containers with some images, or without
/// images the pod with one container that says nothing. What is against that pod is taken away here, field
/// by field.
///
/// # Errors
/// When a field has the wrong type.
pub(crate) fn without(
    standard: Standard<'_>,
    excludes: &[PodSecurityExclude],
    mut found: Vec<Violation>,
    pod: &Value,
) -> Result<Vec<Violation>, Invalid> {
    for exclude in excludes {
        let is_of_pod = exclude.images.is_empty();
        let other = if is_of_pod { without_containers(pod) } else { with_images(pod, &exclude.images) };
        for left_out in violations(standard, &other)? {
            if !controls(&exclude.control).contains(&left_out.check) {
                continue;
            }
            for error in left_out.errors.iter().filter(|error| is_meant(exclude, error)) {
                take_away(&mut found, left_out.check, |own| {
                    let is_same = stars(&own.field) == stars(&error.field);
                    // Of containers it is that of the one with the same name.
                    is_same && (is_of_pod || container(pod, &own.field) == container(&other, &error.field))
                });
            }
        }
    }
    Ok(found)
}

/// Takes away the first error that is meant; the last one comes into its place, as upstream does.
fn take_away(found: &mut Vec<Violation>, check: CheckId, is_it: impl Fn(&FieldError) -> bool) {
    let Some(place) = found.iter().position(|violation| violation.check == check) else { return };
    let Some(violation) = found.get_mut(place) else { return };
    if violation.errors.is_empty() {
        return;
    }
    if let Some(error) = violation.errors.iter().position(is_it) {
        violation.errors.swap_remove(error);
    }
    if violation.errors.is_empty() {
        found.remove(place);
    }
}

fn is_meant(exclude: &PodSecurityExclude, error: &FieldError) -> bool {
    let is_field = exclude.field.is_empty() || exclude.field == stars(&error.field).as_str();
    let allowed = |value: &String| exclude.values.iter().any(|own| wildcard_match(own, value));
    is_field && (exclude.values.is_empty() || error.values().iter().all(allowed))
}

/// A field with a star for each number.
fn stars(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    for letter in field.chars() {
        match letter {
            '0'..='9' if out.ends_with('*') => {}
            '0'..='9' => out.push('*'),
            letter => out.push(letter),
        }
    }
    out
}

/// The name of the container that a field is in; `None` for one that is in none.
fn container<'v>(pod: &'v Value, field: &str) -> Option<&'v str> {
    let rest = field.strip_prefix("spec.")?;
    let (list, rest) = rest.split_once('[')?;
    if !LISTS.contains(&list) {
        return None;
    }
    let index: usize = rest.split(']').next()?.parse().ok()?;
    Some(pod.dig_items(&["spec", list]).get(index)?.dig_str(&["name"]).unwrap_or_default())
}

fn without_containers(pod: &Value) -> Value {
    let fake = [("name".into(), Value::Str("fake".into()))].into_iter().collect();
    let spec = pod.get("spec").cloned().unwrap_or_default();
    let spec = set(&spec, "containers", Value::Array(std::iter::once(fake).collect()));
    let spec = set(&spec, "initContainers", Value::Null);
    set(pod, "spec", set(&spec, "ephemeralContainers", Value::Null))
}

fn with_images(pod: &Value, images: &[compact_str::CompactString]) -> Value {
    let lists = LISTS.into_iter().map(|list| {
        let own = pod.dig_items(&["spec", list]).iter().filter(|container| {
            let image = container.dig_str(&["image"]).unwrap_or_default();
            images.iter().any(|own| wildcard_match(own, image))
        });
        (list.into(), Value::Array(own.cloned().collect()))
    });
    [("spec".into(), lists.collect::<Value>())].into_iter().collect()
}

/// The checks of a control.
fn controls(name: &str) -> &'static [CheckId] {
    CONTROLS.iter().find(|(own, _)| *own == name).map_or(&[], |(_, checks)| checks)
}

/// The control that a check belongs to; empty for one that upstream has no name for.
pub(super) fn control_of(check: CheckId) -> &'static str {
    CONTROLS.iter().find(|(_, checks)| checks.contains(&check)).map_or("", |(name, _)| name)
}

const CONTROLS: [(&str, &[CheckId]); 15] = [
    ("Capabilities", &[CheckId::CapabilitiesBaseline, CheckId::CapabilitiesRestricted]),
    ("Seccomp", &[CheckId::SeccompProfileBaseline, CheckId::SeccompProfileRestricted]),
    ("Privileged Containers", &[CheckId::Privileged]),
    ("Host Ports", &[CheckId::HostPorts]),
    ("/proc Mount Type", &[CheckId::ProcMount]),
    ("HostProcess", &[CheckId::WindowsHostProcess]),
    ("SELinux", &[CheckId::SeLinuxOptions]),
    ("Host Namespaces", &[CheckId::HostNamespaces]),
    ("HostPath Volumes", &[CheckId::HostPathVolumes]),
    ("Sysctls", &[CheckId::Sysctls]),
    ("AppArmor", &[CheckId::AppArmorProfile]),
    ("Privilege Escalation", &[CheckId::AllowPrivilegeEscalation]),
    ("Running as Non-root", &[CheckId::RunAsNonRoot]),
    ("Running as Non-root user", &[CheckId::RunAsUser]),
    ("Volume Types", &[CheckId::RestrictedVolumes]),
];
