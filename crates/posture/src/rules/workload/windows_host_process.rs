//! WL012

use ironhull_finding::Fix;
use ironhull_world::Container;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds containers whose effective `securityContext.windowsOptions.hostProcess` is true, written at
    /// the container or inherited from the pod. Members of `windowsOptions` are inherited one by one: a
    /// container that sets another member keeps the pod's `hostProcess`.
    ///
    /// ## Why it matters
    /// A HostProcess container is no container: it runs on the Windows node with the node's file system,
    /// network and services, and mostly as its administrator. Whoever controls a process in it controls the
    /// node. That makes it critical.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   os: {name: windows}
    ///   hostNetwork: true
    ///   securityContext:
    ///     windowsOptions: {hostProcess: true, runAsUserName: 'NT AUTHORITY\SYSTEM'}
    ///   containers:
    ///   - {name: agent, image: "example.com/agent:1"}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   os: {name: windows}
    ///   securityContext:
    ///     windowsOptions: {runAsUserName: ContainerUser}
    ///   containers:
    ///   - {name: agent, image: "example.com/agent:1"}
    /// ```
    ///
    /// ## How to fix
    /// Run the work in an ordinary Windows container as `ContainerUser`. Node agents that must run this
    /// way, such as network plugins and storage drivers, are accepted with a reason, in a namespace of
    /// their own.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/>
    pub static WINDOWS_HOST_PROCESS = {
        id: "WL012",
        name: "windows-host-process",
        title: "A container runs on the Windows node itself",
        severity: Critical,
        controls: [Cis "5.2.11", Attack "T1611", PodSecurityBaseline "windowsHostProcess"],
        aliases: [Trivy "KSV-0103", Kubescape "C-0202", Polaris "hostProcess"],
        since: "0.1.0",
        needs: [],
        check: Check::Container(check),
    };
}

fn check(container: &Container<'_, '_>, judge: &mut Judge<'_>) {
    let host_process = container.host_process();
    if !host_process.value {
        if !host_process.written && container.pod.is_partial() {
            judge.unknown("hostProcess may be set for the whole pod in a way that is not modelled");
        }
        return;
    }
    let inherited = !container.path.contains(&host_process.path);
    let message = format!("{} is a HostProcess container and runs on the node itself", container.label());
    let finding = judge.fail(host_process.path, message).with_fix(Fix::manual(
        "Run the pod without hostProcess and hostNetwork, in ordinary Windows containers",
    ));
    if inherited {
        finding.noted("inherited from the pod");
    }
}
