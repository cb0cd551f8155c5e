//! A pod as the checks see it: the fields that matter, borrowed, read in one pass with their types checked.
//!
//! Never lives here: opinions about what is allowed.

mod container;
mod security;
mod volume;

use ironhull_value::{Key, Path, Value};
use smallvec::SmallVec;

pub(crate) use container::{Container, List};
pub(crate) use security::{PodSecurity, SeLinux, Security};
pub(crate) use volume::Volume;

use crate::read::{Read, Within, boolean, items, members, object, string};
use crate::{Invalid, PodRef};

/// The fields of a pod that some check reads.
#[derive(Debug, Default)]
pub(crate) struct PodView<'a> {
    /// Sorted by key. Values are text, or null for an empty text.
    pub(crate) annotations: &'a [(Key, Value)],
    pub(crate) host_network: bool,
    pub(crate) host_pid: bool,
    pub(crate) host_ipc: bool,
    /// `hostUsers: false`: root in the pod is nobody on the node.
    pub(crate) has_user_namespace: bool,
    /// `os.name: windows`.
    pub(crate) is_windows: bool,
    pub(crate) security: PodSecurity<'a>,
    /// Init containers, containers, ephemeral containers: the order of messages.
    pub(crate) containers: SmallVec<[Container<'a>; 2]>,
    /// What some volume is.
    pub(crate) has_host_path: bool,
    pub(crate) has_restricted_volume: bool,
    volumes: &'a [Value],
}

impl<'a> PodView<'a> {
    pub(crate) fn read(pod: PodRef<'a>) -> Result<Self, Invalid> {
        let mut view = Self::default();
        let metadata = view.read_metadata(pod.metadata).within("metadata");
        metadata
            .and_then(|()| view.read_spec(pod.spec).within("spec"))
            .map_err(|mismatch| mismatch.into_invalid())?;
        Ok(view)
    }

    /// The volumes, which are few and read again only when one of them is refused.
    pub(crate) fn volumes(&self) -> impl Iterator<Item = (usize, Volume<'a>)> {
        // Their types were checked by `read`, so none is dropped here.
        self.volumes.iter().enumerate().filter_map(|(index, value)| Some((index, Volume::read(value).ok()?)))
    }

    fn read_metadata(&mut self, metadata: &'a Value) -> Read<()> {
        members(metadata, |key, value| {
            if key != "annotations" {
                return Ok(());
            }
            object(value)?;
            self.annotations = value.as_map().map_or(&[], |map| map.entries());
            members(value, |_, value| string(value).map(drop))
        })
    }

    fn read_spec(&mut self, spec: &'a Value) -> Read<()> {
        let [mut init, mut main, mut ephemeral] = [&Value::Null; 3];
        members(spec, |key, value| {
            match key {
                "containers" => main = value,
                "initContainers" => init = value,
                "ephemeralContainers" => ephemeral = value,
                "hostNetwork" => self.host_network = boolean(value)?,
                "hostPID" => self.host_pid = boolean(value)?,
                "hostIPC" => self.host_ipc = boolean(value)?,
                "hostUsers" => self.has_user_namespace = !boolean(value)?,
                "os" => members(value, |key, value| {
                    if key == "name" {
                        self.is_windows = string(value)? == "windows";
                    }
                    Ok(())
                })?,
                "securityContext" => self.security = PodSecurity::read(value)?,
                "volumes" => self.read_volumes(value)?,
                _ => {}
            }
            Ok(())
        })?;
        for (list, value) in [(List::Init, init), (List::Main, main), (List::Ephemeral, ephemeral)] {
            items(value, |index, item| {
                self.containers.push(Container::read(list, index, item)?);
                Ok(())
            })
            .within(list.field())?;
        }
        Ok(())
    }

    fn read_volumes(&mut self, volumes: &'a Value) -> Read<()> {
        self.volumes = items(volumes, |_, item| {
            let volume = Volume::read(item)?;
            self.has_host_path |= volume.host_path;
            self.has_restricted_volume |= volume.restricted().is_some();
            Ok(())
        })?;
        Ok(())
    }
}

/// The path of a field of the pod.
pub(crate) fn path(keys: &[&str]) -> Path {
    Path::root().keys(keys)
}
