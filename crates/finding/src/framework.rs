//! Frameworks and peers, as data.

/// A published set of controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Framework {
    /// CIS Kubernetes Benchmark v1.12; controls by number.
    Cis,
    /// NSA and CISA Kubernetes Hardening Guidance v1.2; controls by the topic of its sections, because the
    /// document has no numbers.
    Nsa,
    /// MITRE ATT&CK for Containers; controls are techniques.
    Attack,
    /// Pod Security Standards, baseline; controls are the check ids of Pod Security Admission.
    PodSecurityBaseline,
    /// Pod Security Standards, restricted; likewise.
    PodSecurityRestricted,
}

impl Framework {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Cis, Self::Nsa, Self::Attack, Self::PodSecurityBaseline, Self::PodSecurityRestricted];

    /// The id in outputs and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Cis => "cis-1.12",
            Self::Nsa => "nsa-1.2",
            Self::Attack => "attack",
            Self::PodSecurityBaseline => "pss-baseline",
            Self::PodSecurityRestricted => "pss-restricted",
        }
    }

    /// The full name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cis => "CIS Kubernetes Benchmark v1.12",
            Self::Nsa => "NSA/CISA Kubernetes Hardening Guidance v1.2",
            Self::Attack => "MITRE ATT&CK for Containers",
            Self::PodSecurityBaseline => "Pod Security Standards: baseline",
            Self::PodSecurityRestricted => "Pod Security Standards: restricted",
        }
    }

    /// The framework with this id.
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|framework| framework.id() == id)
    }

    /// Whether `control` has the form of this framework's ids and is one of those that exist. A mapping
    /// that names a control which does not exist is worse than none.
    pub fn has(self, control: &str) -> bool {
        self.controls().contains(&control)
    }

    /// The controls that rules may refer to.
    pub fn controls(self) -> &'static [&'static str] {
        match self {
            Self::Cis => CIS,
            Self::Nsa => NSA,
            Self::Attack => ATTACK,
            Self::PodSecurityBaseline => PSS_BASELINE,
            Self::PodSecurityRestricted => PSS_RESTRICTED,
        }
    }
}

/// Section 5, Policies: the part of the benchmark that manifests can answer.
const CIS: &[&str] = &[
    "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.5", "5.1.6", "5.1.7", "5.1.8", "5.1.9", "5.1.10", "5.1.11",
    "5.1.12", "5.1.13", "5.2.1", "5.2.2", "5.2.3", "5.2.4", "5.2.5", "5.2.6", "5.2.7", "5.2.8", "5.2.9",
    "5.2.10", "5.2.11", "5.2.12", "5.2.13", "5.3.1", "5.3.2", "5.4.1", "5.4.2", "5.5.1", "5.7.1", "5.7.2",
    "5.7.3", "5.7.4",
];

const NSA: &[&str] = &[
    "non-root-containers",
    "immutable-container-file-systems",
    "secure-container-images",
    "pod-security-enforcement",
    "service-account-tokens",
    "hardening-container-environments",
    "namespaces",
    "network-policies",
    "resource-policies",
    "encryption",
    "secrets",
    "authentication",
    "role-based-access-control",
];

/// Techniques of the Containers matrix, and of Enterprise where a container is the way to them.
const ATTACK: &[&str] = &[
    "T1036.005",
    "T1046",
    "T1053.007",
    "T1068",
    "T1070",
    "T1078",
    "T1098",
    "T1098.006",
    "T1133",
    "T1190",
    "T1496",
    "T1499",
    "T1525",
    "T1528",
    "T1546",
    "T1548",
    "T1552",
    "T1552.001",
    "T1552.007",
    "T1557",
    "T1562",
    "T1565",
    "T1609",
    "T1610",
    "T1611",
    "T1613",
];

const PSS_BASELINE: &[&str] = &[
    "appArmorProfile",
    "capabilities_baseline",
    "hostNamespaces",
    "hostPathVolumes",
    "hostPorts",
    "hostProbesAndHostLifecycle",
    "privileged",
    "procMount",
    "seLinuxOptions",
    "seccompProfile_baseline",
    "sysctls",
    "windowsHostProcess",
];

const PSS_RESTRICTED: &[&str] = &[
    "allowPrivilegeEscalation",
    "capabilities_restricted",
    "procMount_restricted",
    "restrictedVolumes",
    "runAsNonRoot",
    "runAsUser",
    "seccompProfile_restricted",
];

/// A control of a framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Control {
    /// The framework.
    pub framework: Framework,
    /// The control's id in it.
    pub id: &'static str,
}

/// A tool that has checks of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tool {
    /// aquasecurity/trivy
    Trivy,
    /// kubescape/kubescape
    Kubescape,
    /// bridgecrewio/checkov
    Checkov,
    /// stackrox/kube-linter
    KubeLinter,
    /// FairwindsOps/polaris
    Polaris,
    /// zegl/kube-score
    KubeScore,
    /// Shopify/kubeaudit
    Kubeaudit,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Trivy,
        Self::Kubescape,
        Self::Checkov,
        Self::KubeLinter,
        Self::Polaris,
        Self::KubeScore,
        Self::Kubeaudit,
    ];

    /// The name of its command.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trivy => "trivy",
            Self::Kubescape => "kubescape",
            Self::Checkov => "checkov",
            Self::KubeLinter => "kube-linter",
            Self::Polaris => "polaris",
            Self::KubeScore => "kube-score",
            Self::Kubeaudit => "kubeaudit",
        }
    }
}

/// The same check in another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias {
    /// The tool.
    pub tool: Tool,
    /// Its id there.
    pub id: &'static str,
}
