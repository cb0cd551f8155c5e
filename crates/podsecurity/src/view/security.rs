//! Security contexts of pods and containers.

use ironhull_value::Value;

use crate::read::{Read, boolean, int64, items, members, string};

/// `spec.securityContext`.
#[derive(Debug, Default)]
pub(crate) struct PodSecurity<'a> {
    pub(crate) shared: Shared<'a>,
    /// Their names are text or absent.
    pub(crate) sysctls: &'a [Value],
}

/// `securityContext` of a container.
#[derive(Debug, Default)]
pub(crate) struct Security<'a> {
    pub(crate) shared: Shared<'a>,
    pub(crate) privileged: bool,
    pub(crate) allow_privilege_escalation: Option<bool>,
    /// `capabilities.add`: texts, or null for an empty text.
    pub(crate) adds: &'a [Value],
    /// Whether `capabilities.drop` has `ALL`.
    pub(crate) drops_all: bool,
    pub(crate) proc_mount: Option<&'a str>,
}

/// What both kinds have. A profile without a type has an empty one, which is not the same as no profile.
#[derive(Debug, Default)]
pub(crate) struct Shared<'a> {
    pub(crate) run_as_non_root: Option<bool>,
    pub(crate) run_as_user: Option<i64>,
    pub(crate) seccomp: Option<&'a str>,
    pub(crate) app_armor: Option<&'a str>,
    pub(crate) se_linux: Option<SeLinux<'a>>,
    /// `windowsOptions.hostProcess`.
    pub(crate) host_process: bool,
}

/// `seLinuxOptions`, empty where absent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SeLinux<'a> {
    pub(crate) kind: &'a str,
    pub(crate) user: &'a str,
    pub(crate) role: &'a str,
}

impl<'a> PodSecurity<'a> {
    pub(super) fn read(value: &'a Value) -> Read<Self> {
        let mut security = Self::default();
        members(value, |key, value| match key {
            "sysctls" => {
                security.sysctls = items(value, |_, sysctl| {
                    members(sysctl, |key, value| if key == "name" { string(value).map(drop) } else { Ok(()) })
                })?;
                Ok(())
            }
            _ => security.shared.member(key, value),
        })?;
        Ok(security)
    }
}

impl<'a> Security<'a> {
    /// Fills `self`, which is empty; in place, because it is large.
    pub(super) fn read(&mut self, value: &'a Value) -> Read<()> {
        members(value, |key, value| {
            match key {
                "allowPrivilegeEscalation" => self.allow_privilege_escalation = Some(boolean(value)?),
                "capabilities" => members(value, |key, value| self.capabilities(key, value))?,
                "privileged" => self.privileged = boolean(value)?,
                "procMount" => self.proc_mount = Some(string(value)?),
                _ => self.shared.member(key, value)?,
            }
            Ok(())
        })
    }

    fn capabilities(&mut self, key: &str, value: &'a Value) -> Read<()> {
        match key {
            "add" => self.adds = items(value, |_, name| string(name).map(drop))?,
            "drop" => {
                items(value, |_, name| {
                    self.drops_all |= string(name)? == "ALL";
                    Ok(())
                })?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl<'a> Shared<'a> {
    #[inline]
    fn member(&mut self, key: &str, value: &'a Value) -> Read<()> {
        match key {
            "runAsNonRoot" => self.run_as_non_root = Some(boolean(value)?),
            "runAsUser" => self.run_as_user = Some(int64(value)?),
            "seccompProfile" => self.seccomp = Some(profile_type(value)?),
            "appArmorProfile" => self.app_armor = Some(profile_type(value)?),
            "seLinuxOptions" => self.se_linux = Some(SeLinux::read(value)?),
            "windowsOptions" => members(value, |key, value| {
                if key == "hostProcess" {
                    self.host_process = boolean(value)?;
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    }
}

impl<'a> SeLinux<'a> {
    fn read(value: &'a Value) -> Read<Self> {
        let mut options = Self::default();
        members(value, |key, value| {
            match key {
                "type" => options.kind = string(value)?,
                "user" => options.user = string(value)?,
                "role" => options.role = string(value)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(options)
    }
}

fn profile_type(value: &Value) -> Read<&str> {
    let mut kind = "";
    members(value, |key, value| {
        if key == "type" {
            kind = string(value)?;
        }
        Ok(())
    })?;
    Ok(kind)
}
