//! Which pods are meant to stay.

use ironhull_world::Pod;

/// Kinds whose pods end by themselves. Their API demands a `restartPolicy` that says so; in files it may be
/// missing.
const BATCH: &[(&str, &str)] = &[
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("keda.sh", "ScaledJob"),
    ("sparkoperator.k8s.io", "SparkApplication"),
];

/// Kinds that keep a number of replicas, to which Services send traffic.
const REPLICATED: &[(&str, &str)] = &[
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("extensions", "DaemonSet"),
    ("extensions", "Deployment"),
    ("extensions", "ReplicaSet"),
    ("apps.openshift.io", "DeploymentConfig"),
    ("argoproj.io", "Rollout"),
];

/// Whether the pod ends when its work is done: by its kind, by its restart policy, or because it is a step
/// of a workflow.
pub(super) fn runs_to_completion(pod: &Pod<'_>) -> bool {
    pod.is_partial()
        || is_one_of(pod, BATCH)
        || matches!(pod.spec.dig_str(&["restartPolicy"]), Some("Never" | "OnFailure"))
}

/// Whether the pod is one of several equal ones that are replaced one by one.
pub(super) fn is_replicated(pod: &Pod<'_>) -> bool {
    is_one_of(pod, REPLICATED)
}

fn is_one_of(pod: &Pod<'_>, kinds: &[(&str, &str)]) -> bool {
    let kind = pod.object.key.group_kind();
    kinds.contains(&(kind.group, kind.kind))
}
