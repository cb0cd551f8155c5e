//! WL014

use ironhull_world::Pod;

use super::host_paths::Place;
use super::host_volumes::host_volumes;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds `hostPath` volumes of paths that give away the node or other pods, of anything below them, and
    /// of their parents up to `/`:
    ///
    /// - `/etc`, `/root`, `/boot`, `/var/lib/cloud`, `/var/spool/cron`, home directories and hidden files in
    ///   them
    /// - `/proc`, `/sys`, `/dev` with memory and disks
    /// - `/bin`, `/sbin`, `/lib`, `/usr`, `/opt/cni`
    /// - `/run` (also as `/var/run`) with systemd, D-Bus, NRI and the directories of container runtimes
    /// - the data of the kubelet, etcd, container runtimes and small distributions under `/var/lib` and
    ///   `/var/snap`
    /// - on Windows the directories `Windows`, `Users`, `ProgramData`, `Program Files`, `etc`, `k`,
    ///   `var\lib\kubelet` and `var\lib\rancher` of any drive
    ///
    /// Reading is enough, and the message tells read-only from writable. Some paths count only when a
    /// container may write: `/lib/modules`, `/usr/src`, lists of certificate authorities, `/etc/hosts`,
    /// `/etc/resolv.conf` and the like, and `/var/log` with the logs of pods. Time zones and the kubelet's
    /// sockets for plugins are left to WL013, sockets of container runtimes to WL015. `..`, repeated
    /// slashes and a missing first slash do not hide a path.
    ///
    /// ## Why it matters
    /// Who writes there runs programs on the node: by a cron job, a kernel setting, a binary, a static pod.
    /// Who reads there has the node's keys, its kubeconfig, and the secrets of every pod on it. One mount
    /// is enough, and it takes control of the pod first: high.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   volumes:
    ///   - name: etc
    ///     hostPath: {path: /etc}
    ///   containers:
    ///   - name: agent
    ///     image: example.com/agent:1
    ///     volumeMounts: [{name: etc, mountPath: /host/etc, readOnly: true}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   volumes:
    ///   - name: release
    ///     hostPath: {path: /etc/os-release, type: File}
    ///   containers:
    ///   - name: agent
    ///     image: example.com/agent:1
    ///     volumeMounts: [{name: release, mountPath: /host/os-release, readOnly: true}]
    /// ```
    ///
    /// ## How to fix
    /// Mount the one file or directory that is needed, read-only. Ask the API server or the kubelet instead
    /// of reading their files. Node agents that need more are accepted with a reason, in a namespace of
    /// their own.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static SENSITIVE_HOST_PATH = {
        id: "WL014",
        name: "sensitive-host-path",
        title: "A volume exposes a sensitive path of the node",
        severity: High,
        controls: [
            Cis "5.2.12",
            Attack "T1611",
            PodSecurityBaseline "hostPathVolumes",
            PodSecurityRestricted "restrictedVolumes",
        ],
        aliases: [Trivy "KSV-0121", KubeLinter "sensitive-host-mounts", Kubeaudit "mounts"],
        since: "0.1.0",
        needs: [],
        check: Check::Pod(check),
    };
}

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    for volume in host_volumes(pod) {
        if volume.place == Place::Sensitive {
            let what = format!("the sensitive path {:?} of the node", volume.path);
            let fix =
                "Mount only the file or directory that is needed, read-only, or use another kind of volume";
            volume.fail(judge, volume.field.child("path"), &what, fix);
        }
    }
}
