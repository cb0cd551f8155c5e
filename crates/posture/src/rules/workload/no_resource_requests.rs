//! WL027

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::{Container, kinds};

use super::amounts::{Amount, is_defaulted, pod_request, request};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers that ask for no CPU or no memory. A limit without a request is a request of the
    /// same amount; requests of the pod as a whole and the defaults of a LimitRange count as well. Only
    /// containers that keep running are looked at.
    ///
    /// ## Why it matters
    /// The scheduler places pods by their requests. A pod that asks for nothing goes where nothing is
    /// left, gets the smallest share of the CPU there and is evicted first. That is the owner's own
    /// availability, hence info.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    ///     resources:
    ///       limits: {memory: 256Mi}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: example.com/web:1.4
    ///     resources:
    ///       requests: {cpu: 100m}
    ///       limits: {memory: 256Mi}
    /// ```
    ///
    /// ## How to fix
    /// Set `resources.requests` to what the container uses in normal operation.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/>
    pub static NO_RESOURCE_REQUESTS = {
        id: "WL027",
        name: "no-resource-requests",
        title: "A container requests no CPU or no memory",
        severity: Info,
        controls: [Nsa "resource-policies"],
        aliases: [
            Trivy "KSV-0015",
            Trivy "KSV-0016",
            Kubescape "C-0268",
            Kubescape "C-0269",
            Checkov "CKV_K8S_10",
            Checkov "CKV_K8S_12",
            KubeLinter "unset-cpu-requirements",
            KubeLinter "unset-memory-requirements",
            Polaris "cpuRequestsMissing",
            Polaris "memoryRequestsMissing",
            KubeScore "container-resources",
        ],
        since: "0.1.0",
        needs: [kinds::LIMIT_RANGE],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    if !container.kind.is_long_running() {
        return;
    }
    let missing: Vec<(&str, Path)> = ["cpu", "memory"]
        .into_iter()
        .filter_map(|resource| missing(container, resource, judge).map(|path| (resource, path)))
        .collect();
    let label = container.label();
    let (path, message) = match missing.as_slice() {
        [] => return,
        [(resource, path)] => (path.clone(), format!("{label} requests no {resource}")),
        _ => {
            (container.field(&["resources", "requests"]), format!("{label} requests neither cpu nor memory"))
        }
    };
    judge
        .fail(path, message)
        .with_fix(Fix::manual("Set resources.requests to what the container uses in normal operation"));
}

/// Where a request is missing, if it is.
fn missing(container: &Container<'_, '_>, resource: &str, judge: &mut Judge<'_>) -> Option<Path> {
    match pod_request(container, resource) {
        Amount::Some => return None,
        Amount::Invalid => {
            judge.error(format!("the {resource} of the pod's resources is not a quantity"));
            return None;
        }
        Amount::Absent | Amount::Zero(_) => {}
    }
    match request(container, resource) {
        Amount::Some => None,
        Amount::Invalid => {
            judge.error(format!("the {resource} of {} is not a quantity", container.label()));
            None
        }
        Amount::Zero(path) => Some(path),
        Amount::Absent if container.pod.is_partial() => {
            judge.unknown("what this kind sets for the pod as a whole is not modelled");
            None
        }
        Amount::Absent => {
            let namespace = container.pod.object.namespace();
            let fields = ["defaultRequest", "default", "max", "min"];
            if is_defaulted(judge.world, namespace, &fields, resource) {
                None
            } else {
                Some(container.field(&["resources", "requests", resource]))
            }
        }
    }
}
