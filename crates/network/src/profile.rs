//! What the standard leaves to the network plugin.

use std::fmt;

/// Whose reading is followed where the NetworkPolicy API leaves a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// The answers of netpol-analyzer, quirks included: addresses never mean pods, pods of the node's
    /// network are ordinary pods, the ports of sidecars have no names, only IPv4 is listed.
    #[default]
    NetpolAnalyzer,
    /// What the Kubernetes documentation says, and the widest common reading where it is silent.
    Upstream,
    /// Calico.
    Calico,
    /// Cilium: address blocks never mean what runs in the cluster.
    Cilium,
    /// OVN-Kubernetes.
    Ovn,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::NetpolAnalyzer, Self::Upstream, Self::Calico, Self::Cilium, Self::Ovn];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::NetpolAnalyzer => "netpol-analyzer",
            Self::Upstream => "upstream",
            Self::Calico => "calico",
            Self::Cilium => "cilium",
            Self::Ovn => "ovn",
        }
    }

    /// The profile of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// The profile of the plugin whose own policies are of this kind.
    pub fn of_kind(kind: &str) -> Option<Self> {
        match kind {
            "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy" => Some(Self::Cilium),
            "NetworkPolicy.projectcalico.org" | "GlobalNetworkPolicy" => Some(Self::Calico),
            _ => None,
        }
    }

    /// Whether netpol-analyzer's own answers are wanted, where they are not the standard's.
    pub fn is_netpol_analyzer(self) -> bool {
        self == Self::NetpolAnalyzer
    }

    /// Whether an `ipBlock` also means pods that have such an address.
    ///
    /// The API documentation does not exclude it; Calico, OVN-Kubernetes and kube-network-policies match
    /// pod addresses, Cilium matches identities and never does (cilium/cilium#9209).
    pub fn ip_blocks_match_pods(self) -> bool {
        matches!(self, Self::Upstream | Self::Calico | Self::Ovn)
    }

    /// Whether a pod in the node's network is a pod to policies. To every implementation it is its node.
    pub fn host_network_pods_are_pods(self) -> bool {
        self.is_netpol_analyzer()
    }

    /// Whether the ports of init containers that keep running have names (Kubernetes 1.32 and later).
    pub fn sidecar_ports_have_names(self) -> bool {
        !self.is_netpol_analyzer()
    }

    /// Whether traffic that is neither TCP, UDP nor SCTP is looked at.
    pub fn knows_other_protocols(self) -> bool {
        !self.is_netpol_analyzer()
    }

    /// Whether a pod may always reach itself by its own address.
    pub fn pods_reach_themselves(self) -> bool {
        true
    }

    /// The choices made, a sentence each, for the reader of an answer.
    pub fn assumptions(self) -> &'static [&'static str] {
        match self {
            Self::NetpolAnalyzer => &[
                "ipBlock never matches pods",
                "pods with hostNetwork are treated as ordinary pods",
                "named ports of native sidecars are not resolved",
                "a workload's connections to itself are not listed",
                "ICMP and other protocols are not looked at",
            ],
            Self::Upstream => &[
                "ipBlock matches pods by their addresses where these are known",
                "pods with hostNetwork are their node: no policy selects them",
                "ICMP is matched by rules without ports and never by rules with ports",
                "a pod always reaches itself by its own address",
            ],
            Self::Calico => &[
                "ipBlock matches pods by their addresses where these are known",
                "pods with hostNetwork are their node: no policy selects them",
                "ICMP is matched by rules without ports",
                "NetworkPolicy stands in the default tier with order 1000",
            ],
            Self::Cilium => &[
                "ipBlock never matches pods or nodes",
                "pods with hostNetwork are their node: no policy selects them",
                "deny rules win over every allow rule",
                "ICMP is matched by rules without ports",
            ],
            Self::Ovn => &[
                "ipBlock matches pods by their addresses where these are known",
                "pods with hostNetwork are their node: no policy selects them",
                "ICMP is matched by rules without ports",
            ],
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
