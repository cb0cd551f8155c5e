//! NW007

use std::sync::Arc;

use ironhull_finding::Fix;
use ironhull_value::Path;
use ironhull_world::{Object, kinds};

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds Services of type NodePort, and those of type LoadBalancer that everyone may connect to.
    ///
    /// A load balancer passes when an annotation of its cloud keeps it inside (AWS, Google, Azure, Oracle,
    /// IBM, Alibaba, DigitalOcean, OpenStack), or when `loadBalancerSourceRanges`, or the annotation that
    /// was there before this field, names ranges and none of them is all addresses. Neither says anything
    /// about a NodePort.
    ///
    /// ## Why it matters
    /// Such a Service can be reached from outside of the cluster, past the Ingress and what it enforces.
    /// Mostly this is meant, so that it is low; but each should be known.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   type: NodePort
    ///   selector: {app: db}
    ///   ports: [{port: 5432}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   type: ClusterIP
    ///   selector: {app: db}
    ///   ports: [{port: 5432}]
    /// ```
    ///
    /// ## How to fix
    /// Use type ClusterIP, with an Ingress or a Gateway where it has to be reached from outside; or limit
    /// the load balancer with `loadBalancerSourceRanges`, or make it an internal one.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types>
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer>
    pub static SERVICE_EXPOSED = {
        id: "NW007",
        name: "service-exposed",
        title: "A Service can be reached from outside of the cluster",
        severity: Low,
        controls: [],
        aliases: [Kubescape "C-0256", KubeLinter "exposed-services", KubeScore "service-type"],
        since: "0.1.0",
        needs: [],
        check: Check::Object(&[kinds::SERVICE], check),
    };
}

/// Annotations that keep a load balancer inside, with the values that do, in lower case.
const INTERNAL: &[(&str, &[&str])] = &[
    ("cloud.google.com/load-balancer-type", &["internal"]),
    ("networking.gke.io/load-balancer-type", &["internal"]),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"]),
    // Old releases took any text, and their documentation showed this range.
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/do-loadbalancer-network", &["internal"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", &["private"]),
];

const RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

fn check(service: &Arc<Object>, judge: &mut Judge<'_>) {
    let message = match service.value.dig_str(&["spec", "type"]) {
        Some("NodePort") => "the Service opens a port on every node",
        Some("LoadBalancer") if !is_internal(service) && !is_limited(service) => {
            "the load balancer of the Service is open to all addresses"
        }
        _ => return,
    };
    judge
        .fail(Path::root().keys(&["spec", "type"]), message)
        .with_fix(Fix::manual("Use type ClusterIP, or limit who may connect with loadBalancerSourceRanges"));
}

fn is_internal(service: &Object) -> bool {
    INTERNAL.iter().any(|(key, values)| {
        service.annotation(key).is_some_and(|value| values.contains(&value.to_ascii_lowercase().as_str()))
    })
}

/// The field wins over the annotation when it has entries, as in `k8s.io/cloud-provider/service/helpers`.
fn is_limited(service: &Object) -> bool {
    let ranges = service.value.dig_items(&["spec", "loadBalancerSourceRanges"]);
    if !ranges.is_empty() {
        return ranges.iter().all(|range| range.as_str().is_some_and(is_part));
    }
    service.annotation(RANGES).is_some_and(|ranges| ranges.split(',').all(is_part))
}

/// Whether a range is valid and not every address. One that is not valid limits nothing.
fn is_part(range: &str) -> bool {
    let prefix = range.trim().split_once('/').and_then(|(_, prefix)| prefix.parse::<u8>().ok());
    prefix.is_some_and(|prefix| prefix > 0)
}

#[cfg(test)]
mod tests {
    use super::is_part;

    #[test]
    fn all_addresses_are_no_limit() {
        for (range, part) in [
            ("10.0.0.0/8", true),
            (" 2001:db8::/32 ", true),
            ("0.0.0.0/0", false),
            ("::/0", false),
            ("0.0.0.0/00", false),
            ("10.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(is_part(range), part, "{range:?}");
        }
    }
}
