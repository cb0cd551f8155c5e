//! Rules of the area `rbac`.

mod all_users_binding;
mod anonymous_binding;
mod cluster_admin_binding;
mod csr_approval_allowed;
mod default_service_account_bound;
mod escalation_verb;
mod node_proxy_allowed;
mod persistent_volume_creation_allowed;
mod pod_creation_allowed;
mod pod_exec_allowed;
mod secrets_readable;
mod shared;
mod system_masters_binding;
mod token_creation_allowed;
mod webhook_configuration_writable;
mod wildcard_in_role;

pub(crate) use all_users_binding::ALL_USERS_BINDING;
pub(crate) use anonymous_binding::ANONYMOUS_BINDING;
pub(crate) use cluster_admin_binding::CLUSTER_ADMIN_BINDING;
pub(crate) use csr_approval_allowed::CSR_APPROVAL_ALLOWED;
pub(crate) use default_service_account_bound::DEFAULT_SERVICE_ACCOUNT_BOUND;
pub(crate) use escalation_verb::ESCALATION_VERB;
pub(crate) use node_proxy_allowed::NODE_PROXY_ALLOWED;
pub(crate) use persistent_volume_creation_allowed::PERSISTENT_VOLUME_CREATION_ALLOWED;
pub(crate) use pod_creation_allowed::POD_CREATION_ALLOWED;
pub(crate) use pod_exec_allowed::POD_EXEC_ALLOWED;
pub(crate) use secrets_readable::SECRETS_READABLE;
pub(crate) use system_masters_binding::SYSTEM_MASTERS_BINDING;
pub(crate) use token_creation_allowed::TOKEN_CREATION_ALLOWED;
pub(crate) use webhook_configuration_writable::WEBHOOK_CONFIGURATION_WRITABLE;
pub(crate) use wildcard_in_role::WILDCARD_IN_ROLE;
