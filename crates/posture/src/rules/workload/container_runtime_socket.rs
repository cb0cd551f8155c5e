//! WL015

use ironhull_world::Pod;

use super::host_paths::Place;
use super::host_volumes::host_volumes;
use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds `hostPath` volumes of the socket of a container runtime: `docker.sock`, `containerd.sock`,
    /// `crio.sock`, `cri-dockerd.sock`, `dockershim.sock` and `podman.sock`, in whatever directory a
    /// distribution puts them, and the pipes of Docker and containerd on Windows. Directories that are
    /// there for the socket count as well, such as `/run/containerd`, `/run/crio`, `/run/k3s` and the one
    /// of MicroK8s.
    ///
    /// ## Why it matters
    /// Who speaks to the runtime starts a privileged container with the node's root directory in it: that
    /// is root on the node, with nothing else needed. It is critical. A read-only mount changes nothing,
    /// since connecting to a socket is not writing to its file.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: ci}
    /// spec:
    ///   volumes:
    ///   - name: docker
    ///     hostPath: {path: /var/run/docker.sock, type: Socket}
    ///   containers:
    ///   - name: ci
    ///     image: example.com/ci:1
    ///     volumeMounts: [{name: docker, mountPath: /var/run/docker.sock}]
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: ci}
    /// spec:
    ///   volumes:
    ///   - name: work
    ///     emptyDir: {}
    ///   containers:
    ///   - name: ci
    ///     image: example.com/ci:1
    ///     volumeMounts: [{name: work, mountPath: /work}]
    /// ```
    ///
    /// ## How to fix
    /// Build images without a daemon, for example with BuildKit in rootless mode or Buildah. Read metrics
    /// of containers from the kubelet. A node agent that needs the runtime is accepted with a reason, in a
    /// namespace of its own.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>
    /// - <https://docs.docker.com/engine/security/#docker-daemon-attack-surface>
    pub static CONTAINER_RUNTIME_SOCKET = {
        id: "WL015",
        name: "container-runtime-socket",
        title: "A volume gives access to the container runtime",
        severity: Critical,
        controls: [
            Cis "5.2.12",
            Attack "T1611",
            PodSecurityBaseline "hostPathVolumes",
            PodSecurityRestricted "restrictedVolumes",
        ],
        aliases: [
            Trivy "KSV-0006",
            Kubescape "C-0074",
            Checkov "CKV_K8S_27",
            KubeLinter "docker-sock",
        ],
        since: "0.1.0",
        needs: [],
        check: Check::Pod(check),
    };
}

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    for volume in host_volumes(pod) {
        if volume.place == Place::RuntimeSocket {
            let what = format!("the container runtime's {:?}", volume.path);
            let fix =
                "Do without the container runtime: build images rootless, read metrics from the kubelet";
            volume.fail(judge, volume.field.child("path"), &what, fix);
        }
    }
}
