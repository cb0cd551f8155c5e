//! CL013

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::{Object, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds namespaces with workloads and with neither a ResourceQuota nor a LimitRange. When the input has
    /// none of them anywhere, the answer is "unknown": they are then probably kept elsewhere.
    ///
    /// ## Why it matters
    /// Nothing keeps the workloads of such a namespace from taking the memory, the CPU and the storage of
    /// all others. Whether that is worth a limit depends on who shares the cluster: info.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: "example.com/web:1"}]}
    /// ---
    /// apiVersion: v1
    /// kind: ResourceQuota
    /// metadata: {name: quota, namespace: other}
    /// spec: {hard: {limits.memory: 8Gi}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: "example.com/web:1"}]}
    /// ---
    /// apiVersion: v1
    /// kind: ResourceQuota
    /// metadata: {name: quota, namespace: shop}
    /// spec: {hard: {limits.memory: 8Gi}}
    /// ```
    ///
    /// ## How to fix
    /// Give the namespace a ResourceQuota for what it may use as a whole, or a LimitRange with defaults for
    /// each container.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/policy/resource-quotas/>
    /// - <https://kubernetes.io/docs/concepts/policy/limit-range/>
    pub static NO_RESOURCE_QUOTA = {
        id: "CL013",
        name: "no-resource-quota",
        title: "A namespace has neither a ResourceQuota nor a LimitRange",
        severity: Info,
        controls: [Nsa "resource-policies", Attack "T1499"],
        aliases: [Trivy "KSV-0039", Trivy "KSV-0040"],
        since: "0.1.0",
        needs: [kinds::POD, kinds::RESOURCE_QUOTA, kinds::LIMIT_RANGE],
        check: Check::Object(&[kinds::NAMESPACE], check),
    };
}

fn check(namespace: &Arc<Object>, judge: &mut Judge<'_>) {
    const LIMITS: [ironhull_world::GroupKind<'static>; 2] = [kinds::RESOURCE_QUOTA, kinds::LIMIT_RANGE];
    let (world, name) = (judge.world, namespace.name());
    if world.workloads_in(name).next().is_none() {
        return judge.skip("the namespace has no workloads in the input");
    }
    if LIMITS.iter().any(|kind| world.of_kind_in(*kind, name).next().is_some()) {
        return;
    }
    let somewhere = LIMITS.iter().any(|kind| world.of_kind(*kind).next().is_some());
    if !somewhere && !LIMITS.iter().all(|kind| world.is_complete(*kind)) {
        return judge.unknown("no ResourceQuota and no LimitRange in the input");
    }
    let message = format!("namespace {name:?} has neither a ResourceQuota nor a LimitRange");
    judge
        .fail(Path::root().keys(&["metadata", "name"]), message)
        .with_fix(Fix::manual("Add a ResourceQuota or a LimitRange to the namespace"));
}
