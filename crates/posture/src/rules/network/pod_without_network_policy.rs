//! NW001

use ironhull_finding::Fix;
use ironhull_world::{Pod, kinds, network_policies_of};

use super::shared::{other_policy, policies_and};
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds pods that no NetworkPolicy of their namespace selects. One policy is enough, for whichever
    /// direction it is.
    ///
    /// Pods in the host's network are left out, because policies do not apply to them. Where there is a
    /// policy of Cilium, Calico or Antrea, or an AdminNetworkPolicy, the answer is "unknown": this rule reads
    /// NetworkPolicies alone. `ironhull network check` with `unprotected: forbid` asks all kinds of policies. It
    /// is "unknown" as well when the input has neither a NetworkPolicy nor the Namespace, because then the
    /// policies are probably kept elsewhere.
    ///
    /// ## Why it matters
    /// Without a policy every pod of the cluster can connect to this one, and it can connect to every
    /// address. Whoever gets into any pod then reaches databases, metadata services and control planes from
    /// there. It takes a foothold first: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1"}]}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: "example.com/db:1"}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   policyTypes: [Ingress]
    ///   ingress:
    ///   - from: [{podSelector: {matchLabels: {app: web}}}]
    /// ```
    ///
    /// ## How to fix
    /// Deny everything for the whole namespace with one policy, then allow what each pod needs with
    /// policies of their own. The cluster's network plugin must enforce NetworkPolicies.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static POD_WITHOUT_NETWORK_POLICY = {
        id: "NW001",
        name: "pod-without-network-policy",
        title: "No NetworkPolicy selects the pod",
        severity: Medium,
        controls: [Cis "5.3.2", Nsa "network-policies", Attack "T1046"],
        aliases: [
            Kubescape "C-0260",
            Checkov "CKV2_K8S_6",
            KubeLinter "non-isolated-pod",
            Polaris "missingNetworkPolicy",
            KubeScore "pod-networkpolicy",
        ],
        since: "0.1.0",
        needs: policies_and(kinds::NAMESPACE),
        check: Check::Pod(check),
    };
}

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    if pod.flag("hostNetwork") {
        return judge.skip("the pod is in the host's network, where NetworkPolicies do not apply");
    }
    match network_policies_of(judge.world, pod) {
        Ok(policies) if !policies.is_empty() => return,
        Ok(_) => {}
        Err((policy, error)) => {
            let message =
                format!("the podSelector of NetworkPolicy {:?} is not valid: {error}", policy.name());
            return judge.error(message);
        }
    }
    let (world, namespace) = (judge.world, pod.object.namespace());
    if let Some(other) = other_policy(world, namespace) {
        let message = format!(
            "{} may select the pod, and this rule reads NetworkPolicies alone; `ironhull network check` asks all kinds",
            other.key
        );
        return judge.unknown(message);
    }
    let known = world.is_complete(kinds::NETWORK_POLICY)
        || world.of_kind(kinds::NETWORK_POLICY).next().is_some()
        || world.get(kinds::NAMESPACE, "", namespace).is_some();
    if !known {
        return judge.unknown("no NetworkPolicy and no Namespace in the input");
    }
    judge
        .fail(pod.path.keys(&["metadata", "labels"]), "no NetworkPolicy selects the pod")
        .with_fix(Fix::manual("Write a NetworkPolicy whose podSelector matches the labels of the pod"));
}
