//! What the names and labels of pods tell of their workload.

use crate::input::Workload;

/// Labels that a controller puts on the pods it makes. They differ between pods, or between releases.
pub(crate) fn is_generated(key: &str) -> bool {
    matches!(
        key,
        "pod-template-hash"
            | "rollouts-pod-template-hash"
            | "controller-revision-hash"
            | "pod-template-generation"
            | "statefulset.kubernetes.io/pod-name"
            | "apps.kubernetes.io/pod-index"
            | "job-name"
            | "batch.kubernetes.io/job-name"
            | "controller-uid"
            | "batch.kubernetes.io/controller-uid"
            | "batch.kubernetes.io/job-completion-index"
    )
}

/// Labels that change with a release though the workload stays what it is.
pub(crate) fn changes_with_release(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    matches!(
        name,
        "version"
            | "chart"
            | "release-version"
            | "revision"
            | "canonical-revision"
            | "commit"
            | "build"
            | "sha"
            | "git-sha"
            | "tag"
            | "date"
            | "timestamp"
            | "heritage"
            | "managed-by"
    )
}

/// Whether a pod of this name is one that the workload's controllers make.
pub(crate) fn made_by(workload: &Workload, pod: &str) -> bool {
    let Some(rest) = pod.strip_prefix(workload.name.as_str()) else { return false };
    let Some(rest) = rest.strip_prefix('-') else { return rest.is_empty() };
    let parts: Vec<&str> = rest.split('-').collect();
    match (workload.kind.as_str(), parts.as_slice()) {
        ("Deployment", [hash, pod]) => is_hash(hash) && is_suffix(pod),
        ("StatefulSet", [ordinal]) => is_number(ordinal),
        ("CronJob", [time, pod]) => is_number(time) && is_suffix(pod),
        ("CronJob", [time, index, pod]) => is_number(time) && is_number(index) && is_suffix(pod),
        ("Job", [index, pod]) => is_number(index) && is_suffix(pod),
        ("Pod" | "Deployment" | "StatefulSet" | "CronJob", _) => false,
        (_, [pod]) => is_suffix(pod),
        _ => false,
    }
}

/// Whether an owner of this kind and name belongs to the workload: a ReplicaSet of its Deployment, a Job of
/// its CronJob.
pub(crate) fn owned_by(workload: &Workload, kind: &str, name: &str) -> bool {
    if workload.name == name && (kind.is_empty() || workload.kind == kind) {
        return true;
    }
    let rest = name.strip_prefix(workload.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
    match (workload.kind.as_str(), kind) {
        ("Deployment", "ReplicaSet") => rest.is_some_and(is_hash),
        ("CronJob", "Job") => rest.is_some_and(is_number),
        _ => false,
    }
}

/// The letters that Kubernetes takes for generated names: no vowels, no digits that look like them.
fn is_safe(text: &str) -> bool {
    text.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte))
}

fn is_suffix(text: &str) -> bool {
    text.len() == 5 && is_safe(text)
}

fn is_hash(text: &str) -> bool {
    (6..=10).contains(&text.len()) && is_safe(text)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
