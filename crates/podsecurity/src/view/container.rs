//! Containers of every kind.

use ironhull_value::{Path, Value};

use super::Security;
use crate::read::{Read, int32, items, members, string, text};

/// One of the three lists of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Init,
    Main,
    Ephemeral,
}

impl List {
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Main => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

/// A container.
#[derive(Debug)]
pub(crate) struct Container<'a> {
    list: List,
    index: usize,
    /// Empty when absent.
    pub(crate) name: &'a str,
    pub(crate) security: Security<'a>,
    /// Whether some port has a `hostPort` other than 0.
    pub(crate) uses_host_ports: bool,
    /// Whether some probe or lifecycle handler names a host.
    pub(crate) names_hosts: bool,
    source: &'a Value,
}

/// A `host` of a probe or lifecycle handler.
pub(crate) struct HostField<'a> {
    pub(crate) host: &'a str,
    pub(crate) keys: Vec<&'static str>,
}

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
const HANDLERS: [&str; 2] = ["postStart", "preStop"];
const ACTIONS: [&str; 2] = ["httpGet", "tcpSocket"];

impl<'a> Container<'a> {
    pub(super) fn read(list: List, index: usize, source: &'a Value) -> Read<Self> {
        let mut container = Self {
            list,
            index,
            name: "",
            security: Security::default(),
            uses_host_ports: false,
            names_hosts: false,
            source,
        };
        members(source, |key, value| {
            match key {
                "name" => container.name = string(value)?,
                "securityContext" => container.security.read(value)?,
                "ports" => container.uses_host_ports = has_host_port(value)?,
                "livenessProbe" | "readinessProbe" | "startupProbe" => {
                    container.names_hosts |= names_host(value)?;
                }
                "lifecycle" => members(value, |key, value| {
                    if HANDLERS.contains(&key) {
                        container.names_hosts |= names_host(value)?;
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(container)
    }

    /// The path of a field of this container.
    pub(crate) fn path(&self, keys: &[&str]) -> Path {
        Path::root().child("spec").child(self.list.field()).child(self.index).keys(keys)
    }

    /// The host ports other than 0, with the positions of their ports.
    pub(crate) fn host_ports(&self) -> impl Iterator<Item = (usize, i64)> {
        let ports = self.source.dig_items(&["ports"]).iter().enumerate();
        ports
            .filter_map(|(index, port)| Some((index, port.get("hostPort")?.as_i64()?)))
            .filter(|(_, port)| *port != 0)
    }

    /// The hosts that probes and lifecycle handlers name.
    pub(crate) fn hosts(&self) -> Vec<HostField<'a>> {
        let probes = PROBES.into_iter().map(|probe| vec![probe]);
        let handlers = HANDLERS.into_iter().map(|handler| vec!["lifecycle", handler]);
        let mut hosts = Vec::new();
        for place in probes.chain(handlers) {
            for action in ACTIONS {
                let mut keys = place.clone();
                keys.push(action);
                let host = self.source.dig(&keys).map_or("", |action| text(action, "host"));
                if !host.is_empty() {
                    keys.push("host");
                    hosts.push(HostField { host, keys });
                }
            }
        }
        hosts
    }
}

fn has_host_port(ports: &Value) -> Read<bool> {
    let mut found = false;
    items(ports, |_, port| {
        members(port, |key, value| {
            if key == "hostPort" {
                found |= int32(value)? != 0;
            }
            Ok(())
        })
    })?;
    Ok(found)
}

fn names_host(handler: &Value) -> Read<bool> {
    let mut found = false;
    members(handler, |key, value| {
        if !ACTIONS.contains(&key) {
            return Ok(());
        }
        members(value, |key, value| {
            if key == "host" {
                found |= !string(value)?.is_empty();
            }
            Ok(())
        })
    })?;
    Ok(found)
}
