//! WL023

use ironhull_finding::Fix;
use ironhull_value::Value;
use ironhull_world::Pod;

use crate::{Check, Judge};

rule! {
    /// ## What it does
    /// Finds volumes of a type beyond those that the restricted Pod Security Standard allows: network
    /// storage and cloud disks that the pod names by itself, `gitRepo`, `flexVolume`, and types that are
    /// not known. `hostPath` has its own rules, WL013 to WL015. A volume without a type is an `emptyDir`.
    ///
    /// ## Why it matters
    /// Whoever may create the pod picks the server or disk, past the StorageClasses and
    /// PersistentVolumes that the cluster's administrator made, and past their quota. The drivers of
    /// `flexVolume` and `gitRepo` run as root on the node. It needs a right to create pods: low.
    ///
    /// ## Example
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - {name: web, image: "example.com/web:1.4"}
    ///   volumes:
    ///   - name: data
    ///     nfs: {server: nfs.example.com, path: /export}
    /// ```
    /// Instead:
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - {name: web, image: "example.com/web:1.4"}
    ///   volumes:
    ///   - name: data
    ///     persistentVolumeClaim: {claimName: data}
    /// ```
    ///
    /// ## How to fix
    /// Let an administrator make a PersistentVolume or a StorageClass for the storage, and claim it. Clone
    /// a repository in an init container instead of by `gitRepo`.
    ///
    /// ## References
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/>
    /// - <https://nvd.nist.gov/vuln/detail/CVE-2024-10220>
    pub static UNCOMMON_VOLUME_TYPE = {
        id: "WL023",
        name: "uncommon-volume-type",
        title: "A volume is of a type that restricted pods may not use",
        severity: Low,
        controls: [PodSecurityRestricted "restrictedVolumes"],
        aliases: [Trivy "KSV-0028"],
        since: "0.1.0",
        needs: [],
        check: Check::Pod(check),
    };
}

/// Types that the restricted level allows.
const ALLOWED: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The other types that Kubernetes has or had.
const KNOWN: &[&str] = &[
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "iscsi",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

fn check(pod: &Pod<'_>, judge: &mut Judge<'_>) {
    for (index, volume) in pod.spec.dig_items(&["volumes"]).iter().enumerate() {
        let Some(kind) = uncommon(volume) else { continue };
        let name = volume.dig_str(&["name"]).unwrap_or_default();
        let message = if KNOWN.contains(&kind) {
            format!("volume {name:?} is of the type {kind}")
        } else {
            format!("volume {name:?} is of the unknown type {kind:?}")
        };
        judge.fail(pod.field(&["volumes"]).child(index).child(kind), message).with_fix(Fix::manual(
            "Use a PersistentVolumeClaim or another type that restricted pods may use",
        ));
    }
}

/// The type of a volume, if it is neither allowed nor `hostPath`. As in Pod Security Admission, one allowed
/// type is enough; the API server refuses a volume with two.
fn uncommon(volume: &Value) -> Option<&str> {
    let map = volume.as_map()?;
    let written = || {
        let members = map.iter().filter(|(key, value)| key.as_str() != "name" && !value.is_null());
        members.map(|(key, _)| key.as_str())
    };
    if written().any(|key| key == "hostPath" || ALLOWED.contains(&key)) {
        return None;
    }
    written().find(|key| KNOWN.contains(key)).or_else(|| written().next())
}
