//! The table of all rules, by id.

use crate::rule::Rule;
use crate::rules::{input, network, rbac, secret, workload};

/// Every rule, sorted by id. An id is never used again for something else.
pub static ALL: &[&Rule] = &[
    &input::BROKEN_DOCUMENT,
    &network::DANGLING_NETWORK_POLICY,
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
];

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    let index = ALL.binary_search_by(|rule| rule.meta.id.cmp(id)).ok()?;
    ALL.get(index).copied()
}

/// The rule that `text` names: by id, by name, or by an id of a peer (`KSV-0017`, `CKV_K8S_16`).
pub fn find(text: &str) -> Option<&'static Rule> {
    let named = ALL.iter().find(|rule| rule.meta.is_named(text));
    let by_alias = || ALL.iter().find(|rule| rule.meta.aliases.iter().any(|alias| alias.id == text));
    named.or_else(by_alias).copied()
}
