//! NW008

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::{Path, Selector, Value};
use ironhull_world::{Object, kinds, pods_selected};

use super::shared::in_namespace;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds Services whose selector matches no pod of their namespace, while the input has pods in that
    /// namespace. Labels that a controller adds, such as the pod name of a StatefulSet, are known. Services
    /// without a selector and those of type ExternalName are left out.
    ///
    /// ## Why it matters
    /// Nothing answers behind such a Service. Mostly a label was renamed. It is also a way in that waits:
    /// whoever may make a pod with these labels gets the Service's traffic. Low, because it takes that
    /// right first.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   selector: {app: database}
    ///   ports: [{port: 5432}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   selector: {app: db}
    ///   ports: [{port: 5432}]
    /// ```
    ///
    /// ## How to fix
    /// Make the selector match the labels of the pod template, or delete the Service.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/>
    /// - <https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/>
    pub static SERVICE_SELECTS_NOTHING = {
        id: "NW008",
        name: "service-selects-nothing",
        title: "A Service selects no pod",
        severity: Low,
        controls: [],
        aliases: [KubeLinter "dangling-service", KubeScore "service-targets-pod"],
        since: "0.1.0",
        needs: [kinds::POD],
        check: Check::Object(&[kinds::SERVICE], check),
    };
}

fn check(service: &Arc<Object>, judge: &mut Judge<'_>) {
    if service.value.dig_str(&["spec", "type"]) == Some("ExternalName") {
        return judge.skip("a Service of type ExternalName has no pods");
    }
    let Some(written) = service.value.dig(&["spec", "selector"]) else {
        return judge.skip("a Service without selector gets its endpoints from elsewhere");
    };
    let selector = match written {
        Value::Map(labels) if labels.is_empty() => {
            return judge.skip("a Service without selector gets its endpoints from elsewhere");
        }
        Value::Map(labels) => Selector::from_labels(labels).map_err(|error| error.to_string()),
        _ => Err("it must be an object".to_owned()),
    };
    let selector = match selector {
        Ok(selector) => selector,
        Err(error) => return judge.error(format!("the selector is not valid: {error}")),
    };
    if !pods_selected(judge.world, service.namespace(), &selector).is_empty() {
        return;
    }
    if judge.world.workloads_in(service.namespace()).next().is_none() && !judge.world.is_complete(kinds::POD)
    {
        return judge.unknown("the input has no pods in the namespace of the Service");
    }
    let message = format!("the Service selects no pod {}", in_namespace(service));
    judge
        .fail(Path::root().keys(&["spec", "selector"]), message)
        .with_fix(Fix::manual("Make the selector match the labels of the pods that are meant to answer"));
}
