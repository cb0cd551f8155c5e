//! WL013

use ironhull_world::Pod;

use super::host_paths::Place;
use super::host_volumes::host_volumes;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds volumes of type `hostPath`, and says which containers mount them and whether they may write.
    /// Paths that give away the node are findings of WL014, sockets of container runtimes of WL015.
    ///
    /// ## Why it matters
    /// The data stays on the node when the pod moves, and is open to every later pod that names the same
    /// path. A pod that may write fills the node's disk, or places files and links where a program of the
    /// node reads them. It depends on what the node does with the path: medium.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: app}
    /// spec:
    ///   volumes:
    ///   - name: data
    ///     hostPath: {path: /data/app}
    ///   containers:
    ///   - name: app
    ///     image: example.com/app:1
    ///     volumeMounts: [{name: data, mountPath: /data}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: app}
    /// spec:
    ///   volumes:
    ///   - name: data
    ///     persistentVolumeClaim: {claimName: app}
    ///   containers:
    ///   - name: app
    ///     image: example.com/app:1
    ///     volumeMounts: [{name: data, mountPath: /data}]
    /// ```
    ///
    /// ## How to fix
    /// Use a persistent volume (type `local` for disks of a node), an `emptyDir` for scratch space, a
    /// `configMap` for files, or a CSI driver. What an agent must read from its node it mounts read-only,
    /// by the narrowest path.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static HOST_PATH_VOLUME = {
        id: "WL013",
        name: "host-path-volume",
        title: "A volume is a directory of the node",
        severity: Medium,
        controls: [
            Cis "5.2.12",
            Attack "T1611",
            PodSecurityBaseline "hostPathVolumes",
            PodSecurityRestricted "restrictedVolumes",
        ],
        aliases: [
            Trivy "KSV-0023",
            Kubescape "C-0045",
            Kubescape "C-0048",
            KubeLinter "writable-host-mount",
            Polaris "hostPathSet",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Pod(check),
    };
}

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    for volume in host_volumes(pod) {
        if volume.place == Place::Ordinary {
            let what = match volume.path {
                "" => "a hostPath without a path".to_owned(),
                path => format!("{path:?} of the node"),
            };
            let fix = "Use a persistent volume, an emptyDir or a configMap instead of hostPath";
            volume.fail(judge, volume.field.clone(), &what, fix);
        }
    }
}
