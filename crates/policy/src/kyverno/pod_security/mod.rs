//! Pod Security with controls left out, as Kyverno does it. Upstream: `pkg/pss` and its fork of
//! `pod-security-admission`.
//!
//! The checks are those of `ironhull-podsecurity`. Kyverno runs them in another order, all of them at
//! `restricted`, also where one asks for more than another, and each from the version on that the policy
//! names, however old: before its first version a check is what it was then.

mod exclude;
mod field_error;
mod properties;
mod shape;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use ironhull_podsecurity::{CheckId, Invalid, Level, PodRef, Version, evaluate_check, find};
use ironhull_value::Value;

pub(crate) use self::exclude::without;
use self::field_error::FieldError;
pub(crate) use self::properties::properties;
pub(crate) use self::shape::check as check_types;
use crate::kyverno::trace::Check;

/// The level and the version of a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standard<'a> {
    pub(crate) level: &'a str,
    pub(crate) version: Version,
}

/// A check that a pod does not pass.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Violation {
    check: CheckId,
    reason: &'static str,
    /// What exactly, with the names of containers.
    detail: String,
    errors: Vec<FieldError>,
}

/// Upstream's order, and the checks that its fork has.
const ORDER: [CheckId; 18] = [
    CheckId::AllowPrivilegeEscalation,
    CheckId::AppArmorProfile,
    CheckId::CapabilitiesBaseline,
    CheckId::CapabilitiesRestricted,
    CheckId::HostNamespaces,
    CheckId::HostPathVolumes,
    CheckId::HostPorts,
    CheckId::HostProbesAndHostLifecycle,
    CheckId::Privileged,
    CheckId::ProcMount,
    CheckId::RestrictedVolumes,
    CheckId::RunAsNonRoot,
    CheckId::RunAsUser,
    CheckId::SeLinuxOptions,
    CheckId::SeccompProfileBaseline,
    CheckId::SeccompProfileRestricted,
    CheckId::Sysctls,
    CheckId::WindowsHostProcess,
];

/// The newest minor version that upstream's fork knows.
const NEWEST: u64 = 34;

/// What is against a pod, which is an object with `metadata` and `spec`.
///
/// # Errors
/// When a field has the wrong type.
pub(crate) fn violations(standard: Standard<'_>, pod: &Value) -> Result<Vec<Violation>, Invalid> {
    let pod = &with_volume_types(pod);
    let wanted = match standard.version {
        Version::Latest => NEWEST,
        Version::Minor(minor) => minor.min(NEWEST),
    };
    let mut found = Vec::new();
    for id in ORDER {
        let Some(check) = find(id) else { continue };
        // Every other level has all checks, `privileged` too.
        if standard.level == "baseline" && check.level != Level::Baseline {
            continue;
        }
        let first = check.revisions.first().map_or(0, |revision| u64::from(revision.since));
        let version = Version::Minor(wanted.max(first));
        if let Some(violation) = evaluate_check(check, version, PodRef::of(pod)?)? {
            let errors = field_error::of(&violation, pod);
            let (reason, detail) = (violation.reason, violation.detail);
            found.push(Violation { check: id, reason, detail, errors });
        }
    }
    Ok(found)
}

/// Every check of a level, with what is against a pod of a kind. `left` is what stays when controls are left
/// out.
pub(crate) fn checks(standard: Standard<'_>, pod: &Value, kind: &str, left: &[Violation]) -> Vec<Check> {
    let mut all = violations(standard, pod).unwrap_or_default();
    let is_left = |id: CheckId| left.iter().any(|violation| violation.check == id);
    moved(&mut all, kind);
    let of_level = ORDER.into_iter().filter(|id| {
        let is_baseline = find(*id).is_some_and(|check| check.level == Level::Baseline);
        standard.level != "baseline" || is_baseline
    });
    of_level
        .map(|id| {
            let own = all.iter().filter(|violation| violation.check == id);
            let errors: Vec<String> =
                own.flat_map(|violation| &violation.errors).map(ToString::to_string).collect();
            Check { id: id.as_str(), is_left_out: !errors.is_empty() && !is_left(id), errors }
        })
        .collect()
}

/// A volume that says nothing is an `emptyDir` for the API server, but of no known type for Kyverno.
fn with_volume_types(pod: &Value) -> Value {
    let volumes = pod.dig_items(&["spec", "volumes"]);
    let is_bare = |volume: &Value| {
        volume
            .as_map()
            .is_some_and(|map| map.iter().all(|(key, value)| key.as_str() == "name" || value.is_null()))
    };
    if !volumes.iter().any(is_bare) {
        return pod.clone();
    }
    let typed = volumes.iter().map(|volume| {
        if is_bare(volume) {
            set(volume, "unknown", Value::Map(std::iter::empty().collect()))
        } else {
            volume.clone()
        }
    });
    let spec = pod.get("spec").cloned().unwrap_or_default();
    set(pod, "spec", set(&spec, "volumes", Value::Array(typed.collect())))
}

/// An object with a member in place of what is there.
fn set(value: &Value, key: &str, new: Value) -> Value {
    let own = value.as_map().into_iter().flat_map(ironhull_value::Map::iter);
    own.map(|(key, value)| (key.clone(), value.clone())).chain([(key.into(), new)]).collect()
}

/// Puts where the pod is in a controller into the fields. Upstream does so to annotations of pods as well.
pub(crate) fn moved(violations: &mut [Violation], kind: &str) {
    let spec = match kind {
        "DaemonSet" | "Deployment" | "Job" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => {
            "spec.template.spec"
        }
        "CronJob" => "spec.jobTemplate.spec.template.spec",
        _ => "spec",
    };
    for error in violations.iter_mut().flat_map(|violation| &mut violation.errors) {
        error.field = error.field.replace("spec", spec).replace("metadata", "spec.template.metadata");
    }
}

/// `(Forbidden reason: …, field error list: […])` for each.
pub(crate) fn text(violations: &[Violation]) -> String {
    let mut out = String::new();
    for violation in violations {
        let errors: Vec<String> = violation.errors.iter().map(ToString::to_string).collect();
        let _ = write!(
            out,
            "(Forbidden reason: {}, field error list: [{}])",
            violation.reason,
            errors.join(", ")
        );
    }
    out
}
