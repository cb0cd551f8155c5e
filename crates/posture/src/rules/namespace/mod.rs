//! Rules about namespaces: what they set for everything in them, and what lies in the wrong one.

mod default_namespace;
mod invalid_pod_security_label;
mod namespace_enforces_privileged;
mod namespace_without_pod_security;
mod no_resource_quota;

pub(crate) use default_namespace::DEFAULT_NAMESPACE;
pub(crate) use invalid_pod_security_label::INVALID_POD_SECURITY_LABEL;
pub(crate) use namespace_enforces_privileged::NAMESPACE_ENFORCES_PRIVILEGED;
pub(crate) use namespace_without_pod_security::NAMESPACE_WITHOUT_POD_SECURITY;
pub(crate) use no_resource_quota::NO_RESOURCE_QUOTA;
