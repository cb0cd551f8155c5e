//! WL004

use ironhull_finding::Fix;
use ironhull_world::Pod;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds pods with `hostNetwork: true`.
    ///
    /// ## Why it matters
    /// The pod has the interfaces and addresses of the node. Network policies do not hold it, it reaches
    /// services that listen on the node's loopback only, such as the kubelet's or an agent's, and the
    /// cloud's metadata service as the node. Abstract sockets of the node are open to it as well. That is
    /// high: it takes a second weakness to own the node.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: proxy}
    /// spec:
    ///   hostNetwork: true
    ///   containers:
    ///   - {name: proxy, image: "example.com/proxy:3"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: proxy}
    /// spec:
    ///   containers:
    ///   - name: proxy
    ///     image: example.com/proxy:3
    ///     ports: [{containerPort: 8080}]
    /// ```
    ///
    /// ## How to fix
    /// Remove the field and publish the port by a Service. Network plugins and node agents that need the
    /// node's network, and HostProcess pods of Windows, which cannot do without it, are accepted with a
    /// reason.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2020-15257>
    pub static HOST_NETWORK = {
        id: "WL004",
        name: "host-network",
        title: "A pod uses the node's network",
        severity: High,
        controls: [
            Cis "5.2.5",
            Nsa "pod-security-enforcement",
            Attack "T1611",
            PodSecurityBaseline "hostNamespaces",
        ],
        aliases: [
            Trivy "KSV-0009",
            Kubescape "C-0041",
            Checkov "CKV_K8S_19",
            KubeLinter "host-network",
            Polaris "hostNetworkSet",
            Kubeaudit "hostns",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Pod(check),
    };
}

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    if pod.flag("hostNetwork") {
        // Ports and peers change with the network: there is nothing to set without looking.
        judge
            .fail(pod.field(&["hostNetwork"]), "the pod uses the network of its node")
            .with_fix(Fix::manual("Remove hostNetwork and publish the ports by a Service"));
    }
}
