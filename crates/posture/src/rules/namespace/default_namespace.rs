//! CL007

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::{Path, Value};
use ironhull_world::{Object, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds objects that say `namespace: default`.
    ///
    /// A manifest without a namespace passes: it goes where it is applied to. So does what Kubernetes itself
    /// keeps there: the Service `kubernetes`, the ServiceAccount `default`, the ConfigMap
    /// `kube-root-ca.crt`, events and endpoints. What a controller made is reported at the controller.
    ///
    /// ## Why it matters
    /// The namespace `default` is where everything ends up whose author did not think about it. Roles,
    /// policies and quotas that are meant for one application then hold for all that is there. By itself
    /// this gives nobody anything: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: default}
    /// spec: {containers: [{name: web, image: "example.com/web:1"}]}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: "example.com/web:1"}]}
    /// ```
    ///
    /// ## How to fix
    /// Make a namespace for the application and name it here, and in what refers to the object by
    /// namespace: role bindings, host names, policies.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>
    pub static DEFAULT_NAMESPACE = {
        id: "CL007",
        name: "default-namespace",
        title: "An object is in the namespace default",
        severity: Low,
        controls: [Cis "5.7.4", Nsa "namespaces"],
        aliases: [
            Trivy "KSV-0110",
            Kubescape "C-0061",
            Kubescape "C-0212",
            Checkov "CKV_K8S_21",
            KubeLinter "use-namespace",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::AnyObject(check),
    };
}

fn check(object: &Arc<Object>, judge: &mut Judge<'_>) {
    // The key says where the object is, which of a cluster-scoped one is nowhere whatever it says; the
    // value says whether somebody wrote that.
    let written = object.value.dig_str(&["metadata", "namespace"]) == Some("default");
    if !written || object.namespace() != "default" {
        return;
    }
    if is_of_kubernetes(object) {
        return judge.skip("Kubernetes keeps this object in the namespace default itself");
    }
    let owners = object.value.dig_items(&["metadata", "ownerReferences"]);
    if owners.iter().any(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true)) {
        return judge.skip("a controller made the object, in its own namespace");
    }
    let key = &object.key;
    judge
        .fail(
            Path::root().keys(&["metadata", "namespace"]),
            format!("{} {:?} is in the namespace default", key.kind, key.name),
        )
        .with_fix(Fix::manual("Move the object to a namespace of its application"));
}

fn is_of_kubernetes(object: &Object) -> bool {
    let kind = object.key.group_kind();
    match (kind.group, kind.kind) {
        ("" | "events.k8s.io", "Event") | ("" | "discovery.k8s.io", "Endpoints" | "EndpointSlice") => true,
        _ if kind == kinds::SERVICE => object.name() == "kubernetes",
        _ if kind == kinds::SERVICE_ACCOUNT => object.name() == "default",
        _ if kind == kinds::CONFIG_MAP => object.name() == "kube-root-ca.crt",
        _ => false,
    }
}
