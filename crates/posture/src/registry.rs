//! The table of all rules, by id.

use crate::rule::Rule;
use crate::rules::{image, input, namespace, network, rbac, secret, workload};

/// Every rule, sorted by id. An id is never used again for something else.
pub static ALL: &[&Rule] = &[
    &input::BROKEN_DOCUMENT,
    &input::DUPLICATE_KEY,
    &input::DUPLICATE_OBJECT,
    &input::UNREAD_BY_KUBECTL,
    &input::REMOVED_API_VERSION,
    &input::UNKNOWN_API_VERSION,
    &namespace::DEFAULT_NAMESPACE,
    &input::UNUSED_SUPPRESSION,
    &input::INVALID_SUPPRESSION,
    &input::NOT_AN_OBJECT,
    &input::MISSING_NAME,
    &input::UNREADABLE_INPUT,
    &namespace::NO_RESOURCE_QUOTA,
    &image::MUTABLE_IMAGE_TAG,
    &image::IMAGE_NOT_PINNED,
    &image::STALE_PULL_POLICY,
    &image::INVALID_IMAGE_REFERENCE,
    &network::POD_WITHOUT_NETWORK_POLICY,
    &network::NO_DEFAULT_DENY,
    &network::DANGLING_NETWORK_POLICY,
    &network::INGRESS_WITHOUT_TLS,
    &network::INGRESS_SNIPPET,
    &network::SERVICE_EXTERNAL_IPS,
    &network::SERVICE_EXPOSED,
    &network::SERVICE_SELECTS_NOTHING,
    &namespace::NAMESPACE_WITHOUT_POD_SECURITY,
    &namespace::NAMESPACE_ENFORCES_PRIVILEGED,
    &namespace::INVALID_POD_SECURITY_LABEL,
    &rbac::CLUSTER_ADMIN_BINDING,
    &rbac::WILDCARD_IN_ROLE,
    &rbac::SYSTEM_MASTERS_BINDING,
    &rbac::ANONYMOUS_BINDING,
    &rbac::ALL_USERS_BINDING,
    &rbac::SECRETS_READABLE,
    &rbac::POD_CREATION_ALLOWED,
    &rbac::POD_EXEC_ALLOWED,
    &rbac::NODE_PROXY_ALLOWED,
    &rbac::ESCALATION_VERB,
    &rbac::CSR_APPROVAL_ALLOWED,
    &rbac::WEBHOOK_CONFIGURATION_WRITABLE,
    &rbac::TOKEN_CREATION_ALLOWED,
    &rbac::PERSISTENT_VOLUME_CREATION_ALLOWED,
    &rbac::DEFAULT_SERVICE_ACCOUNT_BOUND,
    &secret::LITERAL_SECRET_IN_ENV,
    &secret::SECRET_IN_CONFIG_MAP,
    &secret::SECRET_AS_ENV_VAR,
    &secret::SERVICE_ACCOUNT_TOKEN_MOUNTED,
    &secret::LONG_LIVED_SERVICE_ACCOUNT_TOKEN,
    &secret::SECRET_VALUE_IN_FILE,
    &workload::PRIVILEGED_CONTAINER,
    &workload::HOST_PID,
    &workload::HOST_IPC,
    &workload::HOST_NETWORK,
    &workload::PRIVILEGE_ESCALATION_ALLOWED,
    &workload::ROOT_USER,
    &workload::NON_ROOT_NOT_ENFORCED,
    &workload::UNMASKED_PROC_MOUNT,
    &workload::DANGEROUS_CAPABILITY,
    &workload::ADDED_CAPABILITY,
    &workload::CAPABILITIES_NOT_DROPPED,
    &workload::WINDOWS_HOST_PROCESS,
    &workload::HOST_PATH_VOLUME,
    &workload::SENSITIVE_HOST_PATH,
    &workload::CONTAINER_RUNTIME_SOCKET,
    &workload::HOST_PORT,
    &workload::WRITABLE_ROOT_FILESYSTEM,
    &workload::SECCOMP_UNCONFINED,
    &workload::SECCOMP_NOT_SET,
    &workload::APP_ARMOR_UNCONFINED,
    &workload::CUSTOM_SELINUX_OPTIONS,
    &workload::UNSAFE_SYSCTL,
    &workload::UNCOMMON_VOLUME_TYPE,
    &workload::HOST_PROBE,
    &workload::SHARED_PROCESS_NAMESPACE,
    &workload::NO_MEMORY_LIMIT,
    &workload::NO_RESOURCE_REQUESTS,
    &workload::NO_LIVENESS_PROBE,
    &workload::NO_READINESS_PROBE,
    &workload::MISTYPED_FIELD,
];

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    let index = ALL.binary_search_by(|rule| (*rule.meta.id).cmp(id)).ok()?;
    ALL.get(index).copied()
}

/// The rule that `text` names: by id, by name, or by an id of a peer (`KSV-0017`, `CKV_K8S_16`).
pub fn find(text: &str) -> Option<&'static Rule> {
    let named = ALL.iter().find(|rule| rule.meta.is_named(text));
    let by_alias = || ALL.iter().find(|rule| rule.meta.aliases.iter().any(|alias| alias.id == text));
    named.or_else(by_alias).copied()
}
