//! What a check is.

use std::fmt;

use ironhull_value::Path;

use crate::Level;
use crate::view::PodView;

/// The name of a check. Displayed with the id that Pod Security Admission gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "every variant is described by the summary of its check")]
pub enum CheckId {
    AllowPrivilegeEscalation,
    AppArmorProfile,
    CapabilitiesBaseline,
    CapabilitiesRestricted,
    HostNamespaces,
    HostPathVolumes,
    HostPorts,
    HostProbesAndHostLifecycle,
    Privileged,
    ProcMount,
    ProcMountRestricted,
    RestrictedVolumes,
    RunAsNonRoot,
    RunAsUser,
    SeLinuxOptions,
    SeccompProfileBaseline,
    SeccompProfileRestricted,
    Sysctls,
    WindowsHostProcess,
}

impl CheckId {
    /// The id as Pod Security Admission writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllowPrivilegeEscalation => "allowPrivilegeEscalation",
            Self::AppArmorProfile => "appArmorProfile",
            Self::CapabilitiesBaseline => "capabilities_baseline",
            Self::CapabilitiesRestricted => "capabilities_restricted",
            Self::HostNamespaces => "hostNamespaces",
            Self::HostPathVolumes => "hostPathVolumes",
            Self::HostPorts => "hostPorts",
            Self::HostProbesAndHostLifecycle => "hostProbesAndHostLifecycle",
            Self::Privileged => "privileged",
            Self::ProcMount => "procMount",
            Self::ProcMountRestricted => "procMount_restricted",
            Self::RestrictedVolumes => "restrictedVolumes",
            Self::RunAsNonRoot => "runAsNonRoot",
            Self::RunAsUser => "runAsUser",
            Self::SeLinuxOptions => "seLinuxOptions",
            Self::SeccompProfileBaseline => "seccompProfile_baseline",
            Self::SeccompProfileRestricted => "seccompProfile_restricted",
            Self::Sysctls => "sysctls",
            Self::WindowsHostProcess => "windowsHostProcess",
        }
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One check of the Pod Security Standards.
#[derive(Debug)]
pub struct Check {
    /// Its name.
    pub id: CheckId,
    /// The least strict level that has it: baseline checks apply at restricted too, unless overridden.
    pub level: Level,
    /// What it asks for, in one sentence.
    pub summary: &'static str,
    /// Its revisions, oldest first. Before the first one the check does not exist.
    pub revisions: &'static [Revision],
}

impl Check {
    /// The revision that applies at a minor version.
    pub fn revision_at(&self, minor: u32) -> Option<&'static Revision> {
        self.revisions.iter().rev().find(|revision| revision.since <= minor)
    }
}

/// A check as it is from one version on.
pub struct Revision {
    /// The first minor version.
    pub since: u32,
    /// What is asked for, or what changed.
    pub summary: &'static str,
    /// Baseline checks that do not run where this revision runs, because it asks for more.
    pub overrides: &'static [CheckId],
    pub(crate) run: CheckFn,
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revision").field("since", &self.since).finish_non_exhaustive()
    }
}

/// Judges a pod; none when there is nothing against it.
pub(crate) type CheckFn = fn(&PodView<'_>) -> Option<Refusal>;

/// What a check has against a pod.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: &'static str,
    pub(crate) detail: String,
    pub(crate) fields: Vec<Path>,
}
