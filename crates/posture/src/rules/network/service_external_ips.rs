//! NW006

use std::sync::Arc;

use ironhull_finding::{Fix, Safety};
use ironhull_value::{Path, Value};
use ironhull_world::{Object, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds Services with `spec.externalIPs`. Headless Services and those of type ExternalName are left
    /// out, because nodes do not set up any address for them.
    ///
    /// ## Why it matters
    /// Every node sends what its pods address to these IPs to the Service instead, whoever the IPs belong
    /// to (CVE-2020-8554, which has no fix in Kubernetes). Whoever may write a Service in one namespace can
    /// so read and answer the traffic of all others: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: dns, namespace: shop}
    /// spec:
    ///   selector: {app: dns}
    ///   ports: [{port: 53, protocol: UDP}]
    ///   externalIPs: [203.0.113.53]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: dns, namespace: shop}
    /// spec:
    ///   selector: {app: dns}
    ///   ports: [{port: 53, protocol: UDP}]
    ///   type: LoadBalancer
    ///   loadBalancerSourceRanges: [192.0.2.0/24]
    /// ```
    ///
    /// ## How to fix
    /// Use a Service of type LoadBalancer, whose address is given by the platform. Turn on the admission
    /// plugin `DenyServiceExternalIPs` when nothing needs the field.
    ///
    /// ## References
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2020-8554>
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#external-ips>
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#denyserviceexternalips>
    pub static SERVICE_EXTERNAL_IPS = {
        id: "NW006",
        name: "service-external-ips",
        title: "A Service claims external IPs",
        severity: High,
        controls: [Attack "T1557"],
        aliases: [Trivy "KSV-0108"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::SERVICE], check),
    };
}

fn check(service: &Arc<Object>, judge: &mut Judge<'_>) {
    let spec = |field: &str| service.value.dig_str(&["spec", field]);
    if spec("type") == Some("ExternalName") || spec("clusterIP") == Some("None") {
        return judge.skip("nodes set up no address for a headless Service or one of type ExternalName");
    }
    let ips: Vec<&str> =
        service.value.dig_items(&["spec", "externalIPs"]).iter().filter_map(Value::as_str).collect();
    if ips.is_empty() {
        return;
    }
    let path = Path::root().keys(&["spec", "externalIPs"]);
    let fix = Fix::remove(path.clone(), Safety::Unsafe);
    judge.fail(path, format!("the Service claims traffic to {}", ips.join(", "))).with_fix(fix);
}
