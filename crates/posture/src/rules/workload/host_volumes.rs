//! The hostPath volumes of a pod and who mounts them.

use std::collections::BTreeMap;

use ironhull_finding::{Finding, Fix};
use ironhull_value::{Path, Value};
use ironhull_world::Pod;

use super::host_paths::{Place, place};
use crate::Judge;

/// A hostPath volume.
#[derive(Debug)]
pub(super) struct HostVolume<'w> {
    /// The name that mounts refer to; empty when it has none.
    pub(super) name: &'w str,
    /// The path on the node as written; empty when there is none, which the API server refuses.
    pub(super) path: &'w str,
    /// The way to `hostPath`.
    pub(super) field: Path,
    /// What the path is, in view of how it is mounted.
    pub(super) place: Place,
    mounts: Vec<Mount>,
}

/// A mount in a container. A container that mounts a volume twice has two.
#[derive(Debug)]
struct Mount {
    container: String,
    path: Path,
    writable: bool,
}

/// The hostPath volumes of a pod. Of several with one name, which the API server refuses, the first has
/// the mounts.
pub(super) fn host_volumes<'w>(pod: &Pod<'w>) -> Vec<HostVolume<'w>> {
    let list = pod.field(&["volumes"]);
    let mut mounts = None;
    let mut found = Vec::new();
    for (index, volume) in pod.spec.dig_items(&["volumes"]).iter().enumerate() {
        let Some(source) = volume.get("hostPath").filter(|source| source.as_map().is_some()) else {
            continue;
        };
        let name = volume.get("name").and_then(Value::as_str).unwrap_or_default();
        let path = source.get("path").and_then(Value::as_str).unwrap_or_default();
        let mounts = mounts.get_or_insert_with(|| mounts_by_volume(pod)).remove(name).unwrap_or_default();
        let place = place(path, mounts.iter().any(|mount| mount.writable));
        found.push(HostVolume { name, path, field: list.child(index).child("hostPath"), place, mounts });
    }
    found
}

fn mounts_by_volume<'w>(pod: &Pod<'w>) -> BTreeMap<&'w str, Vec<Mount>> {
    let mut mounts: BTreeMap<&str, Vec<Mount>> = BTreeMap::new();
    for container in pod.containers() {
        for (index, mount) in container.value.dig_items(&["volumeMounts"]).iter().enumerate() {
            let Some(volume) = mount.get("name").and_then(Value::as_str) else { continue };
            mounts.entry(volume).or_default().push(Mount {
                container: container.label(),
                path: container.field(&["volumeMounts"]).child(index),
                writable: mount.get("readOnly").and_then(Value::as_bool) != Some(true),
            });
        }
    }
    mounts
}

impl HostVolume<'_> {
    /// Says that the volume is at fault: `what` is what it mounts, and for every container whether it may
    /// write. Every mount is further evidence.
    pub(super) fn fail<'j>(
        &self,
        judge: &'j mut Judge<'_>,
        path: Path,
        what: &str,
        fix: &str,
    ) -> &'j mut Finding {
        let object = judge.object();
        let message = self.message(what);
        let finding = judge.fail(path, message).with_fix(Fix::manual(fix));
        for mount in &self.mounts {
            let mode = if mount.writable { "writable" } else { "read-only" };
            finding.also(object, mount.path.clone(), format!("mounted {mode}"));
        }
        finding
    }

    fn message(&self, what: &str) -> String {
        if self.mounts.is_empty() {
            return format!("volume {:?} names {what}, and no container mounts it", self.name);
        }
        let mut containers: Vec<(&str, bool)> = Vec::new();
        for mount in &self.mounts {
            // Mounts of one container stand together.
            match containers.last_mut() {
                Some((container, writable)) if *container == mount.container => *writable |= mount.writable,
                _ => containers.push((&mount.container, mount.writable)),
            }
        }
        let containers: Vec<String> = containers
            .into_iter()
            .map(|(name, writable)| format!("{name} ({})", if writable { "writable" } else { "read-only" }))
            .collect();
        format!("volume {:?} mounts {what} into {}", self.name, containers.join(", "))
    }
}
