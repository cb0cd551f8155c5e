//! Volumes.

use ironhull_value::Value;

use crate::read::{Read, members, object, string};

/// A volume.
#[derive(Debug, Default)]
pub(crate) struct Volume<'a> {
    /// Empty when absent.
    pub(crate) name: &'a str,
    pub(crate) host_path: bool,
    /// Whether it has a source that `restricted` allows. Upstream then ignores any other source; the API
    /// server refuses two sources anyhow.
    is_allowed: bool,
    /// Of the other sources the one that upstream names: the position in [`RESTRICTED`].
    restricted: Option<usize>,
    /// A member that is no source this engine knows.
    unknown: Option<&'a str>,
}

/// A source that `restricted` refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source<'a> {
    /// As messages name it: the member, or `unknown`.
    pub(crate) kind: &'a str,
    /// The member of the volume.
    pub(crate) member: &'a str,
}

/// Sources that `restricted` refuses. When a volume has several, the first in this order is named.
const RESTRICTED: [&str; 21] = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

impl<'a> Volume<'a> {
    pub(super) fn read(value: &'a Value) -> Read<Self> {
        let mut volume = Self::default();
        members(value, |key, value| {
            match key {
                "name" => volume.name = string(value)?,
                "configMap"
                | "csi"
                | "downwardAPI"
                | "emptyDir"
                | "ephemeral"
                | "image"
                | "persistentVolumeClaim"
                | "projected"
                | "secret" => {
                    object(value)?;
                    volume.is_allowed = true;
                }
                _ => match RESTRICTED.iter().position(|source| *source == key) {
                    Some(position) => {
                        object(value)?;
                        volume.host_path |= position == 0;
                        volume.restricted =
                            Some(volume.restricted.map_or(position, |known| known.min(position)));
                    }
                    None => volume.unknown = volume.unknown.or(Some(key)),
                },
            }
            Ok(())
        })?;
        Ok(volume)
    }

    /// The source that `restricted` refuses, if it refuses this volume. One without any source is an
    /// `emptyDir`; one whose only source is not known here is refused, because a newer API server may know it.
    pub(crate) fn restricted(&self) -> Option<Source<'a>> {
        if self.is_allowed {
            return None;
        }
        match self.restricted.and_then(|position| RESTRICTED.get(position)) {
            Some(kind) => Some(Source { kind, member: kind }),
            None => self.unknown.map(|member| Source { kind: "unknown", member }),
        }
    }
}
