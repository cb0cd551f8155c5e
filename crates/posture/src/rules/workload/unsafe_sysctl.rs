//! WL022

use ironhull_finding::{Fix, Safety};
use ironhull_world::Pod;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds pods that set a sysctl outside the safe set of the newest Pod Security Standards. Names are
    /// compared as Pod Security Admission compares them, so the spelling with slashes does not count as
    /// safe.
    ///
    /// ## Why it matters
    /// A safe sysctl belongs to the pod alone and cannot harm its neighbours. Of the others some reach
    /// other pods or the kernel's memory, and some weaken the network of the pod. Kubelets refuse them
    /// unless they were told to allow them, so it takes a second decision: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db}
    /// spec:
    ///   securityContext:
    ///     sysctls:
    ///     - {name: kernel.msgmax, value: "65536"}
    ///   containers:
    ///   - {name: db, image: "example.com/db:1"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db}
    /// spec:
    ///   securityContext:
    ///     sysctls:
    ///     - {name: net.ipv4.tcp_keepalive_time, value: "300"}
    ///   containers:
    ///   - {name: db, image: "example.com/db:1"}
    /// ```
    ///
    /// ## How to fix
    /// Remove the sysctl. What the whole node needs belongs into the configuration of the node.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/>
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static UNSAFE_SYSCTL = {
        id: "WL022",
        name: "unsafe-sysctl",
        title: "A pod sets a sysctl that is not safe",
        severity: Medium,
        controls: [PodSecurityBaseline "sysctls"],
        aliases: [Trivy "KSV-0026", KubeLinter "unsafe-sysctls"],
        since: "0.1.0",
        needs: [],
        check: Check::Pod(check),
    };
}

/// The safe set as of Kubernetes 1.37.
const SAFE: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_notsent_lowat",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    if judge.skip_windows(pod) {
        return;
    }
    for (index, sysctl) in pod.security_context().dig_items(&["sysctls"]).iter().enumerate() {
        let entry = pod.field(&["securityContext", "sysctls"]).child(index);
        let Some(name) = sysctl.dig_str(&["name"]) else {
            judge.error("a sysctl has no name");
            continue;
        };
        if !SAFE.contains(&name) {
            let fix = Fix::remove(entry.clone(), Safety::Unsafe);
            let message = format!("the pod sets the sysctl {name:?}, which is not in the safe set");
            judge.fail(entry.child("name"), message).with_fix(fix);
        }
    }
}
