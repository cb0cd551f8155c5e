//! Rules of the area `network`.

mod dangling_network_policy;
mod ingress_snippet;
mod ingress_without_tls;
mod no_default_deny;
mod pod_without_network_policy;
mod service_exposed;
mod service_external_ips;
mod service_selects_nothing;
mod shared;

pub(crate) use dangling_network_policy::DANGLING_NETWORK_POLICY;
pub(crate) use ingress_snippet::INGRESS_SNIPPET;
pub(crate) use ingress_without_tls::INGRESS_WITHOUT_TLS;
pub(crate) use no_default_deny::NO_DEFAULT_DENY;
pub(crate) use pod_without_network_policy::POD_WITHOUT_NETWORK_POLICY;
pub(crate) use service_exposed::SERVICE_EXPOSED;
pub(crate) use service_external_ips::SERVICE_EXTERNAL_IPS;
pub(crate) use service_selects_nothing::SERVICE_SELECTS_NOTHING;
