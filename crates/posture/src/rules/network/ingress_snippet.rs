//! NW005

use std::sync::Arc;

use ironhull_finding::{Fix, Safety};
use ironhull_value::{Path, Value};
use ironhull_world::Object;

use super::shared::INGRESSES;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds annotations that put text of the Ingress's author into the configuration of an NGINX
    /// controller: `configuration-snippet`, `server-snippet`, `auth-snippet`, `modsecurity-snippet` and
    /// `stream-snippet` of ingress-nginx under any prefix, because the prefix is an option of the controller,
    /// and `nginx.org/server-snippets` and `nginx.org/location-snippets`.
    ///
    /// ## Why it matters
    /// Such text can run code in the controller and read its service account token, which may read every
    /// Secret of the cluster (CVE-2021-25742, CVE-2023-5043 and others since). Whoever may write an Ingress
    /// in one namespace gets the secrets of all: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: shop
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/configuration-snippet: |
    ///       more_set_headers "X-Frame-Options: DENY";
    /// spec:
    ///   defaultBackend: {service: {name: web, port: {number: 80}}}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: shop
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/custom-headers: shop/headers
    /// spec:
    ///   defaultBackend: {service: {name: web, port: {number: 80}}}
    /// ```
    ///
    /// ## How to fix
    /// Say the same with an annotation or a ConfigMap setting of the controller, then set
    /// `allow-snippet-annotations: "false"` in the controller, so that no snippet is taken any more.
    ///
    /// ## References
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2021-25742>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2023-5043>
    /// - <https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations-risk/>
    pub static INGRESS_SNIPPET = {
        id: "NW005",
        name: "ingress-snippet",
        title: "An Ingress writes into the controller's configuration",
        severity: High,
        controls: [Attack "T1068"],
        aliases: [
            Kubescape "C-0059",
            Checkov "CKV_K8S_152",
            Checkov "CKV_K8S_153",
            Checkov "CKV_K8S_154",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&INGRESSES, check),
    };
}

const SNIPPETS: &[&str] =
    &["auth-snippet", "configuration-snippet", "modsecurity-snippet", "server-snippet", "stream-snippet"];

fn check(ingress: &Arc<Object>, judge: &mut Judge<'_>) {
    let path = Path::root().keys(&["metadata", "annotations"]);
    let Some(annotations) = ingress.value.dig(&["metadata", "annotations"]).and_then(Value::as_map) else {
        return;
    };
    for (key, value) in annotations.iter() {
        let key = key.as_str();
        let name = key.split_once('/').map_or("", |(_, name)| name);
        let snippet = SNIPPETS.contains(&name)
            || matches!(key, "nginx.org/server-snippets" | "nginx.org/location-snippets");
        // The controller takes an empty one for none.
        let empty = value.as_str().is_none_or(|text| text.trim().is_empty());
        if snippet && !empty {
            let path = path.child(key);
            let fix = Fix::remove(path.clone(), Safety::Unsafe);
            judge.fail(path, format!("{name} writes into the configuration of the controller")).with_fix(fix);
        }
    }
}
